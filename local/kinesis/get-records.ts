/**
 * GetRecords, our own over kinesalite's store. Differs from kinesalite's in what clients rely on: the cap of 10 MiB,
 * MillisBehindLatest, ChildShards, and an iterator that an empty answer leaves where it was (kinesalite moves it to the
 * present second and so passes over a record that is being written right then).
 */
import { clientError } from '../service-error';
import type { Params } from '../aws-handler';
import { childShards, type ChildShard } from './child-shards';
import { findFirstArrived } from './find-first-arrived';
import { kinesaliteDb, sequenceNumberOf, type KinesaliteStore, type StoredRecord } from './kinesalite-store';
import { millisBehindLatest } from './millis-behind-latest';
import { readShardIterator, writeShardIterator } from './shard-iterator';
import { trimHorizonMs } from './shard-life';

/** One answer's bounds (API reference of GetRecords; service quotas). */
const RECORDS_MAX = 10_000;
const RECORDS_BYTES_MAX = 10 * 1024 * 1024;

type Record = StoredRecord & { readonly SequenceNumber: string };
interface Taken {
  readonly records: readonly Record[];
  /** The first record that did not fit. */
  readonly next: StoredRecord | undefined;
}
interface GetRecordsAnswer {
  readonly Records: readonly Record[];
  readonly MillisBehindLatest: number;
  readonly NextShardIterator?: string;
  readonly ChildShards?: readonly ChildShard[];
}

/** Parameters are checked already. Throws InvalidArgument, ExpiredIterator or ResourceNotFoundException. */
export async function getRecords(store: KinesaliteStore, params: Params, nowMs: number): Promise<GetRecordsAnswer> {
  const { ShardIterator, Limit = RECORDS_MAX } = params as { ShardIterator: string; Limit?: number };
  const position = readShardIterator(ShardIterator, nowMs);
  const { streamName, shardId } = position;
  // The stream first, its records after: when it says that the shard has ended, every record of the shard is stored.
  const stream = await store.stream(streamName).catch(() => undefined);
  const shardIndex = Number(shardId.slice('shardId-'.length));
  const shard = stream?.Shards[shardIndex];
  if (!stream || !shard)
    throw clientError(
      'ResourceNotFoundException',
      `Shard ${shardId} in stream ${streamName} under account ${store.account} does not exist`,
    );

  const horizonMs = trimHorizonMs(stream, nowMs);
  let { sequenceNumber } = position;
  let taken = await takeRecords(store, streamName, shardIndex, sequenceNumber, Limit);
  const first = taken.records[0];
  if (first && arrivedMs(first) < horizonMs) {
    const kept = await findFirstArrived(store, stream, shardIndex, horizonMs);
    if (BigInt(kept) > BigInt(sequenceNumber)) sequenceNumber = kept;
    taken = await takeRecords(store, streamName, shardIndex, sequenceNumber, Limit);
  }

  const last = taken.records.at(-1);
  const newest = last ?? taken.next;
  const answer = {
    Records: taken.records,
    MillisBehindLatest: millisBehindLatest(newest && arrivedMs(newest), taken.next !== undefined, nowMs),
  };
  const hasEnded = shard.SequenceNumberRange.EndingSequenceNumber !== undefined;
  if (hasEnded && !newest) return { ...answer, ChildShards: childShards(stream.Shards, shardId) };
  const next = last ? kinesaliteDb.incrementSequence(kinesaliteDb.parseSequence(last.SequenceNumber)) : sequenceNumber;
  return { ...answer, NextShardIterator: writeShardIterator({ streamName, shardId, sequenceNumber: next }, nowMs) };
}

/** As many records as one answer may hold, and always at least one when there is one. */
async function takeRecords(
  store: KinesaliteStore,
  streamName: string,
  shardIndex: number,
  from: string,
  limit: number,
): Promise<Taken> {
  const records: Record[] = [];
  let bytes = 0;
  for await (const { key, value } of store.records(streamName, shardIndex, from, limit + 1)) {
    bytes += recordBytes(value);
    if (records.length === limit || (bytes > RECORDS_BYTES_MAX && records.length > 0)) return { records, next: value };
    records.push({ ...value, SequenceNumber: sequenceNumberOf(key) });
  }
  return { records, next: undefined };
}

const recordBytes = ({ Data, PartitionKey }: StoredRecord): number =>
  Buffer.byteLength(Data, 'base64') + Buffer.byteLength(PartitionKey);

const arrivedMs = (record: StoredRecord): number => record.ApproximateArrivalTimestamp * 1000;
