/**
 * Patience: runs something of a shard again and again until it succeeds or the shard is interrupted.
 */
import type { Clock } from '../../runtime/clock';
import { isRetryable } from '../../runtime/errors';
import type { Random } from '../../runtime/random';
import { backoffMs, type Backoff } from '../../runtime/retry';
import { StopShard } from './record-processor';
import type { Interruption, ShardInterrupts } from './shard-interrupts';

export interface KeepTryingDeps {
  readonly interrupts: ShardInterrupts;
  readonly clock: Clock;
  readonly random: Random;
}

/** Between tries of a record processor, and of the lease table and the stream. */
export const FAILURE_BACKOFF: Backoff = { minMs: 1_000, maxMs: 30_000 };

/**
 * Runs a callback of the application; any failure of it may heal.
 * `onFailure` hears of each failure, and may end the trying by throwing or by `give-up`.
 * @returns null when it succeeded or was given up. @throws StopShard at once when the callback does.
 */
export async function keepTrying(
  run: () => Promise<void>,
  onFailure: (error: unknown, attempt: number) => 'again' | 'give-up',
  deps: KeepTryingDeps,
  backoff: Backoff = FAILURE_BACKOFF,
): Promise<Interruption | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run();
      return null;
    } catch (error) {
      if (error instanceof StopShard) throw error;
      const interruption = deps.interrupts.current();
      if (interruption !== null) return interruption;
      if (onFailure(error, attempt) === 'give-up') return null;
    }
    await deps.clock.sleep(backoffMs(attempt, backoff, deps.random), deps.interrupts.signal);
    const interruption = deps.interrupts.current();
    if (interruption !== null) return interruption;
  }
}

/**
 * Calls the lease table or the stream until it answers; only retryable errors may heal.
 * @returns the interruption in the place of an answer.
 */
export async function untilAnswered<T>(
  call: () => Promise<T>,
  onFailure: (error: unknown) => void,
  deps: KeepTryingDeps,
): Promise<{ readonly answer: T } | { readonly interruption: Interruption }> {
  const answers: T[] = [];
  const interruption = await keepTrying(
    async () => {
      answers.push(await call());
    },
    (error) => {
      if (!isRetryable(error)) throw error;
      onFailure(error);
      return 'again';
    },
    deps,
  );
  return interruption === null ? { answer: answers[0] as T } : { interruption };
}
