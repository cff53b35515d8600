/**
 * Carries one lease write through until its fate is known. An answer may be lost while the write was applied, or be
 * applied late; so the same write is sent again, unchanged, until it is applied or fenced: it names the counter that it
 * saw, and can be applied only once. Used by held-lease.ts and for taking; never decides what a refusal means for them.
 */
import type { Clock } from '../../runtime/clock';
import { isRetryable } from '../../runtime/errors';
import type { Random } from '../../runtime/random';
import { backoffMs } from '../../runtime/retry';
import type { Lease } from './lease';
import type { LeaseTable, WriteAnswer } from './lease-table';
import { isApplied, type LeaseWrite } from './lease-writes';

export type Settled =
  /** Applied. Trust in the lease counts from `sentMs`, before the request left (monotonic). */
  | { readonly kind: 'written'; readonly sentMs: number }
  | { readonly kind: 'refused'; readonly row?: Lease }
  /** Given up: it may have been applied, or still be. */
  | { readonly kind: 'unknown' };

export interface SettleOptions {
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly retryMaxMs: number;
  /** Gives up at once, also while a request hangs; the request itself goes on. */
  readonly signal: AbortSignal;
  /** Asked before each attempt. */
  readonly isWorthTrying: () => boolean;
  readonly onRetry: (write: LeaseWrite, error: unknown) => void;
}

const RETRY_MIN_MS = 50;

/** Throws what the table throws for good (fatal FlotillaErrors); the fate of the write is then unknown too. */
export async function settleWrite(write: LeaseWrite, options: SettleOptions): Promise<Settled> {
  const { table, clock, random, retryMaxMs, signal } = options;
  const backoff = { minMs: Math.min(RETRY_MIN_MS, retryMaxMs), maxMs: retryMaxMs };
  const firstSentMs = clock.monotonicMs();
  for (let attempt = 1; !signal.aborted && options.isWorthTrying(); attempt++) {
    const sentMs = clock.monotonicMs();
    const answer = await tryWrite(table, write, signal);
    if (answer === 'aborted') break;
    if (answer.kind === 'written') return { kind: 'written', sentMs };
    if (answer.kind === 'refused') {
      // An attempt before this one was applied (one of ours, or of the SDK below us), we do not know which.
      return isApplied(write, answer.row) ? { kind: 'written', sentMs: firstSentMs } : answer;
    }
    options.onRetry(write, answer.error);
    await clock.sleep(backoffMs(attempt, backoff, random), signal);
  }
  return { kind: 'unknown' };
}

type Attempt = WriteAnswer | { readonly kind: 'failed'; readonly error: unknown } | 'aborted';

const tryWrite = (table: LeaseTable, write: LeaseWrite, signal: AbortSignal): Promise<Attempt> =>
  orAborted(
    table.write(write).catch((error: unknown) => {
      if (isRetryable(error)) return { kind: 'failed' as const, error };
      throw error;
    }),
    signal,
  );

/** What the promise gives, or 'aborted' as soon as the signal says so. The work behind the promise goes on unheard. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
