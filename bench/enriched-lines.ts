/** What becomes of tracked records: events, and the texts that the S3 sink compresses. */
import { type Known, type Outcome } from '../enricher/enrich';
import { type EnrichedEvent } from '../protocol/enriched-event';
import { outcomesOf } from './known-core';

/** @throws Error when an event is no good one: the bench would measure something else. */
export const enrichedEvents = (records: readonly Uint8Array[], known: Known): EnrichedEvent[] =>
  records.flatMap((record) => outcomesOf(record, known).map(eventOf));

function eventOf(outcome: Outcome): EnrichedEvent {
  if (outcome.kind !== 'enriched') throw new Error(`an event became ${JSON.stringify(outcome)}`);
  return outcome.event;
}

export interface Member {
  readonly lines: number;
  readonly text: Buffer;
}

/** As the sink gathers them: each is full with its last line. What is left over is no member. */
export function membersOf(lines: readonly string[], memberBytes: number): Member[] {
  const members: Member[] = [];
  let first = 0;
  let bytes = 0;
  for (const [i, line] of lines.entries()) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes < memberBytes) continue;
    members.push({ lines: i + 1 - first, text: Buffer.from(`${lines.slice(first, i + 1).join('\n')}\n`) });
    first = i + 1;
    bytes = 0;
  }
  return members;
}
