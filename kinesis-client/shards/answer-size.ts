/**
 * How much memory to reserve for an answer that nobody knows the size of: pure. Behind the tip it may be anything up to
 * what the service gives. At the tip it holds what was written since the read before: as a rule as little as that one
 * gave. Were each shard to reserve everything at the tip too, hundreds of idle shards would wait for each other.
 */
import { ANSWER_BYTES_MAX, type StreamRecord } from './stream';

/** The last answer, when it came from the tip of the shard. */
export interface TipRead {
  /** Monotonic, before its request was sent. */
  readonly sentAtMs: number;
  readonly bytes: number;
}

/** A shard takes 1 MB a second (Kinesis Data Streams quotas): within this time no more than half of an answer. */
const FRESH_MS = 5_000;
const SURPRISE_BYTES = 64 * 1024;

/** `tip`: null when the last answer was behind the tip, or there is none, or it did not fit. */
export function bytesToReserve(tip: TipRead | null, nowMs: number): number {
  if (tip === null || nowMs - tip.sentAtMs > FRESH_MS) return ANSWER_BYTES_MAX;
  return Math.min(ANSWER_BYTES_MAX, 2 * tip.bytes + SURPRISE_BYTES);
}

export const sizeOf = (records: readonly StreamRecord[]): number =>
  records.reduce((bytes, record) => bytes + record.data.byteLength, 0);
