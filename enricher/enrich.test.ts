import { badRowType, printBadRow } from '../protocol/bad-row';
import { encodeCollectorPayload, type CollectorPayload } from '../protocol/collector-payload';
import { toAnalyticsJson, toTsv } from '../protocol/enriched-event';
import { schemaUri } from '../protocol/schema-key';
import { seededRandom } from '../runtime/random';
import { anything, knownSchemas, nothing } from '../test/known-schemas';
import { payloadOf, recordOf } from '../test/requests';
import { enrichRecord, type Known, type Outcome } from './enrich';
import { type KnownSchemas } from './schema-client';

const iglu = 'iglu:com.snowplowanalytics.snowplow';
const payloadData = `${iglu}/payload_data/jsonschema/1-0-4`;
const known = (schemas: KnownSchemas = knownSchemas({}, anything)): Known => ({
  schemas,
  etlTimestampMs: 1_700_000_001_000,
  processor: { artifact: 'test', version: '1.0.0' },
  random: seededRandom(7),
});

const post = (...events: object[]): Partial<CollectorPayload> => ({
  path: '/com.snowplowanalytics.snowplow/tp2',
  contentType: 'application/json',
  body: JSON.stringify({ schema: payloadData, data: events }),
});
const contexts = (...names: string[]): string => {
  const data = names.map((name) => ({ schema: `iglu:com.acme/${name}/jsonschema/1-0-0`, data: {} }));
  return JSON.stringify({ schema: `${iglu}/contexts/jsonschema/1-0-0`, data });
};

function outcomesOf(parts: Partial<CollectorPayload>, schemas?: KnownSchemas): readonly Outcome[] {
  const enrichment = enrichRecord(recordOf(parts), known(schemas));
  if (enrichment.kind !== 'outcomes') throw new Error('schemas are missing');
  return enrichment.outcomes;
}

const kindOf = (outcome: Outcome): string => (outcome.kind === 'bad' ? badRowType(outcome.row) : outcome.kind);

describe('enrichRecord', () => {
  it('ends every event of a record by itself, in order', () => {
    const bad = { 'iglu:com.acme/bad/jsonschema/1-0-0': nothing };
    const outcomes = outcomesOf(
      post(
        { e: 'pv', aid: 'first' },
        { e: 'pv', vid: 'x' },
        { e: 'pv', co: contexts('bad') },
        { e: 'ad' },
        { e: 'pv', tr_cu: 'EURO' },
        { e: 'se', aid: 'last' },
      ),
      knownSchemas(bad, anything),
    );
    expect(outcomes.map(kindOf)).toEqual([
      'enriched',
      'schema_violations',
      'schema_violations',
      'enrichment_failures',
      'schema_violations',
      'enriched',
    ]);
    const events = outcomes.flatMap((outcome) => (outcome.kind === 'enriched' ? outcome.event : []));
    expect(events.map(({ app_id }) => app_id)).toEqual(['first', 'last']);
  });

  it('tells faults of the input before those of enrichments, and those before lengths', () => {
    const rowOf = (event: object): unknown => {
      const [outcome] = outcomesOf(post(event));
      return outcome?.kind === 'bad' ? outcome.row.failure : undefined;
    };
    const all = { e: 'ad', vid: 'x', co: '[', tr_cu: 'EURO' };
    expect(rowOf(all)).toMatchObject({
      messages: [
        {
          schemaKey: `${iglu}/atomic/jsonschema/1-0-0`,
          error: { dataReports: [{ path: 'domain_sessionidx', keyword: 'atomic_field_parse_error', targets: [] }] },
        },
        { field: 'co' },
      ],
    });
    expect(rowOf({ ...all, vid: '1', co: contexts() })).toMatchObject({ messages: [{ enrichment: null }] });
    expect(rowOf({ ...all, e: 'pv', vid: '1', co: contexts() })).toMatchObject({
      messages: [{ error: { dataReports: [{ path: 'tr_currency', keyword: 'atomic_field_length_exceeded' }] } }],
    });
  });

  it('keeps in a bad row the envelope as it was sent and the columns as far as they came', () => {
    const co = ` ${contexts('a')} `;
    const [outcome] = outcomesOf(post({ e: 'pv', aid: 'x', vid: 'y', co, url: 'http://a.test/' }));
    const row = outcome?.kind === 'bad' ? JSON.parse(printBadRow(outcome.row)) : undefined;
    expect(row.data.payload.enriched).toMatchObject({
      app_id: 'x',
      contexts: co,
      domain_sessionidx: null,
      page_urlhost: 'a.test',
      collector_tstamp: '2023-11-14 22:13:20.123',
    });
    expect(row.data.payload.raw.parameters).toContainEqual({ name: 'vid', value: 'y' });
    expect(row.data.failure.timestamp).toBe('2023-11-14T22:13:21.000Z');
  });

  it('makes an id only for an event that brings none', () => {
    const eid = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const ids = outcomesOf(post({ e: 'pv', eid }, { e: 'pv' }, { e: 'pv' })).map((outcome) =>
      outcome.kind === 'enriched' ? outcome.event.event_id : undefined,
    );
    expect(ids[0]).toBe(eid);
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });

  it('makes one row of every fault of a record that is no payload', () => {
    const outcomes = outcomesOf({ querystring: '|', path: '', networkUserId: 'x' });
    expect(outcomes.map(kindOf)).toEqual(Array(3).fill('collector_payload_format_violation'));
  });

  it('needs a collector', () => {
    expect(outcomesOf({ collector: '', querystring: 'e=pv' }).map(kindOf)).toEqual(['enrichment_failures']);
    expect(outcomesOf({ querystring: 'e=pv&cv=' }).map(kindOf)).toEqual(['enrichment_failures']);
  });

  it('replaces what is too large', () => {
    const limited = { ...known(), recordBytesMax: 1000 };
    const large = enrichRecord(recordOf({ querystring: `e=pv&page=${'x'.repeat(1000)}` }), limited);
    const largeBad = enrichRecord(recordOf({ path: '/com.acme/v1', body: 'x'.repeat(1000) }), limited);
    for (const enrichment of [large, largeBad]) {
      expect(enrichment).toMatchObject({ outcomes: [{ kind: 'bad', row: { type: 'size_violation' } }] });
    }
  });

  describe('asks for schemas', () => {
    it('first for that of the body, then for those of all events together', () => {
      const states: Record<string, typeof anything> = {};
      const record = recordOf(post({ e: 'pv', co: contexts('a', 'b') }, { e: 'pv', vid: 'x', co: contexts('c', 'a') }));
      const asked: string[][] = [];
      for (;;) {
        const enrichment = enrichRecord(record, known(knownSchemas(states)));
        if (enrichment.kind === 'outcomes') {
          expect(enrichment.outcomes.map(kindOf)).toEqual(['enriched', 'schema_violations']);
          break;
        }
        const uris = enrichment.keys.map(schemaUri);
        asked.push(uris);
        for (const uri of uris) states[uri] = anything;
      }
      expect(asked).toEqual([
        [payloadData],
        [
          `${iglu}/contexts/jsonschema/1-0-0`,
          'iglu:com.acme/a/jsonschema/1-0-0',
          'iglu:com.acme/b/jsonschema/1-0-0',
          'iglu:com.acme/c/jsonschema/1-0-0',
        ],
      ]);
    });

    it('only for those that an event names', () =>
      expect(enrichRecord(recordOf({ querystring: 'e=pv' }), known(knownSchemas({}))).kind).toBe('outcomes'));
  });

  describe('stands hostile bytes', () => {
    const seed = 20231114;
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[random.integer(items.length)] as T;
    const texts = [
      '',
      'null',
      '\u0000',
      '\ud83d',
      '日',
      '%',
      '%zz',
      '|',
      ' ',
      '\t',
      '9'.repeat(400),
      '1e999999999',
      '[[',
      '{}',
    ];
    const someText = (): string => Array.from({ length: random.integer(4) }, () => pick(texts)).join('');
    const envelopes = [contexts('a'), contexts(), '{"schema":1}', '['.repeat(9000), '"'];
    const names = [
      'e',
      'p',
      'eid',
      'vid',
      'se_va',
      'dtm',
      'stm',
      'res',
      'url',
      'refr',
      'ip',
      'co',
      'cx',
      'ue_pr',
      'ue_px',
      'u',
    ];
    const someParameters = (): Record<string, string> =>
      Object.fromEntries(
        names.map((name) => [name, random.next() < 0.3 ? pick(envelopes) : pick(['pv', 'ue', '1', someText()])]),
      );
    const paths = ['/i', '/com.snowplowanalytics.snowplow/tp2', '/r/tp2', '/com.snowplowanalytics.iglu/v1', someText()];

    it(`ends in outcomes that can be printed (seed ${seed})`, () => {
      for (let i = 0; i < 300; i++) {
        const querystring = new URLSearchParams(someParameters()).toString() + pick(['', someText()]);
        const payload = payloadOf({
          ...pick([
            {},
            post(someParameters(), someParameters()),
            { body: someText(), contentType: 'application/json' },
          ]),
          path: pick(paths),
          querystring: pick([undefined, querystring]),
          userAgent: someText(),
          refererUri: pick([undefined, someText()]),
          headers: [`X-Forwarded-For: ${someText()}`, someText()],
          collector: pick(['c', someText()]),
          timestamp: pick([0, 2 ** 62, -(2 ** 63), 1_700_000_000_000]),
        });
        const record = encodeCollectorPayload(payload);
        if (random.next() < 0.2) record[random.integer(record.length)] = random.integer(256);
        const enrichment = enrichRecord(record, known());
        if (enrichment.kind !== 'outcomes') throw new Error('all schemas are known');
        expect(enrichment.outcomes.length).toBeGreaterThan(0);
        for (const outcome of enrichment.outcomes) {
          if (outcome.kind === 'bad') expect(JSON.parse(printBadRow(outcome.row))).toHaveProperty('data.failure');
          if (outcome.kind !== 'enriched') continue;
          expect(toTsv(outcome.event).split('\t')).toHaveLength(131);
          expect(toTsv(outcome.event)).not.toMatch(/[\r\n]/);
          expect(() => JSON.parse(toAnalyticsJson(outcome.event))).not.toThrow();
        }
      }
    });
  });
});
