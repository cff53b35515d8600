/**
 * Which leases the shards of a stream need: pure. The lease keeper calls it with what it listed and scanned; every
 * lease planned here is created only if its row is still missing, so several workers may run it at once.
 * The rules are those of the Java KCL (HierarchicalShardSyncer), and one repair that Java lacks.
 */

/** A shard as the stream lists it. */
export interface Shard {
  readonly shardId: string;
  readonly parentShardId?: string;
  /** The second parent of a merge. */
  readonly adjacentParentShardId?: string;
  /** Decimal 128-bit numbers, both inside. */
  readonly hashRange: { readonly start: string; readonly end: string };
  readonly startingSequenceNumber: string;
  /** Takes no more records: it was split or merged. */
  readonly isClosed: boolean;
}
