/// <reference lib="es2024.string" />
/**
 * Bad rows: an event that could not be processed, with why and with what is needed to recover it (snowplow-protocol 6).
 * One constructor a type that the collector or the enricher writes. Names and sentences are cut where the schemas of Iglu
 * Central bound them; values never, recovery needs them.
 */
import type {
  AdapterMessage,
  CollectorPayloadMessage,
  EnrichmentMessage,
  SchemaViolationMessage,
  TrackerProtocolMessage,
} from './bad-row-messages';
import { cut, type EventPayload, type RequestPayload } from './bad-row-payloads';
import { jsonOf, printJson } from './json';
import { isoTimestamp } from './timestamps';

export type * from './bad-row-messages';
export {
  type Api,
  type EventPayload,
  eventPayload,
  type Parameter,
  type RawEvent,
  type RequestPayload,
  requestPayload,
} from './bad-row-payloads';

/** The program that made a row. */
export interface Processor {
  readonly artifact: string;
  readonly version: string;
}

/** Who noticed, and when (epoch milliseconds). */
export interface Occasion {
  readonly processor: Processor;
  readonly atMs: number;
}

const versions = {
  size_violation: '1-0-0',
  generic_error: '1-0-0',
  collector_payload_format_violation: '1-0-0',
  adapter_failures: '1-0-0',
  tracker_protocol_violations: '1-0-1',
  schema_violations: '2-0-1',
  enrichment_failures: '2-0-1',
} as const;

/** The name of a row's schema; the S3 output has a folder for each. */
export type BadRowType = keyof typeof versions;
export const badRowTypes = Object.keys(versions) as readonly BadRowType[];

interface Row<Type extends BadRowType, Failure, Payload> {
  readonly type: Type;
  readonly processor: Processor;
  readonly failure: { readonly timestamp: string } & Failure;
  readonly payload: Payload;
}

export type SizeViolation = Row<
  'size_violation',
  { readonly maximumAllowedSizeBytes: number; readonly actualSizeBytes: number; readonly expectation: string },
  string
>;
export type GenericError = Row<'generic_error', { readonly errors: readonly string[] }, string>;
export type CollectorPayloadFormatViolation = Row<
  'collector_payload_format_violation',
  { readonly loader: 'thrift'; readonly message: CollectorPayloadMessage },
  string
>;
interface ApiFailure<Message> {
  readonly vendor: string;
  readonly version: string;
  readonly messages: readonly Message[];
}
export type AdapterFailures = Row<'adapter_failures', ApiFailure<AdapterMessage>, RequestPayload>;
export type TrackerProtocolViolations = Row<
  'tracker_protocol_violations',
  ApiFailure<TrackerProtocolMessage>,
  RequestPayload
>;
export type SchemaViolations = Row<
  'schema_violations',
  { readonly messages: readonly SchemaViolationMessage[] },
  EventPayload
>;
export type EnrichmentFailures = Row<
  'enrichment_failures',
  { readonly messages: readonly EnrichmentMessage[] },
  EventPayload
>;

export type BadRow =
  | SizeViolation
  | GenericError
  | CollectorPayloadFormatViolation
  | AdapterFailures
  | TrackerProtocolViolations
  | SchemaViolations
  | EnrichmentFailures;

export const badRowType = (row: BadRow): BadRowType => row.type;

/** The Iglu URI that a row of this type names. */
export const badRowSchema = (type: BadRowType): string =>
  `iglu:com.snowplowanalytics.snowplow.badrows/${type}/jsonschema/${versions[type]}`;

/** One line without its newline. A lone surrogate becomes U+FFFD: DuckDB refuses a file that holds one. */
export function printBadRow({ type, processor, failure, payload }: BadRow): string {
  return printJson(jsonOf({ schema: badRowSchema(type), data: { processor, failure, payload } })).toWellFormed();
}

/** A payload that is too big to be written. `payload` is as much of it as the caller keeps. */
export function sizeViolation(
  occasion: Occasion,
  size: { maximumAllowedSizeBytes: number; actualSizeBytes: number; expectation: string },
  payload: string,
): SizeViolation {
  const { maximumAllowedSizeBytes, actualSizeBytes } = size;
  const expectation = cut(size.expectation, expectationMax);
  return row('size_violation', occasion, { maximumAllowedSizeBytes, actualSizeBytes, expectation }, payload);
}

/** What the collector cannot store for a reason that has no type of its own. */
export const genericError = (occasion: Occasion, errors: readonly string[], payload: string): GenericError =>
  row('generic_error', occasion, { errors }, payload);

/** A record of the raw stream that is no collector payload. One row a fault. The row keeps the whole record. */
export function collectorPayloadFormatViolation(
  occasion: Occasion,
  message: CollectorPayloadMessage,
  record: Uint8Array,
): CollectorPayloadFormatViolation {
  const payload = Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString('base64');
  const failure = { loader: 'thrift', message: bounded(message) } as const;
  return row('collector_payload_format_violation', occasion, failure, payload);
}

/** A request that its adapter (a webhook's, or none) cannot read. */
export const adapterFailures = (
  occasion: Occasion,
  messages: readonly AdapterMessage[],
  payload: RequestPayload,
): AdapterFailures => row('adapter_failures', occasion, apiFailure(messages, payload), payload);

/** A request in the tracker protocol that is no event, or a faulty batch of them. */
export const trackerProtocolViolations = (
  occasion: Occasion,
  messages: readonly TrackerProtocolMessage[],
  payload: RequestPayload,
): TrackerProtocolViolations => row('tracker_protocol_violations', occasion, apiFailure(messages, payload), payload);

/** An event whose values, entities or lengths their schemas do not allow. */
export const schemaViolations = (
  occasion: Occasion,
  messages: readonly SchemaViolationMessage[],
  payload: EventPayload,
): SchemaViolations => row('schema_violations', occasion, { messages }, payload);

/** An event that an enrichment, or the making of the enriched event itself, failed on. */
export function enrichmentFailures(
  occasion: Occasion,
  messages: readonly EnrichmentMessage[],
  payload: EventPayload,
): EnrichmentFailures {
  const cutMessages = messages.map(({ enrichment, message }) => ({ enrichment, message: bounded(message) }));
  return row('enrichment_failures', occasion, { messages: cutMessages }, payload);
}

function row<Type extends BadRowType, Failure, Payload>(
  type: Type,
  { processor, atMs }: Occasion,
  failure: Failure,
  payload: Payload,
): Row<Type, Failure, Payload> {
  return {
    type,
    processor: { artifact: cut(processor.artifact, artifactMax), version: cut(processor.version, versionMax) },
    failure: { timestamp: isoTimestamp(atMs), ...failure },
    payload,
  };
}

const apiFailure = <Message extends object>(
  messages: readonly Message[],
  { vendor, version }: RequestPayload,
): ApiFailure<Message> => ({ vendor, version, messages: messages.map(bounded) });

// What the schemas of bad rows allow.
const artifactMax = 512;
const versionMax = 32;
const expectationMax = 256;
const errorMax = 512;

/** The same message with its sentences cut. The error of NotJson is unbounded there. */
function bounded<Message extends object>(message: Message): Message {
  if ('expectation' in message && typeof message.expectation === 'string') {
    return { ...message, expectation: cut(message.expectation, expectationMax) };
  }
  const isSimple = 'error' in message && typeof message.error === 'string' && Object.keys(message).length === 1;
  return isSimple ? { ...message, error: cut(message.error as string, errorMax) } : message;
}
