/** Streams: their names, their pages, their retention and their end. Part of kinesis-behaviour.ts. */
import {
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  IncreaseStreamRetentionPeriodCommand,
  ListShardsCommand,
  ListStreamsCommand,
  PutRecordCommand,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis';
import { systemClock } from '../../runtime/clock';
import { texts } from '../kinesis-calls';
import type { KinesisPlace } from './kinesis-behaviour';
import { refusedWith } from './refused-with';

export function kinesisStreams(place: KinesisPlace): void {
  const { describe, it, createStream } = place;
  const summary = async (StreamName: string): Promise<StreamDescriptionSummary> => {
    const answer = await place.kinesis().send(new DescribeStreamSummaryCommand({ StreamName }));
    return answer.StreamDescriptionSummary as StreamDescriptionSummary;
  };

  it('a stream can be named by its ARN', async () => {
    const StreamName = await createStream(1);
    const { StreamDescription } = await place.kinesis().send(new DescribeStreamCommand({ StreamName }));
    const StreamARN = StreamDescription!.StreamARN as string;
    const { ShardId } = await place
      .kinesis()
      .send(new PutRecordCommand({ StreamARN, PartitionKey: 'k', Data: Buffer.from('x') }));
    const { Shards } = await place.kinesis().send(new ListShardsCommand({ StreamARN }));
    expect(Shards!.map((shard) => shard.ShardId)).toEqual([ShardId]);
    const { ShardIterator } = await place
      .kinesis()
      .send(new GetShardIteratorCommand({ StreamARN, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    const { Records } = await place.kinesis().send(new GetRecordsCommand({ StreamARN, ShardIterator }));
    expect(texts(Records)).toEqual(['x']);
    const described = await place.kinesis().send(new DescribeStreamSummaryCommand({ StreamARN }));
    expect(described.StreamDescriptionSummary).toMatchObject({
      StreamName, StreamStatus: 'ACTIVE', OpenShardCount: 1, StreamModeDetails: { StreamMode: 'PROVISIONED' },
    }); // prettier-ignore
  });

  it('DescribeStream comes in pages', async () => {
    const StreamName = await createStream(3);
    const pages: string[][] = [];
    for (let ExclusiveStartShardId: string | undefined, more = true; more;) {
      const command = new DescribeStreamCommand({ StreamName, Limit: 2, ExclusiveStartShardId });
      const { Shards = [], HasMoreShards = false } = (await place.kinesis().send(command)).StreamDescription ?? {};
      pages.push(Shards.map((shard) => shard.ShardId as string));
      ExclusiveStartShardId = pages.at(-1)?.at(-1);
      more = HasMoreShards;
    }
    expect(pages.map((page) => page.length)).toEqual([2, 1]);
    expect(new Set(pages.flat()).size).toBe(3);
  });

  it('ListStreams names all of them, in their order, in pages', async () => {
    const made = [await createStream(1), await createStream(1), await createStream(1)];
    const names: string[] = [];
    for (let more = true; more;) {
      const command = new ListStreamsCommand({ Limit: 2, ExclusiveStartStreamName: names.at(-1) });
      const { StreamNames = [], HasMoreStreams = false } = await place.kinesis().send(command);
      expect(StreamNames.length).toBeLessThanOrEqual(2);
      names.push(...StreamNames);
      more = HasMoreStreams;
    }
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(made));
  });

  it('a stream that exists is refused', async () => {
    const StreamName = await createStream(1);
    const command = new CreateStreamCommand({ StreamName, ShardCount: 1 });
    await refusedWith('ResourceInUseException', place.kinesis().send(command));
  });

  it('a stream that is deleted is gone, and its name is free', async () => {
    const StreamName = await createStream(1);
    await place.put(StreamName, 'old');
    await place.kinesis().send(new DeleteStreamCommand({ StreamName }));
    const isGone = (): Promise<boolean> =>
      summary(StreamName).then(
        () => false,
        (error: Error) => error.name === 'ResourceNotFoundException',
      );
    while (!(await isGone())) await systemClock.sleep(5);
    await place.kinesis().send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    await place.untilActive(StreamName);
    expect((await place.readAll(await place.iterator({ StreamName }))).records).toEqual([]);
  });

  describe('retention', () => {
    const increase = (StreamName: string, RetentionPeriodHours: number) =>
      place.kinesis().send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours }));
    const decrease = (StreamName: string, RetentionPeriodHours: number) =>
      place.kinesis().send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours }));

    it('is a day, is made longer and shorter, and is told', async () => {
      const StreamName = await createStream(1);
      expect((await summary(StreamName)).RetentionPeriodHours).toBe(24);
      await increase(StreamName, 48);
      expect((await summary(StreamName)).RetentionPeriodHours).toBe(48);
      await place.untilActive(StreamName);
      await decrease(StreamName, 24);
      expect((await summary(StreamName)).RetentionPeriodHours).toBe(24);
    });

    for (const [what, change] of [
      ['an increase to less', async (name: string) => (await increase(name, 72), increase(name, 48))],
      ['a decrease to more', (name: string) => decrease(name, 48)],
      ['less than a day', (name: string) => decrease(name, 23)],
      ['more than a year', (name: string) => increase(name, 8_761)],
    ] as const)
      it(`refuses ${what}`, async () => {
        await refusedWith('InvalidArgumentException|ValidationException', change(await createStream(1)));
      });
  });

  it('a stream tells when it was made', async () => {
    const { StreamCreationTimestamp } = await summary(await createStream(1));
    expect(Math.abs(StreamCreationTimestamp!.getTime() - systemClock.wallMs())).toBeLessThan(60_000);
  });
}
