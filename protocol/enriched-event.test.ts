import { columns, type EnrichedEvent, fromTsv, toTsv } from './enriched-event';

const event: EnrichedEvent = {
  app_id: 'a b',
  collector_tstamp: '2023-11-14 22:13:20.123',
  event_id: '3b770ef3-1cfb-49b3-a625-65ff67afeab7',
  v_collector: 'c',
  v_etl: 'e',
  se_value: '12.50',
  true_tstamp: '2023-11-14 22:13:20.000',
};

test('a row has 131 fields in the order of the columns, and comes back as it was', () => {
  const row = toTsv(event);
  const fields = row.split('\t');
  expect(fields).toHaveLength(131);
  expect([fields[0], fields[3], fields[6], fields[57], fields[130]]).toEqual([
    'a b',
    event.collector_tstamp,
    event.event_id,
    '12.50',
    event.true_tstamp,
  ]);
  expect(fromTsv(row)).toEqual({ ok: true, event });
});

test('a lone surrogate is written as a question mark, a pair stays', () => {
  expect(toTsv({ app_id: 'a\ud800\udc00b\udc00c\ud800' }).split('\t')[0]).toBe('a\ud800\udc00b?c?');
});

test('the table has the columns of the specification at the places that others count on', () => {
  const at = (number: number): string | undefined => columns[number - 1]?.name;
  expect(columns).toHaveLength(131);
  expect(new Set(columns.map((column) => column.name)).size).toBe(131);
  expect([at(1), at(53), at(59), at(78), at(122), at(123), at(131)]).toEqual([
    'app_id',
    'contexts',
    'unstruct_event',
    'useragent',
    'refr_dvce_tstamp',
    'derived_contexts',
    'true_tstamp',
  ]);
  expect(columns.flatMap((column) => (column.required ? [column.name] : []))).toEqual([
    'collector_tstamp',
    'event_id',
    'v_collector',
    'v_etl',
  ]);
});

test.each<[string, EnrichedEvent, string, string]>([
  ['a number with a comma', { se_value: '1,5' }, 'se_value', 'Cannot parse key se_value into double'],
  ['an integer that is too wide', { txn_id: '2147483648' }, 'txn_id', 'Cannot parse key txn_id into integer'],
  ['a flag in words', { br_cookies: 'true' }, 'br_cookies', 'Cannot parse key br_cookies into boolean'],
  [
    'a day that does not exist',
    { true_tstamp: '2023-02-29 00:00:00' },
    'true_tstamp',
    'Cannot parse key true_tstamp into datetime',
  ],
  [
    'the year 10000',
    { true_tstamp: '10000-01-01 00:00:00' },
    'true_tstamp',
    'Cannot parse key true_tstamp into datetime',
  ],
  [
    'a time with a zone',
    { true_tstamp: '2023-02-28 00:00:00Z' },
    'true_tstamp',
    'Cannot parse key true_tstamp into datetime',
  ],
  ['no collector', { v_collector: undefined }, 'v_collector', 'Field v_collector cannot be empty'],
  ['an id that is none', { event_id: 'x' }, 'event_id', 'Cannot parse key event_id into UUID'],
  ['contexts that are no JSON', { contexts: '{' }, 'contexts', 'Cannot parse key contexts into JSON: exhausted input'],
])('%s is a fault of its column', (_, change, key, message) => {
  const value = change[key as keyof EnrichedEvent] ?? '';
  expect(fromTsv(toTsv({ ...event, ...change }))).toEqual({
    ok: false,
    fault: { type: 'RowDecodingError', errors: [{ type: 'InvalidValue', key, value, message }] },
  });
});

test('another number of fields, or no tab at all, is told apart', () => {
  expect(fromTsv('')).toEqual({ ok: false, fault: { type: 'NotTSV' } });
  expect(fromTsv('{"a":1}')).toEqual({ ok: false, fault: { type: 'NotTSV' } });
  expect(fromTsv('\t'.repeat(129))).toEqual({ ok: false, fault: { type: 'FieldNumberMismatch', fieldCount: 130 } });
});
