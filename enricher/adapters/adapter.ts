/** What an adapter is: it turns one request into the parameters of its events. */
import { type Request } from '../check-payload';
import { type SchemaLookup } from '../schema-lookup';

/** Of one event. A name without a value is null. */
export type Parameters = ReadonlyMap<string, string | null>;

/** All events of the request in order, or what is wrong with the whole; `pending` when a schema must be fetched first. */
export type Adapted<Message> =
  | { kind: 'events'; events: readonly Parameters[] }
  | { kind: 'faults'; messages: readonly Message[] }
  | { kind: 'pending' };

export type Adapter<Message> = (request: Request, lookup: SchemaLookup) => Adapted<Message>;

/** The answer of an adapter that has read its request, in the order of the events. */
export const events = (...all: readonly Parameters[]): { kind: 'events'; events: readonly Parameters[] } => ({
  kind: 'events',
  events: all,
});
/** The answer of one that has not: at least one message. */
export const faults = <Message>(...messages: readonly Message[]): { kind: 'faults'; messages: readonly Message[] } => ({
  kind: 'faults',
  messages,
});
