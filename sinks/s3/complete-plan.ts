/**
 * Makes the files of a plan visible: CompleteMultipartUpload for each, repeated until it is certain that the file is there.
 * Called by the batch's owner after prepare and by whoever owns the shard next; both at once do no harm.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../runtime/clock';
import { inParallel } from '../../runtime/in-parallel';
import type { Random } from '../../runtime/random';
import { backoffMs, type Backoff } from '../../runtime/retry';
import type { Completion } from '../sink';
import { afterComplete, afterLook } from './complete';
import type { Plan, PlannedFile } from './plan';
import type { S3Store } from './s3-store';

export interface CompleteEnvironment {
  readonly store: S3Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly backoff: Backoff;
  /** How many uploads at a time. */
  readonly parallel: number;
  readonly vanishedAfterMs: number;
  readonly onRepeat: (key: string, reason: string) => void;
}

type FileCompletion = { kind: 'done' } | { kind: 'aborted' } | { kind: 'stop'; reason: string };

/** All files are tried, also when one cannot be completed: the person who decides then knows about each. */
export async function completePlan(
  plan: Plan,
  bucket: string,
  environment: CompleteEnvironment,
  signal: AbortSignal,
): Promise<Completion> {
  setMaxListeners(0, signal); // each lane may wait on it
  const completions = await inParallel(plan.files, environment.parallel, (file) =>
    completeFile(file, plan.batchId, bucket, environment, signal),
  );
  const reasons = completions.flatMap((completion) => (completion.kind === 'stop' ? [completion.reason] : []));
  if (reasons.length > 0) return { kind: 'stop', reason: summary(reasons) };
  return completions.some((completion) => completion.kind === 'aborted') ? { kind: 'aborted' } : { kind: 'done' };
}

async function completeFile(
  { key, uploadId, parts, bytes }: PlannedFile,
  batchId: string,
  bucket: string,
  { store, clock, random, backoff, vanishedAfterMs, onRepeat }: CompleteEnvironment,
  signal: AbortSignal,
): Promise<FileCompletion> {
  let missingSinceMs: number | undefined;
  for (let attempt = 1; !signal.aborted; attempt++) {
    const answer = await store.completeUpload({ bucket, key, uploadId }, parts);
    const next = afterComplete(answer);
    if (next === 'done') return { kind: 'done' };
    if (next === 'stop') return { kind: 'stop', reason: `${key}: S3 refuses to complete it: ${reasonOf(answer)}` };
    if (next === 'look') {
      const look = afterLook(answer.kind, await store.head(bucket, key), { bytes, batchId });
      if (look === 'done') return { kind: 'done' };
      if (look === 'foreign') return { kind: 'stop', reason: `${key}: another file has this name` };
      if (look === 'missing') {
        missingSinceMs ??= clock.monotonicMs();
        if (clock.monotonicMs() - missingSinceMs >= vanishedAfterMs)
          return { kind: 'stop', reason: `${key}: neither its upload nor the file is there` };
      }
    }
    onRepeat(key, reasonOf(answer));
    await clock.sleep(backoffMs(attempt, backoff, random), signal);
  }
  return { kind: 'aborted' };
}

const reasonOf = (answer: { kind: string; reason?: string }): string => answer.reason ?? answer.kind;

const NAMED_MAX = 20;

const summary = (reasons: readonly string[]): string =>
  [...reasons.slice(0, NAMED_MAX), ...(reasons.length > NAMED_MAX ? [`${reasons.length - NAMED_MAX} more`] : [])].join(
    '; ',
  );
