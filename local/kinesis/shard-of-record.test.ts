import { createHash } from 'node:crypto';
import type { StoredShard } from './kinesalite-store';
import { putBytes, shardOfRecord } from './shard-of-record';

const MIDDLE = 2n ** 127n;
const shard = (ShardId: string, start: bigint, end: bigint, hasEnded = false): StoredShard => ({
  ShardId,
  HashKeyRange: { StartingHashKey: String(start), EndingHashKey: String(end) },
  SequenceNumberRange: { StartingSequenceNumber: '1', ...(hasEnded && { EndingSequenceNumber: '2' }) },
});
const shards = [
  shard('whole', 0n, 2n ** 128n - 1n, true),
  shard('low', 0n, MIDDLE - 1n),
  shard('high', MIDDLE, 2n ** 128n - 1n),
];

test.each([
  ['its explicit hash key, the first of a range', { ExplicitHashKey: String(MIDDLE) }, 'high'],
  ['the last of a range', { ExplicitHashKey: String(MIDDLE - 1n) }, 'low'],
  ['the highest there is', { ExplicitHashKey: String(2n ** 128n - 1n) }, 'high'],
])('a record goes to the open shard of %s', (_name, key, expected) => {
  expect(shardOfRecord(shards, { PartitionKey: 'x', Data: '', ...key })?.ShardId).toBe(expected);
});

test('without one, to that of the MD5 of its partition key', () => {
  for (const PartitionKey of ['a', 'b', 'ключ', '']) {
    const isHigh = createHash('md5').update(PartitionKey).digest()[0]! >= 128;
    expect(shardOfRecord(shards, { PartitionKey, Data: '' })?.ShardId).toBe(isHigh ? 'high' : 'low');
  }
});

test('a stream without open shards has none', () => {
  expect(shardOfRecord([], { PartitionKey: 'a', Data: '' })).toBeUndefined();
});

test('a record counts with its data and its key', () => {
  expect(putBytes({ PartitionKey: 'ü', Data: Buffer.from('four').toString('base64') })).toBe(6);
});
