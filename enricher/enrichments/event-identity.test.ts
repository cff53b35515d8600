import { eventIdentity } from './event-identity';

const schema = { vendor: 'com.acme', name: 'x', format: 'jsonschema', version: '1-0-3' };
const run = (event?: string, unstructSchema?: typeof schema): ReturnType<typeof eventIdentity> =>
  eventIdentity({ event: { event }, refererUri: undefined, unstructSchema });

describe('eventIdentity', () => {
  it.each<[string, string, string, string]>([
    ['page_view', 'com.snowplowanalytics.snowplow', 'page_view', '1-0-0'],
    ['page_ping', 'com.snowplowanalytics.snowplow', 'page_ping', '1-0-0'],
    ['transaction', 'com.snowplowanalytics.snowplow', 'transaction', '1-0-0'],
    ['transaction_item', 'com.snowplowanalytics.snowplow', 'transaction_item', '1-0-0'],
    ['struct', 'com.google.analytics', 'event', '1-0-0'],
    ['unstruct', 'com.acme', 'x', '1-0-3'],
  ])('of %s', (event, vendor, name, version) =>
    expect(run(event, schema)).toEqual({
      columns: { event_vendor: vendor, event_name: name, event_format: 'jsonschema', event_version: version },
    }),
  );

  it('of an unstruct event without data is none, and no fault', () => expect(run('unstruct')).toEqual({}));

  it.each<[string | undefined, string | null]>([
    [undefined, null],
    ['ad_impression', 'ad_impression'],
  ])('of %s is a fault', (event, value) =>
    expect(run(event).faults).toMatchObject([{ enrichment: null, message: { field: 'event', value } }]),
  );
});
