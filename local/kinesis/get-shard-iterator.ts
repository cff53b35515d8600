/**
 * GetShardIterator. The types that name a sequence number are kinesalite's; LATEST and AT_TIMESTAMP are ours: kinesalite
 * never answers an AT_TIMESTAMP after the last record, and puts a second into LATEST that a clock set back falls behind.
 */
import type { Params } from '../aws-handler';
import { clientError } from '../service-error';
import { findFirstArrived, sequenceNumberAfterLast } from './find-first-arrived';
import type { KinesaliteStore } from './kinesalite-store';
import { retainedShards } from './shard-life';
import { readShardIterator, writeShardIterator } from './shard-iterator';

interface Request {
  readonly StreamName: string;
  readonly ShardId: string;
  readonly ShardIteratorType: string;
  readonly StartingSequenceNumber?: string;
  /** Seconds. */
  readonly Timestamp?: number;
}

/** Parameters are checked already. Throws InvalidArgumentException or ResourceNotFoundException. */
export async function getShardIterator(store: KinesaliteStore, params: Params, nowMs: number): Promise<unknown> {
  const request = params as unknown as Request;
  const { StreamName: streamName, ShardId: shardId } = request;
  const stream = await store.stream(streamName).catch(() => undefined);
  const shardIndex = stream?.Shards.findIndex((shard) => shard.ShardId === shardId) ?? -1;
  if (!stream || shardIndex < 0 || !retainedShards(stream, nowMs).includes(stream.Shards[shardIndex]!))
    throw clientError(
      'ResourceNotFoundException',
      `Shard ${shardId} in stream ${streamName} under account ${store.account} does not exist`,
    );

  const sequenceNumber = await (request.ShardIteratorType === 'LATEST' && request.StartingSequenceNumber === undefined
    ? sequenceNumberAfterLast(stream, shardIndex)
    : request.ShardIteratorType === 'AT_TIMESTAMP'
      ? store.locked(streamName, async () =>
          findFirstArrived(store, await store.stream(streamName), shardIndex, timestampMs(request, nowMs)),
        )
      : kinesalitesOwn(store, params));
  return { ShardIterator: writeShardIterator({ streamName, shardId, sequenceNumber }, nowMs) };
}

function timestampMs({ Timestamp, StartingSequenceNumber }: Request, nowMs: number): number {
  if (Timestamp === undefined || StartingSequenceNumber !== undefined)
    throw clientError(
      'InvalidArgumentException',
      'Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP, and no StartingSequenceNumber.',
    );
  const ms = Math.round(Timestamp * 1000);
  if (ms > nowMs)
    throw clientError(
      'InvalidArgumentException',
      'The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. ' +
        `timestampInMillis: ${ms}, currentTimestampInMillis: ${nowMs}`,
    );
  return ms;
}

async function kinesalitesOwn(store: KinesaliteStore, params: Params): Promise<string> {
  const { ShardIterator } = (await store.act('GetShardIterator', params)) as { ShardIterator: string };
  return readShardIterator(ShardIterator, 0).sequenceNumber; // just made: its age does not matter
}
