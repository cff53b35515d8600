import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { sharedData, skipped } from '../test/shared-data';
import {
  type CollectorPayload,
  collectorPayloadSchema,
  decodeCollectorPayload,
  encodeCollectorPayload,
  encodedLength,
} from './collector-payload';

const golden: CollectorPayload = {
  schema: collectorPayloadSchema,
  ipAddress: '127.0.0.1',
  timestamp: 1700000000123,
  encoding: 'UTF-8',
  collector: 'x-1.0.0-kinesis',
  path: '/i',
  querystring: 'e=pv&p=web',
  headers: ['Host: a.b'],
  networkUserId: '6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11',
};
const goldenBase64 =
  'CwBkAAAACTEyNy4wLjAuMQoAyAAAAYvP5Wh7CwDSAAAABVVURi04CwDcAAAAD3gtMS4wLjAta2luZXNpcwsBQAAAAAIvaQsBSgAAAAplPXB2JnA9d2ViDwFeCwAAAAEAAAAJ' +
  'SG9zdDogYS5iCwGaAAAAJDZlMmYyYjFlLTJmMGEtNGQ1ZS05YzFkLTBkNWI4ZjBlN2ExMQt6aQAAAEFpZ2x1OmNvbS5zbm93cGxvd2FuYWx5dGljcy5zbm93cGxvdy9Db2xs' +
  'ZWN0b3JQYXlsb2FkL3RocmlmdC8xLTAtMAA=';
const goldenBytes = Buffer.from(goldenBase64, 'base64');

const decoded = (bytes: Uint8Array): CollectorPayload => {
  const result = decodeCollectorPayload(bytes);
  if (!result.ok) throw new Error(result.error);
  return result.payload;
};
const errorOf = (bytes: Uint8Array): string | null => {
  const result = decodeCollectorPayload(bytes);
  return result.ok ? null : result.error;
};

// Hand-made fields: type, id, content.
const field = (type: number, id: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, id >> 8, id & 0xff]), content]);
const i32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const string = (content: Uint8Array): Buffer => Buffer.concat([i32(content.length), content]);
const before = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, goldenBytes]);
const endOfBytes = 'Reached end of bytes when parsing as thrift format';

test('the golden record, both ways', () => {
  const bytes = encodeCollectorPayload(golden);
  expect(bytes.toString('base64')).toBe(goldenBase64);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(
    '75c78c667f89b59d6dd130efbc0bedb789c2f2122bc53d98f48c729e23dc41a6',
  );
  expect(decoded(goldenBytes)).toEqual(golden);
});

test('any payload comes back as it was, and its length was known (property)', () => {
  const text = fc.string({ unit: 'grapheme' });
  const payload = fc.record(
    {
      schema: text,
      ipAddress: text,
      timestamp: fc.maxSafeInteger(),
      encoding: text,
      collector: text,
      userAgent: text,
      path: text,
      querystring: text,
      body: text,
      headers: fc.array(text),
      networkUserId: text,
    },
    { requiredKeys: ['schema', 'ipAddress', 'timestamp', 'encoding', 'collector'] },
  );
  fc.assert(
    fc.property(payload, (value) => {
      const bytes = encodeCollectorPayload(value);
      expect(bytes).toHaveLength(encodedLength(value));
      expect(decoded(bytes)).toEqual(value);
    }),
    { seed: 3, numRuns: 300 },
  );
});

describe('reading records of others', () => {
  test('unknown fields of every type are skipped, and fields may come in any order', () => {
    const bytes = before(
      field(2, 1, Buffer.from([1])),
      field(4, 2, Buffer.alloc(8)),
      field(11, 3, string(Buffer.from('x'))),
      field(
        12,
        4,
        Buffer.concat([field(8, 1, i32(7)), field(15, 2, Buffer.from([6, 0, 0, 0, 1, 0, 9])), Buffer.from([0])]),
      ),
      field(13, 5, Buffer.concat([Buffer.from([11, 3]), i32(1), string(Buffer.from('k')), Buffer.from([1])])),
      field(14, 6, Buffer.concat([Buffer.from([2]), i32(2), Buffer.from([0, 1])])),
      field(11, 400, string(Buffer.from('h'))),
    );
    expect(decoded(bytes)).toEqual({ ...golden, hostname: 'h' });
    expect(decoded(Buffer.concat([goldenBytes, Buffer.from('more')]))).toEqual(golden);
  });

  test('a field of another type counts as absent', () => {
    expect(
      decoded(before(field(8, 340, i32(1)), field(15, 350, Buffer.concat([Buffer.from([3]), i32(0)])))).body,
    ).toBeUndefined();
    expect(errorOf(Buffer.concat([field(8, 100, i32(1)), Buffer.from([0])]))).toBe(
      "Required field 'ipAddress' was not present",
    );
  });

  test.each(['ipAddress', 'timestamp', 'encoding', 'collector', 'schema'] as const)(
    'a record without %s is refused',
    (name) => {
      const { [name]: _, ...rest } = golden;
      expect(errorOf(encodeCollectorPayload(rest as CollectorPayload))).toBe(
        `Required field '${name}' was not present`,
      );
    },
  );

  test.each([
    ['nothing', Buffer.alloc(0), endOfBytes],
    ['JSON', Buffer.from('{"a":1}'), 'Unrecognized type 123'],
    ['gzip', Buffer.from('1f8b0800000000000003', 'hex'), 'Unrecognized type 31'],
    ['a length beyond the end', field(11, 340, i32(2 ** 31 - 1)), endOfBytes],
    ['a negative length', field(11, 340, i32(-1)), 'Negative length -1'],
    ['a count beyond the end', field(15, 350, Buffer.concat([Buffer.from([11]), i32(2 ** 31 - 1)])), endOfBytes],
    ['a list of nothing', field(15, 1, Buffer.concat([Buffer.from([0]), i32(2 ** 31 - 1)])), 'Unrecognized type 0'],
    ['endless structs', Buffer.from('0c0001'.repeat(100_000), 'hex'), 'Nested deeper than 64 levels'],
    [
      'endless lists',
      Buffer.concat([field(15, 1, Buffer.alloc(0)), Buffer.from('0f00000001'.repeat(1000), 'hex')]),
      'Nested deeper than 64 levels',
    ],
  ])('%s is an error', (_, bytes, error) => expect(errorOf(bytes)).toBe(error));

  test('every cut is an error, and no damage throws (property)', () => {
    for (let length = 0; length < goldenBytes.length; length++) {
      expect(errorOf(goldenBytes.subarray(0, length))).toBe(endOfBytes);
    }
    const damage = fc.array(fc.tuple(fc.nat(goldenBytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(goldenBytes);
        for (const [at, value] of changes) bytes[at] = value;
        expect(typeof decodeCollectorPayload(bytes).ok).toBe('boolean');
      }),
      { seed: 4, numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof decodeCollectorPayload(bytes).ok).toBe('boolean');
      }),
      { seed: 5, numRuns: 1000 },
    );
  });

  test.each([
    ['ff61', '\ufffda'],
    ['efbbbf61', '\ufeffa'],
    ['61ed', 'a\ufffd'],
    ['61eda080ed62', 'a\ufffd\ufffdb'],
    ['eda0', '\ufffd'],
    ['eda061', '\ufffda'],
    ['eda0bdedb880', '\ufffd\ufffd'],
    ['ed9fbf', '\ud7ff'],
    ['e08080f08080c080', '\ufffd'.repeat(8)],
    ['e282f09f98', '\ufffd\ufffd'],
  ])('the bytes %s are read as Java reads them', (hex, text) => {
    expect(decoded(before(field(11, 340, string(Buffer.from(hex, 'hex'))))).body).toBe(text);
  });
});

describe('recorded payloads', () => {
  const lines = (path: string): Record<string, unknown>[] => {
    const bytes = readFileSync(path);
    const text = path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
    return text
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  test('what a Snowplow collector wrote is written again byte for byte', () => {
    const path = sharedData('oracle/collector-cases.jsonl');
    if (path === null) return skipped('collector records', 'the oracle is not there');
    const records = lines(path).flatMap((line) => line.records as { stream: string; raw?: string }[]);
    const raw = records.flatMap((record) => (record.stream === 'good' && record.raw !== undefined ? [record.raw] : []));
    expect(raw.length).toBeGreaterThan(200);
    for (const record of raw) {
      expect(encodeCollectorPayload(decoded(Buffer.from(record, 'base64'))).toString('base64')).toBe(record);
    }
  });

  test('what the enrich vectors hold is read, refused where they say so, and written again', () => {
    const path = sharedData('oracle/enrich-cases.jsonl.gz');
    if (path === null) return skipped('enrich payloads', 'the oracle is not there');
    const refused: string[] = [];
    const rewritten: string[] = [];
    for (const { id, payload } of lines(path) as { id: string; payload: string }[]) {
      const result = decodeCollectorPayload(Buffer.from(payload, 'base64'));
      if (!result.ok) refused.push(id);
      else if (encodeCollectorPayload(result.payload).toString('base64') !== payload) rewritten.push(id);
    }
    // Invalid UTF-8 and unknown fields do not come back; all else does.
    expect(rewritten.sort()).toEqual(['th-unknown-field', 'utf8-body', 'utf8-cesu', 'utf8-ua']);
    expect(refused.map((id) => id.slice(3)).sort()).toEqual([
      'b64',
      'biglen',
      'cut-100',
      'ff',
      'gzip',
      'json',
      'no-ts',
      'nostop',
      'oldraw',
      'random',
      'wrongtype',
      'zero',
    ]);
  });
});
