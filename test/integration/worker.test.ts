import { DescribeStreamSummaryCommand, PutRecordsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { createWorker, kinesisClientFields, type RecordProcessor, type Worker } from '../../kinesis-client';
import { createDynamoDBLeaseTable } from '../../kinesis-client/leases/dynamodb-lease-table';
import { createKinesisShardLister } from '../../kinesis-client/shards/kinesis-shard-lister';
import { systemClock } from '../../runtime/clock';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { systemRandom } from '../../runtime/random';
import { defaultsOf } from '../default-settings';
import { startEmulators, type TestEmulators } from '../emulators';

const STREAM = 'raw';
const settings = {
  ...defaultsOf(kinesisClientFields),
  ...{ leaseDurationMs: 2_000, lookIntervalMs: 100, emptyTableWaitMaxMs: 0, tableReadyPollMs: 20 },
  ...{ fetchIdleMs: 200, parentPollMs: 100 },
};

let emulators: TestEmulators;
let workers: Worker[] = [];
/** What processors heard, as `worker shardId: what`. */
let heard: string[] = [];
const fatal: unknown[] = [];

beforeEach(async () => {
  emulators = await startEmulators({ streams: { [STREAM]: 4 } });
  [workers, heard] = [[], []];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await emulators.stop();
  expect(fatal).toEqual([]);
});

/** Every batch is checkpointed before its records count as processed. */
const processor = (name: string): RecordProcessor => ({
  initialize: async () => void heard.push(`${name}: initialize`),
  processRecords: async ({ records, checkpointer }) => {
    await checkpointer.checkpoint();
    for (const { bytes } of records) heard.push(`${name}: ${bytes}`);
  },
  leaseLost: async () => void heard.push(`${name}: leaseLost`),
  shardEnded: async ({ checkpointer }) => {
    await checkpointer.checkpoint();
    heard.push(`${name}: shardEnded`);
  },
});

function work(name: string): Worker {
  const worker = createWorker({
    applicationName: 'leases',
    streamName: STREAM,
    workerName: name,
    processorFactory: (shardId) => processor(`${name} ${shardId}`),
    kinesis: emulators.kinesis,
    dynamodb: emulators.dynamodb,
    settings,
    initialPosition: 'TRIM_HORIZON',
    clock: systemClock,
    random: systemRandom,
    metrics: createMetrics(),
    log: silentLogger,
    onFatal: (error) => fatal.push(error),
  });
  workers.push(worker);
  return worker;
}

async function put(count: number, prefix: string): Promise<string[]> {
  const words = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const Records = words.map((word) => ({ PartitionKey: word, Data: Buffer.from(word) }));
  await emulators.kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
  return words;
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 15_000;
  while (!(await isTrue())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await systemClock.sleep(20);
  }
}

async function holdings(): Promise<Record<string, number>> {
  const table = { dynamodb: emulators.dynamodb, tableName: 'leases', settings, clock: systemClock };
  const { leases } = await createDynamoDBLeaseTable(table).scan();
  const count: Record<string, number> = {};
  for (const { leaseOwner = 'nobody', checkpoint } of leases) {
    const owner = leaseOwner.split('.')[0] as string;
    if (checkpoint.sequenceNumber !== 'SHARD_END') count[owner] = (count[owner] ?? 0) + 1;
  }
  return count;
}

const isHeld = (expected: Record<string, number>) => async (): Promise<boolean> =>
  JSON.stringify(Object.entries(await holdings()).sort()) === JSON.stringify(Object.entries(expected).sort());

const processed = (): string[] => heard.map((line) => line.split(': ')[1] ?? '').filter((word) => /\d$/.test(word));

describe('workers on Kinesis and DynamoDB', () => {
  it('share four shards two and two; one stops, the other has all four and reads on', async () => {
    const [a, b] = [work('a'), work('b')];
    await Promise.all([a.start(), b.start()]);
    await until('they share', isHeld({ a: 2, b: 2 }));
    const first = await put(200, 'first');
    await until('all is read', () => processed().length >= 200);
    await a.stop();
    const second = await put(200, 'second');
    await until('b has everything', isHeld({ b: 4 }));
    await until('all is read', () => processed().length >= 400);
    expect(processed().sort()).toEqual([...first, ...second].sort());
    const ofA = (what: string): number => heard.filter((line) => line.startsWith('a ') && line.endsWith(what)).length;
    expect(ofA('leaseLost')).toBe(ofA('initialize'));
  }, 30_000);

  it('read a shard to its end before its children, every record once', async () => {
    const a = work('a');
    const before = await put(200, 'before');
    await a.start();
    const lister = createKinesisShardLister(emulators.kinesis, STREAM);
    const [parent] = await lister.listShards();
    const middle = String((BigInt(parent?.hashRange.start ?? 0) + BigInt(parent?.hashRange.end ?? 0)) / 2n);
    await emulators.kinesis.send(
      new SplitShardCommand({ StreamName: STREAM, ShardToSplit: parent?.shardId, NewStartingHashKey: middle }),
    );
    const describe = new DescribeStreamSummaryCommand({ StreamName: STREAM });
    await until('the split is done', async () => {
      const summary = await emulators.kinesis.send(describe);
      return summary.StreamDescriptionSummary?.StreamStatus === 'ACTIVE';
    });
    const after = await put(200, 'after');
    await until('all is read', () => processed().length >= 400);
    expect(processed().sort()).toEqual([...before, ...after].sort());

    const children = (await lister.listShards()).filter((shard) => shard.parentShardId === parent?.shardId);
    const ended = heard.indexOf(`a ${parent?.shardId}: shardEnded`);
    const begun = heard.findIndex((line) =>
      children.some(({ shardId }) => line.startsWith(`a ${shardId}: initialize`)),
    );
    expect(children).toHaveLength(2);
    expect(ended).toBeGreaterThan(0);
    expect(begun).toBeGreaterThan(ended);
    await until('five shards are open', isHeld({ a: 5 }));
  }, 30_000);
});
