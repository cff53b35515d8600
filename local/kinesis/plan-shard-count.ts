/**
 * What UpdateShardCount does to the hash range, as the splits and merges that the service would make. Pure: works on the
 * boundaries between open shards (each shard's first hash key but the lowest, which is 0).
 */

/** Where to split an open shard in two, then where to merge the two that meet. */
export interface ShardCountPlan {
  readonly splitAt: readonly bigint[];
  readonly mergeAt: readonly bigint[];
}

const HASH_KEYS = 2n ** 128n;
/** A boundary that lies this near to an even one (a thousandth of a shard) stays: else a sliver would be cut off. */
const NEARNESS = 1000n;

/** `boundaries` ascending. Afterwards there are `targetCount` shards of one size. */
export function planShardCount(boundaries: readonly bigint[], targetCount: number): ShardCountPlan {
  const target = BigInt(targetCount);
  const tolerance = HASH_KEYS / target / NEARNESS;
  const wanted = Array.from({ length: targetCount - 1 }, (_, i) => {
    const even = (HASH_KEYS * BigInt(i + 1)) / target;
    return boundaries.find((boundary) => distance(boundary, even) <= tolerance) ?? even;
  });
  const has = new Set(boundaries);
  const wants = new Set(wanted);
  return {
    splitAt: wanted.filter((boundary) => !has.has(boundary)),
    mergeAt: boundaries.filter((boundary) => !wants.has(boundary)),
  };
}

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);
