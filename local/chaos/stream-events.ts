/** The id of every event that a stream holds, read from its beginning, closed shards too. */
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { createKinesisShardLister } from '../../kinesis-client/shards/kinesis-shard-lister';
import { decodeCollectorPayload } from '../../protocol/collector-payload';
import { eventIdsOf } from './load';

export async function* streamEvents(kinesis: KinesisClient, streamName: string): AsyncGenerator<string> {
  const shards = await createKinesisShardLister(kinesis, streamName).listShards();
  for (const { shardId } of shards) yield* shardEvents(kinesis, streamName, shardId);
}

async function* shardEvents(kinesis: KinesisClient, StreamName: string, ShardId: string): AsyncGenerator<string> {
  let { ShardIterator: next } = await kinesis.send(
    new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  while (next !== undefined) {
    const {
      Records = [],
      MillisBehindLatest,
      NextShardIterator,
    } = await kinesis.send(new GetRecordsCommand({ ShardIterator: next }));
    for (const { Data } of Records) yield* eventsOf(Data as Uint8Array);
    next = MillisBehindLatest === 0 ? undefined : NextShardIterator;
  }
}

/** @throws Error for a record that no collector of this run has written. */
function eventsOf(record: Uint8Array): string[] {
  const decoded = decodeCollectorPayload(record);
  if (!decoded.ok || decoded.payload.body === undefined)
    throw new Error('a record of the stream is no POST of a tracker');
  return eventIdsOf(decoded.payload.body);
}
