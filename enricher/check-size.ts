/** What is too big for a Kinesis record becomes a `size_violation` (snowplow-protocol 4.7). */
import { printBadRow, sizeViolation, type BadRow, type Occasion } from '../protocol/bad-row';
import { columns, toTsv, type EnrichedEvent } from '../protocol/enriched-event';

/** Of the record that was too big, this part is kept. */
const keptPart = 10;
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const bytesPerUnitMax = 3;

/** The row that takes the event's place, or undefined when its TSV has at most `bytesMax` bytes. */
export function checkEventSize(event: EnrichedEvent, bytesMax: number, occasion: Occasion): BadRow | undefined {
  let units = columns.length; // a tab after each
  for (const { name } of columns) units += event[name]?.length ?? 0;
  if (units * bytesPerUnitMax <= bytesMax) return undefined;
  return tooBig(toTsv(event), bytesMax, occasion, 'Enriched event exceeds the maximum allowed size of');
}

/** The row that takes the row's place, or undefined when its line has at most `bytesMax` bytes. */
export function checkRowSize(row: BadRow, bytesMax: number, occasion: Occasion): BadRow | undefined {
  const reason = 'Event failed enrichment and resulting bad row exceeds the maximum allowed size of';
  return tooBig(printBadRow(row), bytesMax, occasion, reason);
}

function tooBig(text: string, bytesMax: number, occasion: Occasion, reason: string): BadRow | undefined {
  const actualSizeBytes = Buffer.byteLength(text);
  if (actualSizeBytes <= bytesMax) return undefined;
  const size = { maximumAllowedSizeBytes: bytesMax, actualSizeBytes, expectation: `${reason} ${bytesMax} bytes` };
  return sizeViolation(occasion, size, text.slice(0, Math.floor(bytesMax / keptPart)));
}
