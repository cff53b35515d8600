/**
 * How a batch becomes final, one step after the other: make everything durable but invisible, prepare in the lease row,
 * make it visible, commit in the lease row. `recover-commit.ts` is the second half for whoever finds a prepared one.
 *
 * Prepare is the point of no return. Before it is sent, anything may fail and the records are read again; after it the
 * uploads belong to the lease row, and nobody aborts them.
 */
import { type Checkpointer } from '../kinesis-client';
import { isRetryable } from '../runtime/errors';
import type { Batch } from './batch';
import { encodeCommitState, type SinkStates } from './commit-state';
import { settleCheckpoint, type CheckpointRetries } from './settle-checkpoint';
import type { BatchRange, CommittingSink, Completion, Position, ShardName } from './sink';
import type { SinksTelemetry } from './telemetry';

export interface CommitEnvironment {
  readonly shard: ShardName;
  readonly checkpointer: Checkpointer;
  readonly retries: CheckpointRetries;
  readonly telemetry: SinksTelemetry;
}

export type CommitResult =
  | { readonly kind: 'committed' }
  /** Nothing was prepared; start again at the checkpoint. */
  | { readonly kind: 'restart'; readonly cause: unknown }
  /** The shard is somebody else's now; if it was prepared, so is the rest of the commit. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'stop'; readonly reason: string };

/** `signal` aborts when the shard is not ours any more. Rejects only with what a restart of the shard cannot heal. */
export async function commitBatch(
  batch: Batch,
  range: BatchRange,
  environment: CommitEnvironment,
  signal: AbortSignal,
): Promise<CommitResult> {
  const { shard, checkpointer, retries, telemetry } = environment;
  const { sequenceNumber, subSequenceNumber } = range.to;

  let states: SinkStates;
  try {
    states = await deliver(batch, range, signal);
    signal.throwIfAborted();
  } catch (cause) {
    await abort(batch);
    if (signal.aborted) return { kind: 'lost' };
    if (isRetryable(cause)) return { kind: 'restart', cause };
    throw cause;
  }

  if (Object.keys(states).length === 0) {
    const plain = await settleCheckpoint(
      () => checkpointer.checkpoint(sequenceNumber, subSequenceNumber),
      retries,
      signal,
    );
    return plain === 'lost' ? { kind: 'lost' } : { kind: 'committed' };
  }

  const state = encodeCommitState(states);
  const prepared = await settleCheckpoint(
    () => checkpointer.prepareCheckpoint(sequenceNumber, subSequenceNumber, state),
    retries,
    signal,
  );
  if (prepared === 'lost') return { kind: 'lost' };

  telemetry.prepared(shard.shardId, retries.clock.wallMs());
  const completion = await completeAll(
    batch.committing.map(({ sink }) => sink),
    states,
    shard,
    range.to,
    signal,
  );
  if (completion.kind === 'stop') return completion;
  const committed =
    completion.kind === 'done' ? await settleCheckpoint(() => prepared.commit(), retries, signal) : 'lost';
  telemetry.resolved(shard.shardId);
  return committed === 'lost' ? { kind: 'lost' } : { kind: 'committed' };
}

/** Everything durable, nothing visible. All sinks are waited for, also after one has failed: `abort` must see all uploads. */
async function deliver(batch: Batch, range: BatchRange, signal: AbortSignal): Promise<SinkStates> {
  const uploads = batch.committing
    .filter((one) => one.batch.measure.outputs > 0)
    .map(async (one) => [one.sink.name, await one.batch.upload(range, signal)] as const);
  const acknowledgements = batch.acknowledging.map((one) => one.acknowledged());
  const failed = (await Promise.allSettled([...uploads, ...acknowledgements])).find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return Object.fromEntries(await Promise.all(uploads));
}

async function abort(batch: Batch): Promise<void> {
  await Promise.all(batch.committing.map((one) => one.batch.abort()));
}

/** Makes visible what was prepared, in every sink that has a part in it. */
export async function completeAll(
  sinks: readonly CommittingSink[],
  states: SinkStates,
  shard: ShardName,
  to: Position,
  signal: AbortSignal,
): Promise<Completion> {
  for (const sink of sinks) {
    const state = states[sink.name];
    if (state === undefined) continue;
    const completion = await sink.complete(state, shard, to, signal).catch((error: unknown): Completion => {
      if (signal.aborted) return { kind: 'aborted' };
      throw error;
    });
    if (completion.kind !== 'done') return completion;
  }
  return { kind: 'done' };
}
