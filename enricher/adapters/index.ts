/** Which adapter reads a request, by the vendor and version of its path (snowplow-protocol 3.2). */
import {
  adapterFailures,
  requestPayload,
  trackerProtocolViolations,
  type AdapterMessage,
  type BadRow,
  type Occasion,
  type RequestPayload,
  type TrackerProtocolMessage,
} from '../../protocol/bad-row';
import { type Request } from '../check-payload';
import { type SchemaLookup } from '../schema-lookup';
import { faults, type Adapter, type Parameters } from './adapter';
import { igluWebhook } from './iglu-webhook';
import { redirect } from './redirect';
import { trackerTp1 } from './tracker-tp1';
import { trackerTp2 } from './tracker-tp2';

export { type Parameters } from './adapter';

/** The events of a request, or the one bad row of all of it; `pending` when a schema must be fetched first. */
export type RequestEvents =
  { kind: 'events'; events: readonly Parameters[] } | { kind: 'bad'; row: BadRow } | { kind: 'pending' };

type Reader = (request: Request, lookup: SchemaLookup, occasion: Occasion) => RequestEvents;

function readerOf<Message>(
  adapter: Adapter<Message>,
  toRow: (occasion: Occasion, messages: readonly Message[], payload: RequestPayload) => BadRow,
): Reader {
  return (request, lookup, occasion) => {
    const adapted = adapter(request, lookup);
    if (adapted.kind !== 'faults') return adapted;
    const querystring = request.querystring.map(([name, value]) => ({ name, value }));
    return {
      kind: 'bad',
      row: toRow(occasion, adapted.messages, requestPayload(request.payload, request, querystring)),
    };
  };
}

const webhook = (adapter: Adapter<AdapterMessage>): Reader => readerOf(adapter, adapterFailures);
const tracker = (adapter: Adapter<TrackerProtocolMessage>): Reader => readerOf(adapter, trackerProtocolViolations);

const unsupported: Adapter<AdapterMessage> = ({ vendor, version }) =>
  faults({
    field: 'vendor/version',
    value: `${vendor}/${version}`,
    expectation: 'vendor/version combination is not supported',
  });

const readers = new Map<string, Reader>([
  ['com.snowplowanalytics.snowplow/tp1', webhook(trackerTp1)], // its faults are named as a webhook's are
  ['com.snowplowanalytics.snowplow/tp2', tracker(trackerTp2)],
  ['r/tp2', tracker(redirect)],
  ['com.snowplowanalytics.iglu/v1', webhook(igluWebhook)],
]);
const unsupportedReader = webhook(unsupported);

/** A vendor and version that nobody knows is a bad row, too. */
export function readEvents(request: Request, lookup: SchemaLookup, occasion: Occasion): RequestEvents {
  const reader = readers.get(`${request.vendor}/${request.version}`) ?? unsupportedReader;
  return reader(request, lookup, occasion);
}
