/** Everything that a stream holds, read from its beginning, and how many events it carries. */
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import { decodeCollectorPayload } from '../protocol/collector-payload';

export async function streamRecords(kinesis: KinesisClient, streamName: string): Promise<Uint8Array[]> {
  const { Shards: shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: streamName }));
  const records: Uint8Array[] = [];
  for (const { ShardId } of shards) {
    let { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: streamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    while (ShardIterator !== undefined) {
      const answer = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      records.push(...(answer.Records ?? []).map(({ Data }) => Data as Uint8Array));
      ShardIterator = answer.MillisBehindLatest === 0 ? undefined : answer.NextShardIterator;
    }
  }
  return records;
}

/** As many as lines of the output must come of the record: the items of a tracker's batch, else one. */
export function eventsIn(record: Uint8Array): number {
  const decoded = decodeCollectorPayload(record);
  if (!decoded.ok || decoded.payload.body === undefined) return 1;
  try {
    const { data } = JSON.parse(decoded.payload.body) as { data?: unknown };
    return Array.isArray(data) ? data.length : 1;
  } catch {
    return 1; // no JSON: one bad row
  }
}
