/**
 * How soon a shard may be read again under the service's limits, as a value: pure. One budget per shard; the reader
 * spends it. Other readers of the same shard are not seen here: they show as throttled answers.
 *
 * The limits (Kinesis Data Streams quotas, and the API reference of GetRecords): 5 calls a second and shard; 2 MB a
 * second, where one call may give up to 10 MB and the next ones then wait until the rate is met again.
 */
const CALL_INTERVAL_MS = 200;
export const BYTES_PER_SECOND = 2 * 1024 * 1024;
const BURST_BYTES = 10 * 1024 * 1024;

export interface ReadBudget {
  /** Monotonic time from which on the next call may be made. */
  readonly nextCallAtMs: number;
  /** What may still be read at `atMs`; below zero after a large answer. */
  readonly bytes: number;
  readonly atMs: number;
}

export const fullReadBudget = (nowMs: number): ReadBudget => ({ nextCallAtMs: nowMs, bytes: BURST_BYTES, atMs: nowMs });

const bytesAt = (budget: ReadBudget, nowMs: number): number =>
  Math.min(BURST_BYTES, budget.bytes + ((nowMs - budget.atMs) * BYTES_PER_SECOND) / 1_000);

/** How long to wait before the next call, in ms; 0 when it may be made now. */
export function waitBeforeReadMs(budget: ReadBudget, nowMs: number): number {
  const untilCall = budget.nextCallAtMs - nowMs;
  const untilBytes = (-bytesAt(budget, nowMs) * 1_000) / BYTES_PER_SECOND;
  return Math.max(0, Math.ceil(untilCall), Math.ceil(untilBytes));
}

/** The budget after a call that was sent at `sentAtMs` and gave `bytes`. */
export const afterRead = (budget: ReadBudget, sentAtMs: number, bytes: number): ReadBudget => ({
  nextCallAtMs: sentAtMs + CALL_INTERVAL_MS,
  bytes: bytesAt(budget, sentAtMs) - bytes,
  atMs: sentAtMs,
});
