/** Which open shard a record goes to (API reference of PutRecord): by its explicit hash key, or the MD5 of its partition key. Pure. */
import { createHash } from 'node:crypto';
import type { StoredShard } from './kinesalite-store';

export interface PutEntry {
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string;
  /** Base64. */
  readonly Data: string;
}

/** Undefined while no open shard has the key: a stream that is being made. */
export function shardOfRecord(shards: readonly StoredShard[], entry: PutEntry): StoredShard | undefined {
  const hash = entry.ExplicitHashKey ?? `0x${createHash('md5').update(entry.PartitionKey, 'utf8').digest('hex')}`;
  const key = BigInt(hash);
  return shards.find(
    ({ HashKeyRange: range, SequenceNumberRange: { EndingSequenceNumber: end } }) =>
      end === undefined && BigInt(range.StartingHashKey) <= key && key <= BigInt(range.EndingHashKey),
  );
}

/** As the service counts a record against its shard: data and partition key. */
export const putBytes = ({ Data, PartitionKey }: PutEntry): number =>
  Buffer.byteLength(Data, 'base64') + Buffer.byteLength(PartitionKey);
