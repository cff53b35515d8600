/**
 * Writes to the lease row until the answer is certain: applied, or the lease is not ours. The client has settled each
 * unknown answer before it says that it failed, so the same write again is always allowed.
 */
import { CheckpointError } from '../kinesis-client';
import type { Clock } from '../runtime/clock';
import type { Random } from '../runtime/random';
import { backoffMs, type Backoff } from '../runtime/retry';

export interface CheckpointRetries {
  readonly clock: Clock;
  readonly random: Random;
  readonly backoff: Backoff;
}

/** Rejects with what is neither: a position or an order of calls that is a bug of ours. */
export async function settleCheckpoint<T>(
  write: () => Promise<T>,
  { clock, random, backoff }: CheckpointRetries,
  signal: AbortSignal,
): Promise<T | 'lost'> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      if (error.name === 'ShutdownException') return 'lost';
      if (error.name !== 'ThrottlingException' && error.name !== 'KinesisClientLibDependencyException') throw error;
      await clock.sleep(backoffMs(attempt, backoff, random), signal);
    }
  }
  return 'lost';
}
