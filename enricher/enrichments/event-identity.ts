/** event_vendor, event_name, event_format and event_version: which schema the event has (snowplow-protocol 4.3). */
import { type EnrichedEvent } from '../../protocol/enriched-event';
import { type Enrichment } from './enrichment';

const snowplowEvent = (name: string): EnrichedEvent => ({
  event_vendor: 'com.snowplowanalytics.snowplow',
  event_name: name,
  event_format: 'jsonschema',
  event_version: '1-0-0',
});

const identities = new Map<string, EnrichedEvent>([
  ...['page_view', 'page_ping', 'transaction', 'transaction_item'].map((name): [string, EnrichedEvent] => [
    name,
    snowplowEvent(name),
  ]),
  ['struct', { ...snowplowEvent('event'), event_vendor: 'com.google.analytics' }],
]);

export const eventIdentity: Enrichment = ({ event, unstructSchema }) => {
  if (event.event === 'unstruct') {
    if (unstructSchema === undefined) return {};
    const { vendor, name, format, version } = unstructSchema;
    return { columns: { event_vendor: vendor, event_name: name, event_format: format, event_version: version } };
  }
  const columns = identities.get(event.event ?? '');
  if (columns !== undefined) return { columns };
  // Word for word and blank for blank what Snowplow writes: people search their bad rows for it.
  const expectation =
    `trying to extract the schema of the enriched event but event type [${event.event ?? null}] doesn't match\n` +
    '          any of page_view, page_ping, struct, transaction, transaction_item and unstruct\n          ';
  return { faults: [{ enrichment: null, message: { field: 'event', value: event.event ?? null, expectation } }] };
};
