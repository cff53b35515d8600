/** Counts what the enrichers have not committed yet: for each shard, the records after its lease's checkpoint. */
import { ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import type { Clock } from '../../runtime/clock';

export interface Unread {
  readonly records: number;
  /** True when the time ran out before the end of every shard: there are at least so many. */
  readonly atLeast: boolean;
}

export interface UnreadSources {
  readonly kinesis: KinesisClient;
  readonly dynamodb: DynamoDBClient;
  readonly streamName: string;
  readonly leaseTable: string;
  readonly clock: Clock;
}

/** Stops counting at the deadline (monotonic ms). */
export async function unreadRecords(from: UnreadSources, deadlineMs: number): Promise<Unread> {
  const checkpoints = await readCheckpoints(from);
  const { Shards: shards = [] } = await from.kinesis.send(new ListShardsCommand({ StreamName: from.streamName }));
  let records = 0;
  let atLeast = false;
  for (const { ShardId: shardId = '' } of shards) {
    const one = await countAfter(from, shardId, checkpoints.get(shardId) ?? 'TRIM_HORIZON', deadlineMs);
    records += one.records;
    atLeast ||= one.atLeast;
  }
  return { records, atLeast };
}

async function readCheckpoints({ dynamodb, leaseTable }: UnreadSources): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  try {
    const { Items: items = [] } = await dynamodb.send(new ScanCommand({ TableName: leaseTable, ConsistentRead: true }));
    for (const item of items) if (item.leaseKey?.S && item.checkpoint?.S) found.set(item.leaseKey.S, item.checkpoint.S);
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error; // no table yet: nothing was read
  }
  return found;
}

async function countAfter(
  from: UnreadSources,
  shardId: string,
  checkpoint: string,
  deadlineMs: number,
): Promise<Unread> {
  if (checkpoint === 'SHARD_END') return { records: 0, atLeast: false };
  const { ShardIterator: first } = await from.kinesis.send(
    new GetShardIteratorCommand({
      StreamName: from.streamName,
      ShardId: shardId,
      ...(/^\d+$/.test(checkpoint)
        ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: checkpoint }
        : { ShardIteratorType: 'TRIM_HORIZON' }),
    }),
  );
  let records = 0;
  for (let iterator = first; iterator !== undefined;) {
    if (from.clock.monotonicMs() >= deadlineMs) return { records, atLeast: true };
    const answer = await from.kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 10_000 }));
    records += answer.Records?.length ?? 0;
    if ((answer.MillisBehindLatest ?? 0) === 0) break;
    iterator = answer.NextShardIterator;
  }
  return { records, atLeast: false };
}

/** The last line of a stop. */
export function unreadLine({ records, atLeast }: Unread): string {
  if (records === 0) return 'stopped: every record was read';
  const count = `${atLeast ? 'at least ' : ''}${records} record${records === 1 ? '' : 's'}`;
  return `stopped: ${count} not read, kept in the stream for the next start`;
}
