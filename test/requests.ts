/** Requests as the collector stores them, and how the enricher sees them, for tests that care for one part. */
import { type Request } from '../enricher/check-payload';
import { splitQuery } from '../enricher/querystring';
import { collectorPayloadSchema, encodeCollectorPayload, type CollectorPayload } from '../protocol/collector-payload';
import { decodeUtf8 } from '../protocol/java-utf8';

/** A GET of the tracker protocol unless the test says otherwise. */
export const payloadOf = (parts: Partial<CollectorPayload>): CollectorPayload => ({
  schema: collectorPayloadSchema,
  ipAddress: '192.0.2.1',
  timestamp: 1_700_000_000_123,
  encoding: 'UTF-8',
  collector: 'test-1.0.0-kinesis',
  path: '/i',
  ...parts,
});

export const recordOf = (parts: Partial<CollectorPayload>): Buffer => encodeCollectorPayload(payloadOf(parts));

export function requestOf(parts: Partial<CollectorPayload>): Request {
  const payload = payloadOf(parts);
  const querystring = splitQuery(payload.querystring ?? '', decodeUtf8);
  return { vendor: 'com.acme', version: 'v1', querystring, charset: decodeUtf8, payload };
}
