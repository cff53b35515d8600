/**
 * When a shard was open. Pure. kinesalite keeps times in sequence numbers, in whole seconds, and starts a child one
 * second after its parent's end: counted so, a parent ends exactly when its children start, and at every instant the
 * open shards cover the hash range once.
 */
import { kinesaliteDb, type StoredShard, type StoredStream } from './kinesalite-store';

export interface ShardLife {
  readonly startMs: number;
  /** Infinity for an open shard. At this instant its children are open, not it. */
  readonly endMs: number;
}

export function shardLife({ SequenceNumberRange: range }: StoredShard): ShardLife {
  return {
    startMs: kinesaliteDb.parseSequence(range.StartingSequenceNumber).shardCreateTime,
    endMs:
      range.EndingSequenceNumber === undefined
        ? Infinity
        : kinesaliteDb.parseSequence(range.EndingSequenceNumber).seqTime + 1_000,
  };
}

/** The oldest instant whose records are kept. */
export const trimHorizonMs = (stream: StoredStream, nowMs: number): number =>
  nowMs - stream.RetentionPeriodHours * 3_600_000;

/** The shards that may still hold records: the service forgets a closed shard with its last record. */
export const retainedShards = (stream: StoredStream, nowMs: number): readonly StoredShard[] => {
  const horizonMs = trimHorizonMs(stream, nowMs);
  return stream.Shards.filter((shard) => shardLife(shard).endMs > horizonMs);
};
