/**
 * ShardFilter of ListShards (API reference of ShardFilter). Pure. An answer of AT_LATEST, AT_TRIM_HORIZON or AT_TIMESTAMP
 * covers the hash range exactly once: it names the shards that were open at one instant.
 */
import { clientError } from '../service-error';
import type { StoredShard } from './kinesalite-store';
import { shardLife } from './shard-life';

export const shardFilterTypes = [
  'AFTER_SHARD_ID', 'AT_TRIM_HORIZON', 'FROM_TRIM_HORIZON', 'AT_LATEST', 'AT_TIMESTAMP', 'FROM_TIMESTAMP',
] as const; // prettier-ignore

export interface ShardFilter {
  readonly Type: (typeof shardFilterTypes)[number];
  readonly ShardId?: string;
  /** Seconds. */
  readonly Timestamp?: number;
}

/**
 * `retained` are the shards that may still hold records, `horizonMs` the oldest instant that they reach back to.
 * Throws InvalidArgumentException when what a type needs is missing.
 */
export function filterShards(
  retained: readonly StoredShard[],
  filter: ShardFilter,
  horizonMs: number,
): readonly StoredShard[] {
  const openAt = (ms: number): readonly StoredShard[] => {
    // Before the trim horizon nothing is known: the first shards that are left count as open from the beginning.
    const known = new Set(retained.map((shard) => shard.ShardId));
    const isFirst = ({ ParentShardId: parent }: StoredShard): boolean => parent === undefined || !known.has(parent);
    return retained.filter((shard) => {
      const { startMs, endMs } = shardLife(shard);
      return (startMs <= ms || isFirst(shard)) && ms < endMs;
    });
  };
  switch (filter.Type) {
    case 'FROM_TRIM_HORIZON':
      return retained;
    case 'AT_TRIM_HORIZON':
      return openAt(horizonMs);
    case 'AT_LATEST':
      return openAt(Number.MAX_VALUE);
    case 'AT_TIMESTAMP':
      return openAt(Math.max(horizonMs, needed(filter, 'Timestamp') * 1000));
    case 'FROM_TIMESTAMP': {
      const sinceMs = needed(filter, 'Timestamp') * 1000;
      return retained.filter((shard) => shardLife(shard).endMs > sinceMs);
    }
    case 'AFTER_SHARD_ID': {
      const after = needed(filter, 'ShardId');
      return retained.filter((shard) => shard.ShardId > after);
    }
  }
}

function needed<K extends 'ShardId' | 'Timestamp'>(filter: ShardFilter, field: K): NonNullable<ShardFilter[K]> {
  const value = filter[field];
  if (value !== undefined) return value;
  throw clientError('InvalidArgumentException', `Must specify ${field} in a ShardFilter of type ${filter.Type}.`);
}
