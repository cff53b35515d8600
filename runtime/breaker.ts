/**
 * A breaker before something remote, as a value: after a failure nobody asks for a while, then one does for all, and what it
 * meets closes the breaker or opens it for twice as long. Pure: whoever asks keeps the value and reads the clock.
 */

export interface Breaker {
  /** In a row, of attempts that were let through; 0: it is closed. */
  readonly failures: number;
  /** On the monotonic clock. */
  readonly openedAtMs: number;
  /** Nobody asks before; then one attempt may. */
  readonly openUntilMs: number;
}

export interface BreakerLimits {
  /** How long it stays open after the first failure. */
  readonly openMinMs: number;
  /** It doubles up to this. */
  readonly openMaxMs: number;
  /** An attempt that has not ended after so long is no reason to hold back the next. */
  readonly attemptMs: number;
}

export const closedBreaker: Breaker = { failures: 0, openedAtMs: -Infinity, openUntilMs: -Infinity };

/** Null: do not ask now. Otherwise ask, and go on with this value until the answer is there. */
export function letThrough(breaker: Breaker, nowMs: number, { attemptMs }: BreakerLimits): Breaker | null {
  if (breaker.failures === 0) return breaker;
  if (nowMs < breaker.openUntilMs) return null;
  return { ...breaker, openUntilMs: nowMs + attemptMs };
}

/** After an attempt that began at `beganMs` and failed. Of many that were under way together the first counts. */
export function afterFailure(breaker: Breaker, beganMs: number, nowMs: number, limits: BreakerLimits): Breaker {
  if (breaker.failures > 0 && beganMs <= breaker.openedAtMs) return breaker;
  const openMs = Math.min(limits.openMaxMs, limits.openMinMs * 2 ** Math.min(breaker.failures, 30));
  return { failures: breaker.failures + 1, openedAtMs: nowMs, openUntilMs: nowMs + openMs };
}
