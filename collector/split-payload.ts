/**
 * What becomes of a payload that is too large for one record: its events in several payloads, and a bad row for what no
 * splitting can make small enough (snowplow-protocol 1.7). Pure.
 */
import { sizeViolation, type BadRow, type Occasion } from '../protocol/bad-row';
import { encodedLength, type CollectorPayload } from '../protocol/collector-payload';
import { isJsonArray, isJsonObject, parseJson, printJson, type Json } from '../protocol/json';
import { parseSelfDescribing } from '../protocol/self-describing';

export interface Stored {
  readonly payloads: readonly CollectorPayload[];
  readonly badRows: readonly BadRow[];
}

export interface SizeLimits {
  readonly recordBytesMax: number;
  readonly bodyBytesMax: number;
}

/** Deeper JSON than any event; the enricher has a stricter bound of its own. */
const DEPTH_MAX = 500;

export function splitPayload(
  payload: CollectorPayload,
  bodyBytes: number,
  limits: SizeLimits,
  occasion: Occasion,
): Stored {
  const size = encodedLength(payload);
  const refuse = (expectation: string, actualSizeBytes = size): BadRow =>
    sizeViolation(
      occasion,
      {
        maximumAllowedSizeBytes: limits.recordBytesMax,
        actualSizeBytes,
        expectation: `oversized collector payload: ${expectation}`,
      },
      describe(payload).slice(0, limits.recordBytesMax / 10),
    );
  if (bodyBytes > limits.bodyBytesMax) {
    const text = `Payload exceeds max size of ${limits.bodyBytesMax}. Actual length: ${bodyBytes}`;
    return { payloads: [], badRows: [refuse(text, bodyBytes)] };
  }
  if (size < limits.recordBytesMax) return { payloads: [payload], badRows: [] };

  const events = eventsOf(payload.body);
  if (typeof events === 'string') return { payloads: [], badRows: [refuse(events)] };
  const printed = events.data.map((event) => printJson(event));
  const arrayBytes = printed.reduce((sum, event) => sum + Buffer.byteLength(event) + 1, 1);
  const around = encodedLength({ ...payload, body: bodyOf(events.schema, []) });
  const budget = Math.min(limits.recordBytesMax - (size - arrayBytes), limits.recordBytesMax - around);
  if (around >= limits.recordBytesMax) {
    return {
      payloads: [],
      badRows: [refuse('cannot split this POST request because event without "data" field is still too big')],
    };
  }
  const { packs, oversized } = pack(printed, budget);
  return {
    payloads: packs.map((pack) => ({ ...payload, body: bodyOf(events.schema, pack) })),
    badRows: oversized.map((event) => refuse('this POST request split is still too large', Buffer.byteLength(event))),
  };
}

/** The events of a body that can be split, or why it cannot. */
function eventsOf(body: string | undefined): { readonly schema: Json; readonly data: readonly Json[] } | string {
  if (body === undefined) return 'GET requests cannot be split';
  const parsed = parseJson(body, { depthMax: DEPTH_MAX });
  if (!parsed.ok) return `cannot split POST requests which are not json ${parsed.error}`;
  const envelope = parseSelfDescribing(parsed.value);
  if (typeof envelope === 'string' || !isJsonObject(parsed.value)) {
    return `cannot split POST requests which are not self-describing ${String(envelope)}`;
  }
  if (!isJsonArray(envelope.data)) return 'cannot split POST requests which do not contain a data array';
  return { schema: parsed.value.get('schema') ?? null, data: envelope.data };
}

const bodyOf = (schema: Json, events: readonly string[]): string =>
  `{"schema":${printJson(schema)},"data":[${events.join(',')}]}`;

/** Greedy: an event opens a new pack when it no longer fits into the last one. Each costs its bytes and a comma. */
function pack(events: readonly string[], budget: number): { packs: string[][]; oversized: string[] } {
  const packs: string[][] = [];
  const oversized: string[] = [];
  let left = 0;
  for (const event of events) {
    const cost = Buffer.byteLength(event) + 1;
    if (cost >= budget) {
      oversized.push(event);
      continue;
    }
    if (packs.length === 0 || cost >= left) {
      packs.push([]);
      left = budget;
    }
    packs.at(-1)?.push(event);
    left -= cost;
  }
  return { packs, oversized };
}

/** The payload as thrift prints it for a person; absent fields left out. */
function describe(payload: CollectorPayload): string {
  const fields = Object.entries(payload).filter(([, value]) => value !== undefined);
  return `CollectorPayload(${fields.map(([name, value]) => `${name}:${Array.isArray(value) ? `[${value.join(', ')}]` : value}`).join(', ')})`;
}
