/**
 * What a bad row keeps of its event (snowplow-protocol 6, "Objects"), so that it can be understood and recovered: the
 * request, the raw event, and the enriched event as far as it came. Values are never cut, but for the names that the
 * schemas of bad rows bound.
 */
import { columnJson } from './analytics-json';
import type { CollectorPayload } from './collector-payload';
import { columns, type EnrichedEvent } from './enriched-columns';
import { type Json, JsonNumber, type JsonObject } from './json';
import { isoTimestamp } from './timestamps';

/** A parameter of a querystring or of a raw event. */
export interface Parameter {
  readonly name: string;
  readonly value: string | null;
}

/** Vendor and version of the request's path: which adapter reads it, as `com.snowplowanalytics.snowplow`, `tp2`. */
export interface Api {
  readonly vendor: string;
  readonly version: string;
}

interface Source {
  readonly vendor: string;
  readonly version: string;
  readonly contentType: string | null;
  readonly encoding: string;
  readonly hostname: string | null;
  readonly timestamp: string;
  readonly ipAddress: string | null;
  readonly useragent: string | null;
  readonly refererUri: string | null;
  readonly headers: readonly string[];
}

/** The whole request: what adapter_failures and tracker_protocol_violations keep. */
export interface RequestPayload extends Source {
  readonly querystring: readonly Parameter[];
  readonly body: string | null;
  readonly collector: string;
  readonly networkUserId: string | null;
}

/** One event of a request: what schema_violations and enrichment_failures keep beside the enriched event. */
export interface RawEvent extends Source {
  readonly parameters: readonly Parameter[];
  readonly loaderName: string;
  readonly userId: string | null;
}

export interface EventPayload {
  readonly enriched: JsonObject;
  readonly raw: RawEvent;
}

/** `querystring`: its pairs as they were read. */
export function requestPayload(payload: CollectorPayload, api: Api, querystring: readonly Parameter[]): RequestPayload {
  return {
    ...sourceOf(payload, api),
    querystring,
    body: payload.body ?? null,
    collector: cut(payload.collector, 32),
    networkUserId: payload.networkUserId ?? null,
  };
}

/** `event` may be partial: which columns are set tells how far it came. In a violation its envelopes are as sent. */
export function eventPayload(
  event: EnrichedEvent,
  payload: CollectorPayload,
  api: Api,
  parameters: readonly Parameter[],
): EventPayload {
  const loaderName = cut(payload.collector, 32);
  const raw = { ...sourceOf(payload, api), parameters, loaderName, userId: payload.networkUserId ?? null };
  return { enriched: partialEvent(event), raw };
}

function sourceOf(payload: CollectorPayload, api: Api): Source {
  return {
    vendor: cut(api.vendor, 64),
    version: cut(api.version, 16),
    contentType: payload.contentType ?? null,
    encoding: payload.encoding,
    hostname: payload.hostname ?? null,
    timestamp: isoTimestamp(payload.timestamp),
    ipAddress: payload.ipAddress,
    useragent: payload.userAgent ?? null,
    refererUri: payload.refererUri ?? null,
    headers: payload.headers ?? [],
  };
}

/** Numbers as the schemas want them: ints but txn_id, flags as 0 and 1, coordinates. All else is text, decimals too. */
function partialEvent(event: EnrichedEvent): JsonObject {
  return new Map(
    columns.map(({ name, type }): [string, Json] => {
      const text = event[name];
      if (text === undefined) return [name, null];
      if (type === 'bool') return [name, new JsonNumber(text === '1' ? '1' : '0')];
      const isNumber = (type === 'int' && name !== 'txn_id') || name === 'geo_latitude' || name === 'geo_longitude';
      return [name, isNumber ? new JsonNumber(columnJson(type, text) ?? 'null') : text];
    }),
  );
}

/** At most so many UTF-16 units, never half a character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? max - 1 : max);
}
