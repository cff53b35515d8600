import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  MergeShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { createKinesisShardLister } from '../../kinesis-client/shards/kinesis-shard-lister';
import { createKinesisStream } from '../../kinesis-client/shards/kinesis-stream';
import { systemClock } from '../../runtime/clock';
import { startEmulators, type TestEmulators } from '../emulators';
import { testStreamConformance } from '../stream-conformance';

let emulators: TestEmulators;
let streams = 0;
beforeAll(async () => {
  emulators = await startEmulators();
});
afterAll(() => emulators.stop());

async function untilActive(streamName: string): Promise<void> {
  for (;;) {
    const summary = await emulators.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
    if (summary.StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
    await systemClock.sleep(10);
  }
}

testStreamConformance('the Kinesis adapter on the emulator', async () => {
  const StreamName = `stream-${streams++}`;
  const { kinesis } = emulators;
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  await untilActive(StreamName);
  return {
    stream: createKinesisStream(kinesis, StreamName),
    shards: createKinesisShardLister(kinesis, StreamName),
    put: async (shard, data) => {
      const record = { PartitionKey: 'key', ExplicitHashKey: shard.hashRange.start, Data: Buffer.from(data) };
      return (await kinesis.send(new PutRecordCommand({ StreamName, ...record }))).SequenceNumber as string;
    },
    split: async ({ shardId, hashRange }) => {
      const middle = (BigInt(hashRange.start) + BigInt(hashRange.end)) / 2n;
      await kinesis.send(
        new SplitShardCommand({ StreamName, ShardToSplit: shardId, NewStartingHashKey: String(middle) }),
      );
      await untilActive(StreamName);
    },
    merge: async (shard, adjacent) => {
      const pair = { ShardToMerge: shard.shardId, AdjacentShardToMerge: adjacent.shardId };
      await kinesis.send(new MergeShardsCommand({ StreamName, ...pair }));
      await untilActive(StreamName);
    },
    pass: (ms) => systemClock.sleep(ms),
  };
});

describe('the Kinesis adapter', () => {
  it('finds no stream that is not there', async () => {
    expect(await createKinesisStream(emulators.kinesis, 'nowhere').describe()).toBeNull();
  });

  it('says that a position is refused which was never in the shard', async () => {
    const position = { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: '5' } as const;
    await emulators.kinesis.send(new CreateStreamCommand({ StreamName: 'odd', ShardCount: 1 }));
    await untilActive('odd');
    const stream = createKinesisStream(emulators.kinesis, 'odd');
    expect(await stream.openIterator('shardId-000000000000', position)).toMatchObject({ kind: 'refused' });
  });
});
