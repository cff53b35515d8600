/**
 * What becomes of a payload that is too large for one record: its events in several payloads, and a bad row for what no
 * splitting can make small enough (snowplow-protocol 1.7). Pure. What splitting adds is bounded: a hostile body may repeat a
 * huge schema around many tiny events, or be refused event by event.
 */
import { sizeViolation, type BadRow, type Occasion } from '../protocol/bad-row';
import { encodedLength, type CollectorPayload } from '../protocol/collector-payload';
import { isJsonArray, isJsonObject, parseJson, printJson, type Json } from '../protocol/json';
import { parseSelfDescribing, type SelfDescribing, type SelfDescribingFault } from '../protocol/self-describing';

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

/** `bodyBytes`: how long the body was, of which the payload may hold the beginning only. */
export function splitPayload(
  payload: CollectorPayload,
  bodyBytes: number,
  limits: SizeLimits,
  occasion: Occasion,
): Stored {
  const size = encodedLength(payload);
  const { recordBytesMax, bodyBytesMax } = limits;
  const refused = refusals(payload, limits, occasion);
  if (bodyBytes > bodyBytesMax) {
    return refused([[`Payload exceeds max size of ${bodyBytesMax}. Actual length: ${bodyBytes}`, bodyBytes]]);
  }
  if (size < recordBytesMax) return { payloads: [payload], badRows: [] };

  const events = eventsOf(payload.body);
  if (typeof events === 'string') return refused([[events, size]]);
  const printed = events.data.map((event) => printJson(event));
  // What every part repeats. As it was sent it may hold more than what is printed anew, and seldom less.
  const besides = Math.max(
    size - arrayBytes(printed),
    encodedLength({ ...payload, body: bodyOf(events.schema, []) }) - arrayBytes([]),
  );
  if (besides > recordBytesMax || printed.length === 0) return refused([[TOO_BIG_WITHOUT_DATA, size]]);

  const { packs, oversized } = pack(printed, recordBytesMax - besides);
  const added = packs.length * besides + oversized.length * (recordBytesMax / DESCRIBED_SHARE);
  if (added > Math.max(bodyBytesMax, recordBytesMax)) return refused([[PART_TOO_BIG, size]]);
  return {
    payloads: packs.map((pack) => ({ ...payload, body: bodyOf(events.schema, pack) })),
    badRows: refused(oversized.map((event) => [PART_TOO_BIG, Buffer.byteLength(event)])).badRows,
  };
}

const TOO_BIG_WITHOUT_DATA = 'cannot split this POST request because event without "data" field is still too big';
const PART_TOO_BIG = 'this POST request split is still too large';
/** A bad row holds this share of a record's largest size as text (snowplow-protocol 1.7). */
const DESCRIBED_SHARE = 10;

/** Makes the bad rows of one payload, from pairs of expectation and actual size. */
function refusals(
  payload: CollectorPayload,
  { recordBytesMax }: SizeLimits,
  occasion: Occasion,
): (faults: readonly (readonly [expectation: string, actualSizeBytes: number])[]) => Stored {
  return (faults) => {
    const text = faults.length === 0 ? '' : describe(payload).slice(0, recordBytesMax / DESCRIBED_SHARE);
    const badRows = faults.map(([expectation, actualSizeBytes]) =>
      sizeViolation(
        occasion,
        {
          maximumAllowedSizeBytes: recordBytesMax,
          actualSizeBytes,
          expectation: `oversized collector payload: ${expectation}`,
        },
        text,
      ),
    );
    return { payloads: [], badRows };
  };
}

/** Length of `[a,b]`. */
const arrayBytes = (events: readonly string[]): number =>
  events.reduce((sum, event) => sum + Buffer.byteLength(event) + 1, events.length === 0 ? 2 : 1);

/** The events of a body that can be split, or why it cannot. */
function eventsOf(body: string | undefined): { readonly schema: Json; readonly data: readonly Json[] } | string {
  if (body === undefined) return 'GET requests cannot be split';
  const parsed = parseJson(body, { depthMax: DEPTH_MAX });
  if (!parsed.ok) return `cannot split POST requests which are not json ${parsed.error}`;
  const envelope = parseSelfDescribing(parsed.value);
  if (typeof envelope === 'string' || !isJsonObject(parsed.value)) {
    return `cannot split POST requests which are not self-describing ${describeFault(envelope, parsed.value)}`;
  }
  if (!isJsonArray(envelope.data)) return 'cannot split POST requests which do not contain a data array';
  return { schema: parsed.value.get('schema') ?? null, data: envelope.data };
}

function describeFault(fault: SelfDescribingFault | SelfDescribing, json: Json): string {
  const uri = isJsonObject(json) ? json.get('schema') : undefined;
  if (typeof fault === 'object' || fault === 'INVALID_DATA_PAYLOAD' || typeof uri !== 'string') {
    return 'Invalid data payload, code: INVALID_DATA_PAYLOAD';
  }
  return `Invalid Iglu URI: ${uri}, code: ${fault}`;
}

const bodyOf = (schema: Json, events: readonly string[]): string =>
  `{"schema":${printJson(schema)},"data":[${events.join(',')}]}`;

/**
 * Greedy: an event opens a new pack when it no longer fits into the last one. Each costs its bytes and a comma; the array's
 * own brackets take one more, so a full pack is one short of its budget.
 */
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
