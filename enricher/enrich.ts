/**
 * The decision of the enricher: from the bytes of one record of the raw stream to what becomes of its events. Pure: what
 * must be known is handed in, and what is missing is asked for by returning. Hostile bytes end in an outcome, never in an
 * exception; an exception is a fault of ours and meant to be seen. The pipeline calls it once a record, again after it
 * has fetched schemas.
 */
import { collectorPayloadFormatViolation, type BadRow, type Occasion } from '../protocol/bad-row';
import { type SchemaKey } from '../protocol/schema-key';
import { readEvents } from './adapters';
import { checkPayload } from './check-payload';
import { checkEventSize, checkRowSize } from './check-size';
import { collectedColumns } from './collected-columns';
import { enrichEvent } from './enrich-event';
import { type Known } from './known';
import { type Outcome } from './outcome';
import { SchemaLookup } from './schema-lookup';

export { type Known } from './known';
export { type Outcome } from './outcome';

/** One outcome an event, in their order in the record; or the schemas to fetch before the record can be decided. */
export type Enrichment =
  { kind: 'outcomes'; outcomes: readonly Outcome[] } | { kind: 'needs-schemas'; keys: readonly SchemaKey[] };

/** Of Kinesis (snowplow-protocol 4.7: `maxRecordSize`). */
const recordBytesMaxDefault = 1_000_000;

/** `bytes`: one record of the raw stream, whoever wrote it. */
export function enrichRecord(bytes: Uint8Array, known: Known): Enrichment {
  const lookup = new SchemaLookup(known.schemas);
  const outcomes = decide(bytes, known, lookup);
  return lookup.isComplete ? { kind: 'outcomes', outcomes } : { kind: 'needs-schemas', keys: lookup.missingKeys };
}

/** Without meaning when the lookup is not complete afterwards. */
function decide(bytes: Uint8Array, known: Known, lookup: SchemaLookup): readonly Outcome[] {
  const { processor, etlTimestampMs, recordBytesMax = recordBytesMaxDefault } = known;
  const occasion: Occasion = { processor, atMs: etlTimestampMs };
  const bad = (row: BadRow): Outcome => ({ kind: 'bad', row: checkRowSize(row, recordBytesMax, occasion) ?? row });

  const checked = checkPayload(bytes);
  if (!checked.ok) {
    return checked.messages.map((message) => bad(collectorPayloadFormatViolation(occasion, message, bytes)));
  }
  const { request } = checked;
  const read = readEvents(request, lookup, occasion);
  if (read.kind === 'pending') return [];
  if (read.kind === 'bad') return [bad(read.row)];
  const collected = collectedColumns(request.payload, processor, etlTimestampMs);
  const context = { request, collected, occasion, random: known.random, lookup };
  return read.events.flatMap((parameters): readonly Outcome[] => {
    const outcome = enrichEvent(parameters, context);
    if (outcome.kind === 'pending') return [];
    if (outcome.kind === 'bad') return [bad(outcome.row)];
    const tooBig = checkEventSize(outcome.event, recordBytesMax, occasion);
    return [tooBig === undefined ? outcome : { kind: 'bad', row: tooBig }];
  });
}
