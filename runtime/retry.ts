/** The one loop that tries again, and how long it waits between. Whoever makes a single attempt leaves retrying to it. */
import type { Clock } from './clock';
import { isRetryable } from './errors';
import type { Random } from './random';

export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Milliseconds to wait after failure number `attempt` (1 and up): doubling, capped, by chance between a half and all of it. */
export function backoffMs(attempt: number, { minMs, maxMs }: Backoff, random: Random): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + random.next() * (ceiling / 2);
}

export interface Retries {
  /** Infinity: until it succeeds, fails for good or the signal aborts. */
  readonly attemptsMax: number;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends the waiting and the trying; what runs is not broken off. */
  readonly signal?: AbortSignal;
  /** Called before each wait. */
  readonly onRetry?: (error: unknown, attempt: number) => void;
}

/** Runs it again, with back-off, as long as it fails with a retryable FlotillaError. Throws the last failure. */
export async function withRetries<T>(run: () => Promise<T>, retries: Retries): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!isRetryable(error) || attempt >= retries.attemptsMax || retries.signal?.aborted) throw error;
      retries.onRetry?.(error, attempt);
      await retries.clock.sleep(backoffMs(attempt, retries.backoff, retries.random), retries.signal);
      if (retries.signal?.aborted) throw error;
    }
  }
}
