/**
 * What the lease keeper needs of the stream: its shards. The Kinesis adapter lives in shards/, tests give an array.
 */
import type { Shard } from './plan-shard-sync';

/** Kinesis' ShardFilter: the shards that stand at this position. */
export type ShardFilter = 'AT_LATEST' | 'AT_TRIM_HORIZON' | { readonly atTimestampMs: number };

export interface ShardLister {
  /**
   * All pages. Without a filter: every shard that the stream still knows. Empty: there is no such stream. Retryable or fatal
   * FlotillaErrors.
   */
  listShards(filter?: ShardFilter): Promise<readonly Shard[]>;
}
