/**
 * The end of a closed shard: pure decisions. How the service tells it, and whose rows must exist before it is stored
 * (Java KCL: KinesisDataFetcher and ShutdownTask).
 */
import { TRIM_HORIZON, type Lease } from '../leases/lease';
import type { Shard } from '../leases/plan-shard-sync';
import type { ChildShard, RecordsAnswer } from './stream';

/**
 * end: no next iterator, and children that each name their parents. An answer with only one of the two is invalid: it
 * is discarded, records and all, and the same iterator asked again, so that no shard ends by mistake.
 */
export function shardEndIn(answer: RecordsAnswer): 'open' | 'end' | 'invalid' {
  const { nextIterator, children } = answer;
  if (nextIterator !== null) return children.length === 0 ? 'open' : 'invalid';
  const complete = children.length > 0 && children.every((child) => child.parentShardIds.length > 0);
  return complete ? 'end' : 'invalid';
}

/** The lease of a child as it begins: everything in it, after its parents. */
export const childLease = (child: ChildShard): Lease => ({
  leaseKey: child.shardId,
  leaseCounter: 0n,
  ownerSwitchesSinceCheckpoint: 0n,
  checkpoint: { sequenceNumber: TRIM_HORIZON, subSequenceNumber: 0 },
  parentShardIds: child.parentShardIds,
  childShardIds: [],
  hashRange: child.hashRange,
});

/**
 * May the owner of an ending shard create this child? A merged child needs the rows of both parents: when the other one
 * is missing, it was never begun here, and a child that starts at once would overtake it.
 */
export const mayCreateChild = (child: ChildShard, parents: readonly (Lease | undefined)[]): boolean =>
  child.parentShardIds.length === 1 || parents.every((parent) => parent !== undefined);

/** The children of a shard in the list of all shards: for an end that is repeated when no iterator tells them. */
export const childrenOf = (shardId: string, shards: readonly Shard[]): ChildShard[] =>
  shards
    .filter((shard) => shard.parentShardId === shardId || shard.adjacentParentShardId === shardId)
    .map((shard) => ({
      shardId: shard.shardId,
      parentShardIds: [shard.parentShardId, shard.adjacentParentShardId].filter((id) => id !== undefined),
      hashRange: shard.hashRange,
    }));
