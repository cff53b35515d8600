/**
 * Finishes the commit that an earlier owner of the shard prepared: makes its batch visible and commits it. Called before
 * anything is read, by whoever owns the shard now. Nothing is read or written again.
 */
import { StopShard, type InitializeInput } from '../kinesis-client';
import { completeAll, type CommitEnvironment } from './commit-batch';
import { decodeCommitState } from './commit-state';
import { settleCheckpoint } from './settle-checkpoint';
import type { CommittingSink, Position } from './sink';

/**
 * Resolves to the checkpoint that the shard goes on from, or 'lost'.
 * @throws StopShard when only a person can go on: the state is of a version or a sink that this worker does not know, or
 *   its files cannot be completed.
 */
export async function recoverCommit(
  pending: NonNullable<InitializeInput['pending']>,
  sinks: readonly CommittingSink[],
  { shard, retries, telemetry }: Omit<CommitEnvironment, 'checkpointer'>,
  signal: AbortSignal,
): Promise<Position | 'lost'> {
  const to = { sequenceNumber: pending.sequenceNumber, subSequenceNumber: pending.subSequenceNumber };
  telemetry.prepared(shard.shardId, retries.clock.wallMs());
  const decoded = decodeCommitState(pending.state, new Set(sinks.map((sink) => sink.name)));
  if (!decoded.ok) throw stop(`the pending checkpoint of ${shard.shardId} is not ours to finish: ${decoded.reason}`);
  const completion = await completeAll(sinks, decoded.sinks, shard, to, signal);
  if (completion.kind === 'stop') throw stop(completion.reason);
  const committed =
    completion.kind === 'done' ? await settleCheckpoint(() => pending.commit(), retries, signal) : 'lost';
  telemetry.resolved(shard.shardId);
  if (committed === 'lost') return 'lost';
  telemetry.recovered(shard.shardId);
  return to;

  function stop(reason: string): StopShard {
    telemetry.stopped(shard.shardId, reason);
    return new StopShard(reason);
  }
}
