/**
 * How much memory to reserve for an answer that nobody knows the size of: pure. It may be anything up to what the service
 * gives, but as a rule is like the one before. Were each shard to reserve everything always, hundreds of idle shards would
 * wait for each other. An answer that turns out larger, and finds no room, is read again.
 */
import { ANSWER_BYTES_MAX, type StreamRecord } from './stream';

export interface LastRead {
  /** Monotonic, before its request was sent. */
  readonly sentAtMs: number;
  readonly bytes: number;
  /** Nothing was left behind it. */
  readonly isAtTip: boolean;
}

/** A shard takes 1 MB a second (Kinesis Data Streams quotas): at the tip no more than half of an answer can come within this time. */
const FRESH_MS = 5_000;
/** By how much an answer may exceed twice the one before. Behind the tip, where records come after a gap, by more. */
const SURPRISE_BYTES = { atTip: 64 * 1024, behind: 2 * 1024 * 1024 };

/** `last`: null when there is none, or it did not fit. */
export function bytesToReserve(last: LastRead | null, nowMs: number): number {
  if (last === null || nowMs - last.sentAtMs > FRESH_MS) return ANSWER_BYTES_MAX;
  const surpriseBytes = last.isAtTip ? SURPRISE_BYTES.atTip : SURPRISE_BYTES.behind;
  return Math.min(ANSWER_BYTES_MAX, 2 * last.bytes + surpriseBytes);
}

export const sizeOf = (records: readonly StreamRecord[]): number =>
  records.reduce((bytes, record) => bytes + record.data.byteLength, 0);
