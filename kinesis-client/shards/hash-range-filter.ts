/**
 * Which user records of an aggregate belong to the shard that it was found in: pure. After a reshard a KPL may have put an
 * aggregate on the wrong shard, and sends again what does not belong there (KPL, README; Java KCL, AggregatorUtil).
 */
import { hash } from 'node:crypto';
import type { HashRange } from '../leases/lease';
import type { UserRecord } from './aggregated-record';

/**
 * record: only user records outside the shard's hash range are dropped; java: one of them drops its whole aggregate, for
 * the same output as the Java client; off: nothing is dropped.
 */
export type AggregateFilter = 'record' | 'java' | 'off';

export type IsInside = (record: Pick<UserRecord, 'partitionKey' | 'explicitHashKey'>) => boolean;

const HASH_KEY_MAX = 2n ** 128n - 1n;

/**
 * Null: every record is inside. `range` is the shard's; undefined when nobody knows it. A record's place is its explicit
 * hash key, else (or when that is no number) the MD5 of its partition key, unsigned and big-endian.
 */
export function hashRangeFilter(range: HashRange | undefined): IsInside | null {
  if (range === undefined) return null;
  const [start, end] = [BigInt(range.start), BigInt(range.end)];
  if (start === 0n && end >= HASH_KEY_MAX) return null;
  // Texts of one length have the order of their numbers: no BigInt is made for a record.
  const [firstHex, lastHex] = [toHex(start), toHex(end)];
  const [first, last] = [String(start), String(end)];
  return ({ partitionKey, explicitHashKey }) => {
    const key = explicitHashKey === undefined ? null : decimalIn(explicitHashKey);
    if (key !== null) return !isLess(key, first) && !isLess(last, key);
    const md5 = hash('md5', partitionKey, 'hex');
    return md5 >= firstHex && md5 <= lastHex;
  };
}

const toHex = (key: bigint): string => key.toString(16).padStart(32, '0');

/** Without leading zeros; null for what is no number. */
const decimalIn = (text: string): string | null => /^0*(\d+)$/.exec(text)?.[1] ?? null;

const isLess = (a: string, b: string): boolean => (a.length === b.length ? a < b : a.length < b.length);
