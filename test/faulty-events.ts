/**
 * What cannot be an event, each sent as it would arrive: with a tracker, by hand, or straight into the stream. Beside it,
 * the bad row that it must become (snowplow-protocol 6).
 */
import { PutRecordCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { buildSelfDescribingEvent, newTracker } from '@snowplow/node-tracker';
import { PROGRAM_VERSION } from '../runtime/version';
import { SameItems, TimeWithin, type TimeBounds } from './asymmetric-matchers';

export interface FaultyEvent {
  readonly name: string;
  readonly type: string;
  /** Found anywhere in the row: it tells whose row it is. */
  readonly mark: string;
  /** For `toEqual`. */
  readonly data: (bounds: TimeBounds) => Readonly<Record<string, unknown>>;
}

const TP2 = '/com.snowplowanalytics.snowplow/tp2';
const LINK_CLICK = 'iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1';
const UNKNOWN_SCHEMA = 'iglu:com.unknown/nothing/jsonschema/1-0-0';
const NO_JSON = 'this is {no JSON';
const NO_THRIFT = 'this is no Thrift';
const APP_ID = 'app-faulty';

export async function sendFaultyEvents(
  collector: string,
  kinesis: KinesisClient,
  rawStream: string,
): Promise<readonly FaultyEvent[]> {
  const tracker = newTracker(
    { namespace: 'faulty', appId: APP_ID, encodeBase64: false },
    { endpoint: collector, bufferSize: 1_000 },
  );
  const track = (schema: string, data: Record<string, unknown>): string =>
    (tracker.track(buildSelfDescribingEvent({ event: { schema, data } })) as { eid: string }).eid;
  const wrongData = track(LINK_CLICK, { elementId: 7 });
  const unknownSchema = track(UNKNOWN_SCHEMA, { a: 1 });
  await tracker.flush();
  await post(`${collector}${TP2}`, NO_JSON);
  await post(`${collector}/com.unknown/v1`, '{"a":1}');
  await kinesis.send(
    new PutRecordCommand({ StreamName: rawStream, PartitionKey: 'faulty', Data: Buffer.from(NO_THRIFT) }),
  );

  return [
    {
      name: 'an event whose data breaks its schema',
      type: 'schema_violations',
      mark: wrongData,
      data: (bounds) => ({
        ...failure(bounds, { messages: [{ schemaKey: LINK_CLICK, error: brokenLinkClick }] }),
        payload: eventPayload(wrongData, bounds, { event_name: null, event_vendor: null }),
      }),
    },
    {
      name: 'an event whose schema nobody knows',
      type: 'schema_violations',
      mark: unknownSchema,
      data: (bounds) => ({
        ...failure(bounds, { messages: [{ schemaKey: UNKNOWN_SCHEMA, error: notFound(bounds) }] }),
        payload: eventPayload(unknownSchema, bounds, { event_name: null, event_vendor: null }),
      }),
    },
    {
      name: 'a tp2 body that is no JSON',
      type: 'tracker_protocol_violations',
      mark: NO_JSON,
      data: (bounds) => ({
        ...failure(bounds, {
          vendor: 'com.snowplowanalytics.snowplow',
          version: 'tp2',
          messages: [{ field: 'body', value: NO_JSON, error: anyText }],
        }),
        payload: requestPayload('com.snowplowanalytics.snowplow', 'tp2', NO_JSON, bounds),
      }),
    },
    {
      name: 'a path that no adapter reads',
      type: 'adapter_failures',
      mark: 'com.unknown/v1',
      data: (bounds) => ({
        ...failure(bounds, {
          vendor: 'com.unknown',
          version: 'v1',
          messages: [
            {
              field: 'vendor/version',
              value: 'com.unknown/v1',
              expectation: 'vendor/version combination is not supported',
            },
          ],
        }),
        payload: requestPayload('com.unknown', 'v1', '{"a":1}', bounds),
      }),
    },
    {
      name: 'a record that is no collector payload',
      type: 'collector_payload_format_violation',
      mark: Buffer.from(NO_THRIFT).toString('base64'),
      data: (bounds) => ({
        ...failure(bounds, { loader: 'thrift', message: { error: anyText } }),
        payload: Buffer.from(NO_THRIFT).toString('base64'),
      }),
    },
  ];
}

async function post(url: string, body: string): Promise<void> {
  const { status } = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  if (status !== 200) throw new Error(`${url} answered ${status}`);
}

const anyText: unknown = expect.stringMatching(/./);

const brokenLinkClick = {
  error: 'ValidationError',
  dataReports: new SameItems([
    {
      message: '$.targetUrl: is missing but it is required',
      path: '$',
      keyword: 'required',
      targets: ['targetUrl'],
    },
    {
      message: '$.elementId: integer found, string expected',
      path: '$.elementId',
      keyword: 'type',
      targets: ['integer', 'string'],
    },
  ]),
};

const notFound = (bounds: TimeBounds) => ({
  error: 'ResolutionError',
  lookupHistory: ['Flotilla Schema Server', 'Iglu Client Embedded'].map((repository) => ({
    repository,
    errors: [{ error: 'NotFound' }],
    attempts: 1,
    lastAttempt: new TimeWithin(bounds),
  })),
});

const failure = (bounds: TimeBounds, more: Record<string, unknown>) => ({
  processor: { artifact: 'flotilla-enricher', version: PROGRAM_VERSION },
  failure: { timestamp: new TimeWithin(bounds), ...more },
});

const collected = (bounds: TimeBounds) => ({
  contentType: 'application/json; charset=utf-8', // the collector stores it in lower case
  encoding: 'UTF-8',
  hostname: '127.0.0.1',
  timestamp: new TimeWithin(bounds),
  ipAddress: '127.0.0.1',
  useragent: 'node',
  refererUri: null,
  headers: expect.arrayContaining(['user-agent: node']) as unknown,
});

const requestPayload = (vendor: string, version: string, body: string, bounds: TimeBounds) => ({
  ...collected(bounds),
  vendor,
  version,
  querystring: [],
  contentType: 'application/json',
  body,
  collector: `flotilla-${PROGRAM_VERSION}-kinesis`,
  networkUserId: anyText,
});

const eventPayload = (eventId: string, bounds: TimeBounds, enriched: Record<string, unknown>) => ({
  enriched: expect.objectContaining({ app_id: APP_ID, platform: 'srv', event: 'unstruct', event_id: eventId, ...enriched }) as unknown, // prettier-ignore
  raw: {
    ...collected(bounds),
    vendor: 'com.snowplowanalytics.snowplow',
    version: 'tp2',
    parameters: expect.arrayContaining([
      { name: 'e', value: 'ue' },
      { name: 'eid', value: eventId },
      { name: 'aid', value: APP_ID },
    ]) as unknown,
    loaderName: `flotilla-${PROGRAM_VERSION}-kinesis`,
    userId: anyText,
  },
});
