/**
 * What tests do with a Kinesis, a line each: through the AWS SDK, against any emulator. Resharding returns when the stream
 * is ACTIVE again.
 */
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
  UpdateShardCountCommand,
  type GetRecordsOutput,
  type GetShardIteratorInput,
  type KinesisClient,
  type Shard,
  type ShardFilter,
  type _Record,
} from '@aws-sdk/client-kinesis';
import { systemClock } from '../runtime/clock';

export const HASH_KEYS = 2n ** 128n;
/** `shardId-000000000000` for 0. */
export const shardIdOf = (index: number): string => `shardId-${String(index).padStart(12, '0')}`;
/** The data of records, as text. */
export const texts = (records: readonly _Record[] = []): string[] =>
  records.map((record) => Buffer.from(record.Data as Uint8Array).toString());

export type KinesisCalls = ReturnType<typeof kinesisCalls>;

/** The client is asked for at each call, so that it may be made later. */
export function kinesisCalls(client: () => KinesisClient) {
  let streams = 0;
  async function untilActive(StreamName: string): Promise<void> {
    for (;;) {
      const { StreamDescriptionSummary: summary } = await client().send(
        new DescribeStreamSummaryCommand({ StreamName }),
      );
      if (summary?.StreamStatus === 'ACTIVE') return;
      await systemClock.sleep(5);
    }
  }
  async function createStream(ShardCount: number): Promise<string> {
    const StreamName = `stream-${++streams}`;
    await client().send(new CreateStreamCommand({ StreamName, ShardCount }));
    await untilActive(StreamName);
    return StreamName;
  }
  async function split(StreamName: string, ShardToSplit: string, NewStartingHashKey: string): Promise<void> {
    await client().send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey }));
    await untilActive(StreamName);
  }
  async function updateShardCount(StreamName: string, TargetShardCount: number): Promise<void> {
    const input = { StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' } as const;
    await client().send(new UpdateShardCountCommand(input));
    await untilActive(StreamName);
  }
  async function merge(StreamName: string, ShardToMerge: string, AdjacentShardToMerge: string): Promise<void> {
    await client().send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }));
    await untilActive(StreamName);
  }
  const put = (StreamName: string, data: string, ExplicitHashKey?: string) =>
    client().send(new PutRecordCommand({ StreamName, PartitionKey: data, Data: Buffer.from(data), ExplicitHashKey }));
  async function iterator(input: Partial<GetShardIteratorInput> & { StreamName: string }): Promise<string> {
    const command = new GetShardIteratorCommand({ ShardId: shardIdOf(0), ShardIteratorType: 'TRIM_HORIZON', ...input });
    return (await client().send(command)).ShardIterator as string;
  }
  const get = (ShardIterator: string, Limit?: number): Promise<GetRecordsOutput> =>
    client().send(new GetRecordsCommand({ ShardIterator, Limit }));
  /** Reads until the shard ends or an answer is empty at the tip. */
  async function readAll(from: string): Promise<{ records: _Record[]; last: GetRecordsOutput }> {
    const records: _Record[] = [];
    for (let next: string | undefined = from; ;) {
      const last: GetRecordsOutput = await get(next as string);
      records.push(...(last.Records ?? []));
      next = last.NextShardIterator;
      if (next === undefined || last.Records?.length === 0) return { records, last };
    }
  }
  async function listShards(StreamName: string, ShardFilter?: ShardFilter): Promise<Shard[]> {
    return (await client().send(new ListShardsCommand({ StreamName, ShardFilter }))).Shards as Shard[];
  }
  return { untilActive, createStream, split, merge, updateShardCount, put, iterator, get, readAll, listShards };
}
