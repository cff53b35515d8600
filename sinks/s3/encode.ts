/**
 * What becomes of one output in S3: its line and the folder it belongs to. Pure. The folder is the hour in which the
 * collector took the event, so that a reader of one hour finds all of it, however late it was processed.
 */
import { badRowType, printBadRow, type BadRow } from '../../protocol/bad-row';
import { toAnalyticsJson, type EnrichedEvent } from '../../protocol/enriched-event';
import type { Output } from '../sink';
import type { Partition } from './file-name';

export interface Encoded {
  readonly partition: Partition;
  /** JSON without its line break. */
  readonly line: string;
}

/** `arrivalMs`: when the stream took the record; stands in for a row that knows no time of the collector. */
export function encodeOutput(output: Output, arrivalMs: number): Encoded {
  if (output.kind === 'enriched') {
    const { event } = output;
    return { partition: { table: 'enriched', ...hourOf(timeOfEvent(event), arrivalMs) }, line: toAnalyticsJson(event) };
  }
  const { row } = output;
  const table = `bad/type=${badRowType(row)}`;
  return { partition: { table, ...hourOf(timeOfRow(row), arrivalMs) }, line: printBadRow(row) };
}

const timeOfEvent = (event: EnrichedEvent): string | null => event.collector_tstamp ?? null;

function timeOfRow({ payload }: BadRow): string | null {
  if (typeof payload === 'string') return null;
  if (!('raw' in payload)) return payload.timestamp;
  const collected = payload.enriched.get('collector_tstamp');
  return typeof collected === 'string' ? collected : payload.raw.timestamp;
}

/** Years 0000 to 9999, as readers' date types have them; anything else counts as no time. */
function hourOf(time: string | null, arrivalMs: number): { date: string; hour: string } {
  const [, date, hour] = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}):/.exec(time ?? '') ?? [];
  if (date !== undefined && hour !== undefined) return { date, hour };
  const arrival = new Date(arrivalMs).toISOString();
  return { date: arrival.slice(0, 10), hour: arrival.slice(11, 13) };
}
