/** The shards of a simulated stream: open, without parents, sharing the hash range evenly, named as Kinesis names them. Pure. */
import type { Shard } from '../leases/plan-shard-sync';

const HASH_KEYS = 2n ** 128n;

/** `count` of them, in the order of their ids. */
export function evenShards(count: number): Shard[] {
  const startOf = (i: number): bigint => (HASH_KEYS * BigInt(i)) / BigInt(count);
  return Array.from({ length: count }, (_, i) => ({
    shardId: `shardId-${String(i).padStart(12, '0')}`,
    hashRange: { start: String(startOf(i)), end: String(startOf(i + 1) - 1n) },
    startingSequenceNumber: '0',
    isClosed: false,
  }));
}
