/** What GetRecords says of a shard that has ended: which shards go on from there. */
import type { StoredShard } from './kinesalite-store';

/** As GetRecords names them at the end of a shard: both parents of a merge, and the hash range. */
export interface ChildShard {
  readonly ShardId: string;
  readonly ParentShards: readonly string[];
  readonly HashKeyRange: StoredShard['HashKeyRange'];
}

/** The shards that a split or merge of this one has made, in the order of their ids. Pure. */
export function childShards(shards: readonly StoredShard[], parentShardId: string): readonly ChildShard[] {
  return shards
    .filter((shard) => shard.ParentShardId === parentShardId || shard.AdjacentParentShardId === parentShardId)
    .map((shard) => ({
      ShardId: shard.ShardId,
      ParentShards: [shard.ParentShardId, shard.AdjacentParentShardId].filter((id) => id !== undefined),
      HashKeyRange: shard.HashKeyRange,
    }));
}
