import { encodedLength, type CollectorPayload } from '../protocol/collector-payload';
import { seededRandom } from '../runtime/random';
import { payloadOf } from '../test/requests';
import { splitPayload, type SizeLimits, type Stored } from './split-payload';

const SCHEMA = 'iglu:a.b/c/jsonschema/1-0-0';
const LIMITS: SizeLimits = { recordBytesMax: 1_000, bodyBytesMax: 100_000 };
const occasion = { processor: { artifact: 'flotilla-collector', version: '0.0.0' }, atMs: 0 };

const posted = (body: string | undefined): CollectorPayload => payloadOf({ body, querystring: '' });
const split = (body: string | undefined, limits = LIMITS): Stored =>
  splitPayload(posted(body), Buffer.byteLength(body ?? ''), limits, occasion);
const bodyOf = (data: readonly unknown[], rest = {}): string => JSON.stringify({ schema: SCHEMA, ...rest, data });
const dataOf = ({ body = '' }: CollectorPayload): unknown[] => (JSON.parse(body) as { data: unknown[] }).data;
const expectations = ({ badRows }: Stored): string[] =>
  badRows.map((row) =>
    ('expectation' in row.failure ? String(row.failure.expectation) : '').replace('oversized collector payload: ', ''),
  );
/** What a payload needs beside its events. */
const AROUND = encodedLength(posted(bodyOf([])));

describe('a payload', () => {
  it('smaller than a record stays whole, whatever it is', () => {
    for (const body of ['x'.repeat(500), undefined, ''])
      expect(split(body)).toEqual({ payloads: [posted(body)], badRows: [] });
  });

  it('is split into parts with its own fields and schema, and no part is over a record', () => {
    const data = Array.from({ length: 50 }, (_, i) => ({ i, text: 'é'.repeat(20) }));
    const { payloads, badRows } = split(bodyOf(data));
    expect(badRows).toEqual([]);
    expect(payloads.length).toBeGreaterThan(1);
    expect(payloads.flatMap(dataOf)).toEqual(data);
    expect(payloads.map((payload) => ({ ...payload, body: '' }))).toEqual(payloads.map(() => posted('')));
    for (const payload of payloads) expect(encodedLength(payload)).toBeLessThanOrEqual(LIMITS.recordBytesMax);
  });

  it('may fill its record to the last byte, and not one more', () => {
    const text = (bytes: number) => 'x'.repeat(bytes - 2); // with its quotes
    const room = LIMITS.recordBytesMax - AROUND;
    for (const [bytes, whole] of [
      [room, 1],
      [room + 1, 0],
    ] as const) {
      const { payloads, badRows } = split(bodyOf(['small', text(bytes)]));
      expect(payloads.filter((payload) => encodedLength(payload) === LIMITS.recordBytesMax)).toHaveLength(whole);
      expect(badRows).toHaveLength(1 - whole);
    }
  });

  it('keeps the text of numbers, drops other keys, prints the rest anew', () => {
    const body = `{"x":1, "schema":"${SCHEMA}", "data":[1.0, 12345678901234567890, "\\u00e9\\/", ${JSON.stringify('x'.repeat(800))}] }`;
    const { payloads } = split(body);
    expect(payloads[0]?.body).toBe(`{"schema":"${SCHEMA}","data":[1.0,12345678901234567890,"é/"]}`);
  });

  it('never loses an event: each is in one part or has a bad row of its own', () => {
    const random = seededRandom(11);
    for (let round = 0; round < 200; round++) {
      const data = Array.from(
        { length: 1 + random.integer(30) },
        (_, i) => `${i}:${'y'.repeat(random.integer(random.integer(2_000) + 1))}`,
      );
      const body = bodyOf(data, random.integer(2) ? { extra: 'z'.repeat(random.integer(300)) } : {});
      const { payloads, badRows } = split(body);
      if (payloads[0]?.body === body) continue;
      expect(payloads.flatMap(dataOf).length + badRows.length).toBe(data.length);
      for (const payload of payloads) expect(encodedLength(payload)).toBeLessThanOrEqual(LIMITS.recordBytesMax);
    }
  });
});

describe('what cannot be split is one bad row that says why', () => {
  const long = 'x'.repeat(2_000);
  it.each([
    ['no body', undefined, 'GET requests cannot be split'],
    ['no JSON', long, 'cannot split POST requests which are not json '],
    ['no JSON with a beginning', `{"a":"${long}`, 'cannot split POST requests which are not json '],
    ['not self-describing', `{"a":"${long}"}`, 'cannot split POST requests which are not self-describing '],
    ['a schema that is none', `{"schema":"x","data":["${long}"]}`, 'cannot split POST requests which are not self-describing Invalid Iglu URI: x, code: INVALID_IGLUURI'],
    ['no array', `{"schema":"${SCHEMA}","data":"${long}"}`, 'cannot split POST requests which do not contain a data array'],
    ['too much beside its data', bodyOf([1], { extra: long }), 'cannot split this POST request because event without "data" field is still too big'],
    ['nothing but blanks in its data', `{"schema":"${SCHEMA}","data":[${' '.repeat(800)}]}`, 'cannot split this POST request because event without "data" field is still too big'],
    ['one event too big', bodyOf([long]), 'this POST request split is still too large'],
  ])('%s', (_, body, expectation) => {
    const payload = body === undefined ? payloadOf({ querystring: long }) : posted(body);
    const stored = splitPayload(payload, Buffer.byteLength(body ?? ''), LIMITS, occasion);
    expect(stored.payloads).toEqual([]);
    expect(expectations(stored)).toEqual([expect.stringContaining(expectation)]);
  }); // prettier-ignore

  it('over the limit of a body it is not even tried', () => {
    const stored = splitPayload(posted('x'), 100_001, LIMITS, occasion);
    expect(expectations(stored)).toEqual(['Payload exceeds max size of 100000. Actual length: 100001']);
  });

  it('the row has a tenth of a record as text, and the bytes that were too many', () => {
    const [row] = split('x'.repeat(5_000)).badRows;
    expect(row?.payload).toHaveLength(100);
    expect(row?.failure).toMatchObject({
      maximumAllowedSizeBytes: 1_000,
      actualSizeBytes: encodedLength(posted('x'.repeat(5_000))),
    });
    const [part] = split(bodyOf([1, 'x'.repeat(5_000)])).badRows;
    expect(part?.failure).toMatchObject({ actualSizeBytes: 5_002 });
  });
});

describe('a hostile body', () => {
  const bytesOf = ({ payloads, badRows }: Stored): number =>
    payloads.reduce((sum, payload) => sum + encodedLength(payload), 0) + JSON.stringify(badRows).length;

  it.each([
    ['a huge schema around tiny events', JSON.stringify({ schema: `iglu:a.b/${'c'.repeat(700)}/jsonschema/1-0-0`, data: Array(8_000).fill('xxxxxxx') })],
    ['nothing but events too big for what is left', JSON.stringify({ schema: `iglu:a.b/${'c'.repeat(700)}/jsonschema/1-0-0`, data: Array(700).fill('x'.repeat(130)) })],
    ['deep nesting', `{"schema":"${SCHEMA}","data":[${'['.repeat(40_000)}${']'.repeat(40_000)}]}`],
  ])('becomes no more than a few times its size: %s', (_, body) => {
    const stored = split(body);
    expect(stored.payloads.length + stored.badRows.length).toBeGreaterThan(0);
    expect(bytesOf(stored)).toBeLessThan(3 * LIMITS.bodyBytesMax);
  }); // prettier-ignore
});
