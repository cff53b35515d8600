/**
 * Carries one lease write through until its fate is known. An answer may be lost while the write was applied, or be
 * applied late; so the same write is sent again, unchanged, until it is applied or fenced: it names the counter that it
 * saw, and can be applied only once, however many of its requests are still on their way. Used by held-lease.ts and for
 * taking; never decides what a refusal means for them.
 */
import type { Clock } from '../../runtime/clock';
import { FlotillaError, isRetryable } from '../../runtime/errors';
import type { Random } from '../../runtime/random';
import { backoffMs } from '../../runtime/retry';
import type { Lease } from './lease';
import type { LeaseTable, WriteAnswer } from './lease-table';
import { isApplied, type LeaseWrite } from './lease-writes';

export type Settled =
  /**
   * Applied, and this is the lease now: as it was written, or handed over since. Trust in it counts from `sentMs`, before the
   * request left (monotonic).
   */
  | { readonly kind: 'written'; readonly sentMs: number; readonly lease: Lease }
  | { readonly kind: 'refused'; readonly row?: Lease }
  /** Given up: it may have been applied, or still be. */
  | { readonly kind: 'unknown' };

export interface SettleOptions {
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly retryMaxMs: number;
  /** Without an answer for this long the write is sent again beside: one dead connection must not cost a lease. */
  readonly answerTimeoutMs: number;
  /** Gives up at once, also while a request hangs; the request itself goes on. */
  readonly signal: AbortSignal;
  /** Asked before each attempt. */
  readonly isWorthTrying: () => boolean;
  readonly onRetry: (write: LeaseWrite, error: unknown) => void;
}

const RETRY_MIN_MS = 50;

/** One request. */
interface Attempt {
  readonly number: number;
  readonly sentMs: number;
  readonly answer: WriteAnswer | { readonly kind: 'failed'; readonly error: unknown };
}

/** Throws what the table throws for good (fatal FlotillaErrors); the fate of the write is then unknown too. */
export async function settleWrite(write: LeaseWrite, options: SettleOptions): Promise<Settled> {
  const { clock, random, retryMaxMs, answerTimeoutMs, signal } = options;
  const backoff = { minMs: Math.min(RETRY_MIN_MS, retryMaxMs), maxMs: retryMaxMs };
  const firstSentMs = clock.monotonicMs();
  const underWay = new Map<number, Promise<Attempt>>();
  for (let number = 1; !signal.aborted && options.isWorthTrying(); number++) {
    underWay.set(number, send(write, number, options));
    const first = await orAborted(firstAnswer([...underWay.values()], options), signal);
    if (first === 'aborted') break;
    if (first === 'silence') {
      options.onRetry(write, new FlotillaError('FLOTILLA_UNAVAILABLE', `no answer in ${answerTimeoutMs} ms`));
      continue;
    }
    underWay.delete(first.number);
    const { answer, sentMs } = first;
    if (answer.kind === 'written') return { kind: 'written', sentMs, lease: write.after };
    if (answer.kind === 'refused') {
      const { row } = answer;
      // A take proves nothing by its row: an earlier holding of this very worker may have left it so, long ago. Taken for a new
      // one it would be trusted while its counter stands still. The row says who owns it: the next look takes it up.
      if (row === undefined || write.kind === 'take' || !isApplied(write, row)) return answer;
      // A request before this one was applied (one of ours, or of the SDK below us), we do not know which.
      return { kind: 'written', sentMs: firstSentMs, lease: row };
    }
    options.onRetry(write, answer.error);
    await clock.sleep(backoffMs(number, backoff, random), signal);
  }
  return { kind: 'unknown' };
}

async function send(write: LeaseWrite, number: number, { table, clock }: SettleOptions): Promise<Attempt> {
  const sentMs = clock.monotonicMs();
  try {
    return { number, sentMs, answer: await table.write(write) };
  } catch (error) {
    if (!isRetryable(error)) throw error;
    return { number, sentMs, answer: { kind: 'failed', error } };
  }
}

/** The first request that is answered, or 'silence' when none is in time. */
async function firstAnswer(
  requests: readonly Promise<Attempt>[],
  { clock, answerTimeoutMs }: SettleOptions,
): Promise<Attempt | 'silence'> {
  const answered = new AbortController();
  const silence = clock.sleep(answerTimeoutMs, answered.signal).then(() => 'silence' as const);
  try {
    return await Promise.race([...requests, silence]);
  } finally {
    answered.abort();
  }
}

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
