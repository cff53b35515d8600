import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { systemClock, type Clock } from '../../runtime/clock';
import { startEmulators, type TestEmulators } from '../../test/emulators';
import { kinesisFrontDifferences } from '../../test/aws/front-differences';
import { kinesisBehaviour } from '../../test/aws/kinesis-behaviour';
import { testsBut } from '../../test/differences';

describe('our Kinesis', () =>
  testsBut(kinesisFrontDifferences, (tests) => kinesisBehaviour(() => startEmulators(), tests)));

const systemTimes = (aheadMs: () => number): Clock => ({
  ...systemClock,
  wallMs: () => systemClock.wallMs() + aheadMs(),
});

describe('time', () => {
  let path: string;
  let aheadMs = 0;
  let emulators: TestEmulators;
  const StreamName = 'raw';
  const ShardId = 'shardId-000000000000';
  const open = async (): Promise<void> => {
    emulators = await startEmulators({
      dataFolder: path,
      clock: systemTimes(() => aheadMs),
      streams: { [StreamName]: 1 },
    });
  };
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), 'flotilla-kinesis-'));
    await open();
  });
  afterAll(async () => {
    await emulators.stop();
    await rm(path, { recursive: true, force: true });
  });
  const hourMs = 3_600_000;
  const put = (data: string) =>
    emulators.kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.from(data) }));
  const iterator = async (): Promise<string> => {
    const input = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
    return (await emulators.kinesis.send(new GetShardIteratorCommand(input))).ShardIterator as string;
  };
  const read = async (ShardIterator: string) => {
    const { Records = [] } = await emulators.kinesis.send(new GetRecordsCommand({ ShardIterator }));
    return Records.map((record) => Buffer.from(record.Data!).toString());
  };

  it('records are there after a restart, until they are a day old; the folder forgets them at a start', async () => {
    for (let i = 0; i < 20; i++) await put(`old ${i}`);
    await emulators.stop();
    await open();
    expect(await read(await iterator())).toHaveLength(20);
    aheadMs = 23.9 * hourMs;
    expect(await read(await iterator())).toHaveLength(20);
    aheadMs = 24.1 * hourMs;
    expect(await read(await iterator())).toEqual([]);
    await emulators.stop();
    await open();
    aheadMs = 0;
    expect(await read(await iterator())).toEqual([]);
    await put('new');
    expect(await read(await iterator())).toEqual(['new']);
  });

  it('an iterator expires after five minutes', async () => {
    const from = await iterator();
    aheadMs = 299_000;
    expect(await read(from)).toEqual(['new']);
    aheadMs = 301_000;
    await expect(read(from)).rejects.toMatchObject({ name: 'ExpiredIteratorException' });
    aheadMs = 0;
  });

  it('a shard that was closed a day ago is forgotten', async () => {
    const middle = String(2n ** 127n);
    await emulators.kinesis.send(
      new SplitShardCommand({ StreamName, ShardToSplit: ShardId, NewStartingHashKey: middle }),
    );
    await systemClock.sleep(50);
    const listed = async () => (await emulators.kinesis.send(new ListShardsCommand({ StreamName }))).Shards!.length;
    expect(await listed()).toBe(3);
    aheadMs = 24.1 * hourMs;
    expect(await listed()).toBe(2);
    await expect(iterator()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('the gate', () => {
  it('sees the stream and shard of a read, and the body of a put; a dropped put is applied or not as it was held', async () => {
    const { kinesis, gate, stop } = await startEmulators({ streams: { raw: 1 } });
    const put = (data: string) =>
      kinesis.send(new PutRecordCommand({ StreamName: 'raw', PartitionKey: 'k', Data: Buffer.from(data) }));
    const holdPut = (when: 'before' | 'after', data: string): string =>
      gate.hold({ service: 'kinesis', operation: 'PutRecord', detail: Buffer.from(data).toString('base64'), when })!;
    for (const [when, data] of [['before', 'never'], ['after', 'twice']] as const) {
      const hold = holdPut(when, data);
      const result = put(data);
      await gate.held(hold, 5_000);
      gate.release(hold, 'drop'); // the SDK tries again
      await result;
    } // prettier-ignore
    const shard = { StreamName: 'raw', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(shard));
    const hold = gate.hold({
      service: 'kinesis',
      operation: 'GetRecords',
      resource: 'raw/shardId-000000000000',
      when: 'before',
    })!;
    const reading = kinesis.send(new GetRecordsCommand({ ShardIterator }));
    expect(await gate.held(hold, 5_000)).toBe(1);
    gate.release(hold, 'apply');
    const { Records = [] } = await reading;
    expect(Records.map((record) => Buffer.from(record.Data!).toString())).toEqual(['never', 'twice', 'twice']);
    await stop();
  });
});

it('a folder that another front has open is refused, and nothing stays behind', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'flotilla-kinesis-'));
  const first = await startEmulators({ dataFolder });
  await expect(startEmulators({ dataFolder })).rejects.toThrow();
  await first.stop();
  const second = await startEmulators({ dataFolder });
  await second.stop();
  await rm(dataFolder, { recursive: true, force: true });
});
