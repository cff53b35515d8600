import { readFileSync } from 'node:fs';
import Ajv from 'ajv-draft-04';
import { sharedData, skipped } from '../test/shared-data';
import {
  adapterFailures,
  type BadRow,
  badRowSchema,
  badRowType,
  badRowTypes,
  collectorPayloadFormatViolation,
  enrichmentFailures,
  eventPayload,
  genericError,
  type Occasion,
  printBadRow,
  requestPayload,
  schemaViolations,
  sizeViolation,
  trackerProtocolViolations,
} from './bad-row';
import { type CollectorPayload, collectorPayloadSchema } from './collector-payload';
import { columns, type EnrichedEvent } from './enriched-event';
import { jsonOf } from './json';

const occasion: Occasion = {
  processor: { artifact: 'flotilla-enricher', version: '0.1.0' },
  atMs: Date.parse('2024-01-01T00:00:00.000Z'),
};
const payload: CollectorPayload = {
  schema: collectorPayloadSchema,
  ipAddress: '192.0.2.1',
  timestamp: Date.parse('2024-01-01T00:00:00.000Z'),
  encoding: 'UTF-8',
  collector: 'ssc-2.10.0-kinesis',
  hostname: 'c.acme.com',
  networkUserId: '6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11',
};
const tp2 = { vendor: 'com.snowplowanalytics.snowplow', version: 'tp2' };
const event: EnrichedEvent = {
  app_id: 'app',
  collector_tstamp: '2024-01-01 00:00:00.000',
  txn_id: '7',
  page_urlport: '443',
  br_cookies: '1',
  geo_latitude: '48.0',
  geo_longitude: '1.0E7',
  se_value: '12.50',
  contexts: '{"schema": 1}',
};
const unresolved = {
  schemaKey: 'iglu:com.acme/x/jsonschema/1-0-0',
  error: {
    error: 'ResolutionError' as const,
    lookupHistory: jsonOf([
      {
        repository: 'Iglu Central',
        errors: [{ error: 'NotFound' }],
        attempts: 1,
        lastAttempt: '2024-01-01T00:00:00.000Z',
      },
    ]),
  },
};
const invalid = {
  schemaKey: 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4',
  error: {
    error: 'ValidationError' as const,
    dataReports: [
      { message: '$[0].tv: is missing but it is required', path: '$[0]', keyword: 'required', targets: ['tv'] },
    ],
  },
};
const noSchema = {
  schemaKey: 'iglu:com.acme/x/jsonschema/1-0-0',
  error: { error: 'ValidationError' as const, schemaIssues: [{ path: '$', message: 'Unknown MetaSchema: null' }] },
};
const inputData = { field: 'vendor/version', value: 'com.acme/v9', expectation: 'combination is not supported' };
const notJson = { field: 'ue_px', value: '{', error: 'invalid json: exhausted input' };
const notIglu = { json: jsonOf({ a: 1 }), error: 'INVALID_DATA_PAYLOAD' as const };
const mismatch = {
  schemaKey: 'iglu:com.acme/x/jsonschema/1-0-0',
  schemaCriterion: 'iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-*',
};
const mapping = {
  actual: 'zzz',
  expectedMapping: { open: 'iglu:com.acme/open/jsonschema/1-0-0' },
  expectation: 'no schema',
};
const failed = eventPayload(event, payload, tp2, [
  { name: 'e', value: 'ue' },
  { name: 'cx', value: null },
]);

/** Every constructor with every kind of message. */
const rows: readonly BadRow[] = [
  sizeViolation(
    occasion,
    { maximumAllowedSizeBytes: 1e6, actualSizeBytes: 1.2e6, expectation: 'too big' },
    'CollectorPayload(',
  ),
  genericError(occasion, ['one', 'two'], 'x'),
  collectorPayloadFormatViolation(occasion, { error: 'error deserializing raw event: end' }, Buffer.from('abc')),
  collectorPayloadFormatViolation(
    occasion,
    { payloadField: 'path', value: '/x', expectation: 'two segments' },
    Buffer.alloc(0),
  ),
  adapterFailures(
    occasion,
    [inputData, notJson, notIglu, mapping],
    requestPayload(payload, { vendor: 'com.acme', version: 'v9' }, []),
  ),
  trackerProtocolViolations(
    occasion,
    [inputData, notJson, notIglu, mismatch, invalid, unresolved, noSchema],
    requestPayload({ ...payload, body: '{}', contentType: 'application/json', headers: ['A: b'] }, tp2, [
      { name: 'e', value: 'pv' },
    ]),
  ),
  schemaViolations(occasion, [notJson, notIglu, mismatch, invalid, unresolved, noSchema], failed),
  enrichmentFailures(
    occasion,
    [
      { enrichment: null, message: inputData },
      { enrichment: null, message: { error: 'no' } },
      { enrichment: { schemaKey: 'iglu:com.acme/e/jsonschema/1-0-0', identifier: 'e' }, message: invalid },
    ],
    failed,
  ),
];

/** The schema of Iglu Central, if it is there; formats as the schemas name them. */
function validatorOf(schema: string): ((data: unknown) => unknown[]) | null {
  const path = sharedData(`iglu-central/schemas/${schema.slice('iglu:'.length)}`);
  if (path === null) return null;
  const { $schema: _, self: __, ...body } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  ajv.addFormat('uuid', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const validate = ajv.compile(body);
  return (data) => (validate(data) ? [] : (validate.errors ?? []));
}

test('every type has a row, and every row obeys its schema in Iglu Central', () => {
  expect(new Set(rows.map(badRowType))).toEqual(new Set(badRowTypes));
  for (const row of rows) {
    const validate = validatorOf(badRowSchema(row.type));
    if (validate === null) return skipped('schemas of bad rows', 'Iglu Central is not there');
    const printed = JSON.parse(printBadRow(row)) as { schema: string; data: unknown };
    expect(printed.schema).toBe(badRowSchema(row.type));
    expect([row.type, validate(printed.data)]).toEqual([row.type, []]);
  }
});

test.each([
  [
    rows[0],
    '{"schema":"iglu:com.snowplowanalytics.snowplow.badrows/size_violation/jsonschema/1-0-0","data":{"processor":{"artifact":"flotilla-enricher","version":"0.1.0"},"failure":{"timestamp":"2024-01-01T00:00:00.000Z","maximumAllowedSizeBytes":1000000,"actualSizeBytes":1200000,"expectation":"too big"},"payload":"CollectorPayload("}}',
  ],
  [
    rows[2],
    '{"schema":"iglu:com.snowplowanalytics.snowplow.badrows/collector_payload_format_violation/jsonschema/1-0-0","data":{"processor":{"artifact":"flotilla-enricher","version":"0.1.0"},"failure":{"timestamp":"2024-01-01T00:00:00.000Z","loader":"thrift","message":{"error":"error deserializing raw event: end"}},"payload":"YWJj"}}',
  ],
])('a row is one line with its keys in the usual order', (row, line) => {
  expect(printBadRow(row as BadRow)).toBe(line);
});

test('what is absent is null, headers and querystring are empty lists', () => {
  expect(requestPayload(payload, tp2, [])).toEqual({
    vendor: 'com.snowplowanalytics.snowplow',
    version: 'tp2',
    contentType: null,
    encoding: 'UTF-8',
    hostname: 'c.acme.com',
    timestamp: '2024-01-01T00:00:00.000Z',
    ipAddress: '192.0.2.1',
    useragent: null,
    refererUri: null,
    headers: [],
    querystring: [],
    body: null,
    collector: 'ssc-2.10.0-kinesis',
    networkUserId: '6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11',
  });
});

test('a request time that no Date can hold is written all the same', () => {
  const { timestamp } = requestPayload({ ...payload, timestamp: -(2 ** 63) }, tp2, []);
  expect(timestamp).toBe('-292275055-05-16T16:47:04.192Z');
});

test('the partial event has all 131 columns; ints, flags and coordinates are numbers, all else is text', () => {
  const { enriched } = (
    JSON.parse(printBadRow(schemaViolations(occasion, [], failed))) as {
      data: { payload: { enriched: Record<string, unknown> } };
    }
  ).data.payload;
  expect(Object.keys(enriched)).toEqual(columns.map((column) => column.name));
  expect(Object.fromEntries(Object.entries(enriched).filter(([, value]) => value !== null))).toEqual({
    app_id: 'app',
    collector_tstamp: '2024-01-01 00:00:00.000',
    txn_id: '7',
    page_urlport: 443,
    br_cookies: 1,
    geo_latitude: 48,
    geo_longitude: 1e7,
    se_value: '12.50',
    contexts: '{"schema": 1}',
  });
});

test('names and sentences are cut where the schemas bound them, values never', () => {
  const long = 'x'.repeat(600);
  const api = { vendor: long, version: long };
  const request = requestPayload({ ...payload, collector: long, body: long }, api, [{ name: long, value: long }]);
  const row = adapterFailures(
    occasion,
    [
      { field: 'f', value: long, expectation: long },
      { field: 'f', value: long, error: long },
    ],
    request,
  );
  expect([row.failure.vendor.length, row.failure.version.length, row.payload.vendor.length]).toEqual([64, 16, 64]);
  expect([row.payload.collector.length, row.payload.body, row.payload.querystring[0]?.value]).toEqual([32, long, long]);
  expect(row.failure.messages).toEqual([
    { field: 'f', value: long, expectation: 'x'.repeat(256) },
    { field: 'f', value: long, error: long },
  ]);
  const format = collectorPayloadFormatViolation(occasion, { error: `${'x'.repeat(511)}😀` }, Buffer.alloc(0));
  expect(format.failure.message).toEqual({ error: 'x'.repeat(511) });
});

test('a lone surrogate becomes U+FFFD wherever it stands', () => {
  const row = schemaViolations(
    occasion,
    [{ json: jsonOf({ 'a\ud800': 'b\udfff' }), error: 'INVALID_DATA_PAYLOAD' }],
    failed,
  );
  expect(printBadRow(row)).toContain('{"json":{"a\ufffd":"b\ufffd"},"error":"INVALID_DATA_PAYLOAD"}');
});
