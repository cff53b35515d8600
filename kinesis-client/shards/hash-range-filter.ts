/**
 * Which user records of an aggregate belong to the shard that it was found in: pure. After a reshard a KPL may have put an
 * aggregate on the wrong shard, and sends again what does not belong there (KPL, README; Java KCL, AggregatorUtil).
 */
import { createHash } from 'node:crypto';
import type { HashRange } from '../leases/lease';
import type { UserRecord } from './aggregated-record';

/**
 * record: only user records outside the shard's hash range are dropped; java: one of them drops its whole aggregate, for
 * the same output as the Java client; off: nothing is dropped.
 */
export type AggregateFilter = 'record' | 'java' | 'off';

export type IsInside = (record: UserRecord) => boolean;

const HASH_KEYS = 2n ** 128n;

/** Null: every record is inside. `range` is the shard's; undefined when nobody knows it. */
export function hashRangeFilter(range: HashRange | undefined): IsInside | null {
  if (range === undefined) return null;
  const [start, end] = [BigInt(range.start), BigInt(range.end)];
  if (start === 0n && end >= HASH_KEYS - 1n) return null;
  const [first, last] = [hashKeyBytes(start), hashKeyBytes(end)];
  return (record) => {
    const hash = hashOf(record);
    return Buffer.compare(hash, first) >= 0 && Buffer.compare(hash, last) <= 0;
  };
}

/** The explicit hash key, else the MD5 of the partition key: 128 bits, big-endian. */
function hashOf({ partitionKey, explicitHashKey }: UserRecord): Buffer {
  if (explicitHashKey !== undefined && /^\d{1,39}$/.test(explicitHashKey)) {
    const key = BigInt(explicitHashKey);
    if (key < HASH_KEYS) return hashKeyBytes(key);
  }
  return createHash('md5').update(partitionKey).digest();
}

const hashKeyBytes = (key: bigint): Buffer => Buffer.from(key.toString(16).padStart(32, '0'), 'hex');
