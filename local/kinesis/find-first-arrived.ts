/**
 * Finds a time in a shard without reading it: records lie in the order of their sequence index, and arrive in it.
 * Called for AT_TIMESTAMP iterators and for what has outlived its retention.
 */
import { kinesaliteDb, sequenceNumberOf, type KinesaliteStore, type StoredStream } from './kinesalite-store';

/**
 * The sequence number of the first record that arrived at `sinceMs` or later; when there is none, the number from which
 * on the next one will be. Exact only while no put is under way (`store.locked`).
 */
export async function findFirstArrived(
  store: KinesaliteStore,
  stream: StoredStream,
  shardIndex: number,
  sinceMs: number,
): Promise<string> {
  const firstFrom = async (sequenceIndex: number) => {
    const from = lowestSequenceNumber(stream, shardIndex, sequenceIndex);
    for await (const { key, value } of store.records(stream.StreamName, shardIndex, from, 1))
      return { sequenceNumber: sequenceNumberOf(key), arrivedMs: value.ApproximateArrivalTimestamp * 1000 };
    return undefined;
  };

  let low = 0;
  let high = nextSequenceIndex(stream, shardIndex);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const record = await firstFrom(middle);
    if (record && record.arrivedMs < sinceMs) low = middle + 1;
    else high = middle;
  }
  return (await firstFrom(low))?.sequenceNumber ?? lowestSequenceNumber(stream, shardIndex, low);
}

/** Lower than the sequence number of every record that is still to come, higher than all that are there. */
export const sequenceNumberAfterLast = (stream: StoredStream, shardIndex: number): string =>
  lowestSequenceNumber(stream, shardIndex, nextSequenceIndex(stream, shardIndex));

/** kinesalite counts five shards together. */
const nextSequenceIndex = (stream: StoredStream, shardIndex: number): number =>
  stream._seqIx[Math.floor(shardIndex / 5)] ?? 0;

function lowestSequenceNumber(stream: StoredStream, shardIndex: number, seqIx: number): string {
  const { StartingSequenceNumber } = stream.Shards[shardIndex]!.SequenceNumberRange;
  const { shardCreateTime, shardIx } = kinesaliteDb.parseSequence(StartingSequenceNumber);
  return kinesaliteDb.stringifySequence({ shardCreateTime, shardIx, seqIx });
}
