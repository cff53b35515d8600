import {
  collectorPayloadFormatViolation,
  eventPayload,
  requestPayload,
  schemaViolations,
  trackerProtocolViolations,
} from '../../protocol/bad-row';
import type { CollectorPayload } from '../../protocol/collector-payload';
import type { EnrichedEvent } from '../../protocol/enriched-event';
import type { Output } from '../sink';
import { encodeOutput } from './encode';

const arrivalMs = Date.UTC(2026, 4, 6, 7, 8, 9);
const arrival = { date: '2026-05-06', hour: '07' };
const collectedMs = Date.UTC(2026, 0, 31, 23, 59, 59, 999);
const occasion = { processor: { artifact: 'test', version: '1.0.0' }, atMs: arrivalMs };
const api = { vendor: 'com.snowplowanalytics.snowplow', version: 'tp2' };
const request = (timestamp = collectedMs): CollectorPayload => ({
  schema: 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0',
  ipAddress: '192.0.2.1',
  timestamp,
  encoding: 'UTF-8',
  collector: 'test',
});
const enriched = (event: EnrichedEvent): Output => ({ kind: 'enriched', event });
const schemaViolation = (event: EnrichedEvent, timestamp?: number): Output => ({
  kind: 'bad',
  row: schemaViolations(occasion, [], eventPayload(event, request(timestamp), api, [])),
});
const trackerViolation = (timestamp?: number): Output => ({
  kind: 'bad',
  row: trackerProtocolViolations(occasion, [], requestPayload(request(timestamp), api, [])),
});
const formatViolation: Output = {
  kind: 'bad',
  row: collectorPayloadFormatViolation(occasion, { error: 'no Thrift' }, Buffer.from('x')),
};

test.each<[string, Output, object]>([
  [
    'an event by the time of its collector',
    enriched({ collector_tstamp: '2026-01-31 23:59:59.999' }),
    { table: 'enriched', date: '2026-01-31', hour: '23' },
  ],
  [
    'an old event in its old hour',
    enriched({ collector_tstamp: '2013-10-07 00:00:00.000' }),
    { table: 'enriched', date: '2013-10-07', hour: '00' },
  ],
  [
    'an event of a year that no reader knows by its arrival',
    enriched({ collector_tstamp: '-6007-01-01 00:00:00.000' }),
    { table: 'enriched', ...arrival },
  ],
  [
    'a bad row of a request by the time of its collector',
    trackerViolation(),
    { table: 'bad/type=tracker_protocol_violations', date: '2026-01-31', hour: '23' },
  ],
  [
    'a bad row of an event by the time that the event had',
    schemaViolation({ collector_tstamp: '2013-10-07 05:00:00.000' }),
    { table: 'bad/type=schema_violations', date: '2013-10-07', hour: '05' },
  ],
  [
    'a bad row of an event that came no further than its request',
    schemaViolation({}),
    { table: 'bad/type=schema_violations', date: '2026-01-31', hour: '23' },
  ],
  [
    'a bad row whose time no calendar has by its arrival',
    trackerViolation(9e18),
    { table: 'bad/type=tracker_protocol_violations', ...arrival },
  ],
  [
    'a bad row that knows no time by its arrival',
    formatViolation,
    { table: 'bad/type=collector_payload_format_violation', ...arrival },
  ],
])('files %s', (_what, output, partition) => {
  expect(encodeOutput(output, arrivalMs).partition).toEqual(partition);
});

test.each([enriched({ collector_tstamp: '2026-01-31 23:59:59.999', page_title: 'a\nb\u2028c' }), formatViolation])(
  'a line is one JSON object without a line break',
  (output) => {
    const { line } = encodeOutput(output, arrivalMs);
    expect(line).not.toContain('\n');
    expect(typeof JSON.parse(line)).toBe('object');
  },
);
