/**
 * What every Kinesis that we run against must do, through the AWS SDK: one suite, called with a way to start an
 * emulator. `kinesis-front.test.ts` runs it against our front.
 */
import {
  CreateStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  type KinesisClient,
  type Shard,
  type ShardFilter,
} from '@aws-sdk/client-kinesis';
import { systemClock } from '../../runtime/clock';
import { HASH_KEYS, kinesisCalls, shardIdOf, texts } from '../kinesis-calls';

export interface RunningKinesis {
  readonly kinesis: KinesisClient;
  stop(): Promise<void>;
}

const MIDDLE = String(HASH_KEYS / 2n);
const [first, second, third, fourth] = [shardIdOf(0), shardIdOf(1), shardIdOf(2), shardIdOf(3)] as const;

export function kinesisBehaviour(start: () => Promise<RunningKinesis>): void {
  let running: RunningKinesis;
  let kinesis: KinesisClient;
  beforeAll(async () => {
    running = await start();
    kinesis = running.kinesis;
  });
  afterAll(() => running.stop());

  const calls = kinesisCalls(() => kinesis);
  const { createStream, split, merge, updateShardCount, put, iterator, get, readAll, listShards } = calls;
  const ids = (shards: readonly Shard[]): string[] => shards.map((shard) => shard.ShardId as string);
  function expectWholeRangeOnce(shards: readonly Shard[]): void {
    const ranges = shards
      .map(({ HashKeyRange: range }) => ({
        start: BigInt(range!.StartingHashKey!),
        end: BigInt(range!.EndingHashKey!),
      }))
      .sort((a, b) => (a.start < b.start ? -1 : 1));
    let next = 0n;
    for (const { start, end } of ranges) {
      expect(start).toBe(next);
      next = end + 1n;
    }
    expect(next).toBe(HASH_KEYS);
  }

  describe('records', () => {
    it('come back as they were put, in their order, with ascending sequence numbers', async () => {
      const StreamName = await createStream(1);
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const Records = [bytes, Buffer.from('two'), Buffer.from('')].map((Data) => ({ Data, PartitionKey: 'ключ 🔑' }));
      const { FailedRecordCount, Records: results } = await kinesis.send(
        new PutRecordsCommand({ StreamName, Records }),
      );
      expect(FailedRecordCount).toBe(0);
      const { records } = await readAll(await iterator({ StreamName }));
      expect(records.map((one) => Buffer.from(one.Data!))).toEqual(Records.map((one) => one.Data));
      expect(records.map((one) => one.PartitionKey)).toEqual(Records.map((one) => one.PartitionKey));
      expect(records.map((one) => one.SequenceNumber)).toEqual(results!.map((one) => one.SequenceNumber));
      const numbers = records.map((one) => BigInt(one.SequenceNumber!));
      expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
      expect(Math.abs(records[0]!.ApproximateArrivalTimestamp!.getTime() - systemClock.wallMs())).toBeLessThan(60_000);
    });

    it('go to the shard whose range holds their explicit hash key', async () => {
      const StreamName = await createStream(2);
      const keys = ['0', String(HASH_KEYS / 2n - 1n), MIDDLE, String(HASH_KEYS - 1n)];
      const results = await Promise.all(keys.map((key) => put(StreamName, 'x', key)));
      expect(results.map((one) => one.ShardId)).toEqual([first, first, second, second]);
    });

    it('reach a reader exactly once while others write', async () => {
      const StreamName = await createStream(1);
      const written = Array.from({ length: 100 }, (_, i) => String(i).padStart(3, '0'));
      let next = await iterator({ StreamName, ShardIteratorType: 'LATEST' });
      const seen: string[] = [];
      const read = async (): Promise<void> => {
        while (seen.length < written.length) {
          const { Records, NextShardIterator } = await get(next);
          seen.push(...texts(Records));
          next = NextShardIterator as string;
        }
      };
      const write = async (lane: number): Promise<void> => {
        for (const text of written) if (Number(text) % 4 === lane) await put(StreamName, text);
      };
      await Promise.all([read(), write(0), write(1), write(2), write(3)]);
      expect([...seen].sort()).toEqual(written);
    });
  });

  describe('an iterator', () => {
    let StreamName: string;
    let sequenceNumbers: string[];
    beforeAll(async () => {
      StreamName = await createStream(1);
      sequenceNumbers = [];
      for (const text of ['a', 'b', 'c']) {
        sequenceNumbers.push((await put(StreamName, text)).SequenceNumber as string);
        await systemClock.sleep(5);
      }
    });
    it.each([
      ['TRIM_HORIZON', () => ({}), ['a', 'b', 'c']],
      ['AT_SEQUENCE_NUMBER', () => ({ StartingSequenceNumber: sequenceNumbers[1] }), ['b', 'c']],
      ['AFTER_SEQUENCE_NUMBER', () => ({ StartingSequenceNumber: sequenceNumbers[1] }), ['c']],
      ['LATEST', () => ({}), []],
      ['AT_TIMESTAMP', () => ({ Timestamp: new Date(0) }), ['a', 'b', 'c']],
    ] as const)('of type %s begins where it says', async (ShardIteratorType, more, expected) => {
      const { records } = await readAll(await iterator({ StreamName, ShardIteratorType, ...more() }));
      expect(texts(records)).toEqual(expected);
    });

    it('of type AT_TIMESTAMP begins at the first record of that time, and later than all at the tip', async () => {
      const { records } = await readAll(await iterator({ StreamName }));
      const at = (Timestamp: Date) => iterator({ StreamName, ShardIteratorType: 'AT_TIMESTAMP', Timestamp });
      expect(texts((await readAll(await at(records[1]!.ApproximateArrivalTimestamp!))).records)).toEqual(['b', 'c']);
      const afterLast = await at(new Date(records[2]!.ApproximateArrivalTimestamp!.getTime() + 1));
      expect((await get(afterLast)).Records).toEqual([]);
      const fromTip = await iterator({ StreamName, ShardIteratorType: 'LATEST' });
      await put(StreamName, 'd');
      expect(texts((await get(afterLast)).Records)).toEqual(['d']);
      expect(texts((await get(fromTip)).Records)).toEqual(['d']);
    });

    it('tells how far it is behind: whole ms, 0 at the tip', async () => {
      const behind = (await get(await iterator({ StreamName }), 1)).MillisBehindLatest as number;
      expect(Number.isInteger(behind)).toBe(true);
      expect(behind).toBeGreaterThanOrEqual(5);
      const { last } = await readAll(await iterator({ StreamName }));
      expect(last.MillisBehindLatest).toBe(0);
    });
  });

  it('an answer holds at most 10 MiB and goes on after it', async () => {
    const StreamName = await createStream(1);
    const Data = Buffer.alloc(1024 * 1024 - 1);
    for (const half of ['a', 'b'])
      for (let i = 0; i < 3; i++) {
        const Records = [1, 2].map((n) => ({ PartitionKey: `${half}${i}${n}`, Data }));
        await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
      }
    const one = await get(await iterator({ StreamName }));
    const bytes = one.Records!.reduce((sum, record) => sum + record.Data!.length, 0);
    expect(bytes).toBeLessThanOrEqual(10 * 1024 * 1024);
    expect(bytes).toBeGreaterThan(8 * 1024 * 1024);
    const two = await get(one.NextShardIterator as string);
    expect(one.Records!.length + two.Records!.length).toBe(12);
  });

  describe('the end of a shard', () => {
    it('that was split names its two children', async () => {
      const StreamName = await createStream(1);
      await put(StreamName, 'before');
      await split(StreamName, first, MIDDLE);
      await put(StreamName, 'low', '0');
      await put(StreamName, 'high', MIDDLE);
      const { records, last } = await readAll(await iterator({ StreamName }));
      expect(texts(records)).toEqual(['before']);
      expect(last.NextShardIterator).toBeUndefined();
      expect(last.ChildShards).toEqual([
        { ShardId: second, ParentShards: [first], HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(BigInt(MIDDLE) - 1n) } },
        { ShardId: third, ParentShards: [first], HashKeyRange: { StartingHashKey: MIDDLE, EndingHashKey: String(HASH_KEYS - 1n) } },
      ]); // prettier-ignore
      const inChild = async (ShardId: string) =>
        texts((await readAll(await iterator({ StreamName, ShardId }))).records);
      expect(await inChild(second)).toEqual(['low']);
      expect(await inChild(third)).toEqual(['high']);
    });

    it('that was merged names the child and both parents', async () => {
      const StreamName = await createStream(2);
      await merge(StreamName, first, second);
      const child = {
        ShardId: third,
        ParentShards: [first, second],
        HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(HASH_KEYS - 1n) },
      };
      for (const ShardId of [first, second])
        expect((await readAll(await iterator({ StreamName, ShardId }))).last.ChildShards).toEqual([child]);
    });

    it('is told to a LATEST iterator too', async () => {
      const StreamName = await createStream(1);
      await put(StreamName, 'before');
      await split(StreamName, first, MIDDLE);
      const answer = await get(await iterator({ StreamName, ShardIteratorType: 'LATEST' }));
      expect(answer.Records).toEqual([]);
      expect(answer.NextShardIterator).toBeUndefined();
      expect(answer.ChildShards!.map((child) => child.ShardId)).toEqual([second, third]);
    });
  });

  describe('ListShards', () => {
    it('filters, and what was open at one instant covers the hash range once', async () => {
      const StreamName = await createStream(2);
      await split(StreamName, first, String(HASH_KEYS / 4n));
      await merge(StreamName, fourth, second);
      const last = 'shardId-000000000004';
      const list = (filter: ShardFilter) => listShards(StreamName, filter);
      expect(ids(await listShards(StreamName))).toEqual([first, second, third, fourth, last]);
      expect(ids(await list({ Type: 'FROM_TRIM_HORIZON' }))).toEqual([first, second, third, fourth, last]);
      expect(ids(await list({ Type: 'AT_TRIM_HORIZON' }))).toEqual([first, second]);
      expect(ids(await list({ Type: 'AT_LATEST' }))).toEqual([third, last]);
      expect(ids(await list({ Type: 'AFTER_SHARD_ID', ShardId: third }))).toEqual([fourth, last]);
      const now = new Date(systemClock.wallMs());
      for (const filter of [
        { Type: 'AT_TRIM_HORIZON' }, { Type: 'AT_LATEST' }, { Type: 'AT_TIMESTAMP', Timestamp: now },
      ] as const) expectWholeRangeOnce(await list(filter)); // prettier-ignore
    });

    it('comes in pages', async () => {
      const StreamName = await createStream(5);
      const pages: string[][] = [];
      let NextToken: string | undefined;
      do {
        const input = NextToken ? { NextToken, MaxResults: 2 } : { StreamName, MaxResults: 2 };
        const page = await kinesis.send(new ListShardsCommand(input));
        pages.push(ids(page.Shards ?? []));
        NextToken = page.NextToken;
      } while (NextToken);
      expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
      expect(new Set(pages.flat()).size).toBe(5);
    });
  });

  it('UpdateShardCount makes even shards, of which the open ones cover the hash range once', async () => {
    const StreamName = await createStream(2);
    for (const TargetShardCount of [4, 3, 2, 1]) {
      await updateShardCount(StreamName, TargetShardCount);
      const open = await listShards(StreamName, { Type: 'AT_LATEST' });
      expect(open).toHaveLength(TargetShardCount);
      expectWholeRangeOnce(open);
    }
    await expect(updateShardCount(StreamName, 3)).rejects.toThrow();
  });

  it('a stream can be named by its ARN', async () => {
    const StreamName = await createStream(1);
    const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamName }));
    const StreamARN = StreamDescription!.StreamARN as string;
    const { ShardId } = await kinesis.send(
      new PutRecordCommand({ StreamARN, PartitionKey: 'k', Data: Buffer.from('x') }),
    );
    const { Shards } = await kinesis.send(new ListShardsCommand({ StreamARN }));
    expect(ids(Shards!)).toEqual([ShardId]);
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamARN, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records } = await kinesis.send(new GetRecordsCommand({ StreamARN, ShardIterator }));
    expect(texts(Records)).toEqual(['x']);
    const summary = await kinesis.send(new DescribeStreamSummaryCommand({ StreamARN }));
    expect(summary.StreamDescriptionSummary).toMatchObject({
      StreamName, StreamStatus: 'ACTIVE', OpenShardCount: 1, StreamModeDetails: { StreamMode: 'PROVISIONED' },
    }); // prettier-ignore
  });

  it.each([
    ['an unknown stream', () => new PutRecordCommand({ StreamName: 'none', PartitionKey: 'k', Data: Buffer.from('') }), 'ResourceNotFoundException'],
    ['a stream that exists', async () => new CreateStreamCommand({ StreamName: await createStream(1), ShardCount: 1 }), 'ResourceInUseException'],
    ['two records too large', async () => new PutRecordCommand({ StreamName: await createStream(1), PartitionKey: 'k', Data: Buffer.alloc(1024 * 1024 + 1) }), 'ValidationException|InvalidArgumentException'],
  ] as const)('refuses %s', async (_what, command, name) => {
    await expect(kinesis.send((await command()) as PutRecordCommand)).rejects.toMatchObject({
      name: expect.stringMatching(name) as string,
    });
  }); // prettier-ignore
}
