/**
 * A fleet of real enricher processes on one stream: they share its shards, take over from each other, follow splits and
 * merges and wait for schemas, under load all the while. At the end every user record of the stream is in the output
 * exactly once, each user's in order, each shard's in one chain of batches, and no shard's before its parents'. Times are
 * reported; that they are bounded is tested on virtual time (kinesis-client/worker.test.ts, lease-keeper.test.ts).
 */
import { DescribeStreamSummaryCommand, UpdateShardCountCommand } from '@aws-sdk/client-kinesis';
import { createKinesisShardLister } from '../../kinesis-client/shards/kinesis-shard-lister';
import { parentsOf } from '../../kinesis-client/leases/plan-shard-sync';
import { systemClock } from '../../runtime/clock';
import { BucketWatcher } from '../bucket-watcher';
import { chainFaults } from '../commit-chain';
import { streamRecords } from '../raw-stream';
import type { ServiceProcess } from '../service-process';
import { freePort, startStack, type Stack } from '../stack';
import { holdings } from '../stored-leases';
import { until as waitUntil } from '../until';
import { eventOf, idOfRecord, numbersOfUsers, UserTraffic } from '../user-traffic';

const STREAM = 'raw';
const LEASE_DURATION_MS = 2_000;
const LOOK_INTERVAL_MS = 250;

let stack: Stack;
let watcher: BucketWatcher;
let traffic: UserTraffic;
let schemaPort: number;
let schemaServer: ServiceProcess;
/** Those that run, the first started first. */
let enrichers: { readonly service: ServiceProcess; readonly metricsPort: number }[] = [];

beforeAll(async () => {
  schemaPort = await freePort();
  stack = await startStack({
    streams: { [STREAM]: 4, bad: 1 },
    settings: {
      FLOTILLA_STREAM_RAW: STREAM,
      FLOTILLA_SCHEMAS_URI: `http://127.0.0.1:${schemaPort}`,
      FLOTILLA_SCHEMA_SERVER_PORT: String(schemaPort),
      FLOTILLA_ENRICHER_SCHEMA_BACKOFF_MAX_MS: '500',
      FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: String(LEASE_DURATION_MS),
      FLOTILLA_KINESIS_CLIENT_LOOK_INTERVAL_MS: String(LOOK_INTERVAL_MS),
      FLOTILLA_KINESIS_CLIENT_LEASE_CLEANUP_INTERVAL_MS: '1000',
    },
  });
  watcher = new BucketWatcher(stack.emulators.s3, 'flotilla', systemClock);
  watcher.start(200);
  traffic = new UserTraffic(stack.emulators.kinesis, STREAM, systemClock);
  schemaServer = await stack.spawn('schema-server/main.ts');
  await schemaServer.ready;
}, 30_000);

afterAll(async () => {
  await traffic.stop();
  await watcher.stop();
  await stack.stop();
}, 30_000);

async function start(): Promise<void> {
  const metricsPort = await freePort();
  const service = await stack.spawn('enricher/main.ts', { FLOTILLA_METRICS_PORT: String(metricsPort) });
  enrichers.push({ service, metricsPort });
  await service.ready;
}

/** The enricher that runs longest gets the signal and is no part of the fleet any more. */
async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const [first, ...others] = enrichers;
  enrichers = others;
  first?.service.kill(signal);
  expect(await first?.service.ended).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 0);
}

const owned = () => holdings(stack.emulators.dynamodb, 'enricher');

const until = (what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> =>
  waitUntil(what, isTrue, {
    withinMs: 20_000,
    told: async () =>
      `the workers hold ${(await owned()).join()} shards, the enrichers say:\n` +
      enrichers.map(({ service }) => service.output().slice(-3_000)).join('\n'),
  });

const share =
  (...expected: readonly number[]) =>
  async (): Promise<boolean> =>
    JSON.stringify(await owned()) === JSON.stringify(expected);

const everythingIsThere = (): Promise<void> =>
  until('all that was put is in the output', () => watcher.lines.length >= traffic.put.length);

async function reshard(count: number): Promise<void> {
  const { kinesis } = stack.emulators;
  await kinesis.send(
    new UpdateShardCountCommand({ StreamName: STREAM, TargetShardCount: count, ScalingType: 'UNIFORM_SCALING' }),
  );
  await until(`the stream has ${count} shards`, async () => {
    const { StreamDescriptionSummary: now } = await kinesis.send(
      new DescribeStreamSummaryCommand({ StreamName: STREAM }),
    );
    return now?.StreamStatus === 'ACTIVE' && now.OpenShardCount === count;
  });
}

test('two enrichers share four shards two and two, and begin with what was sent before they started', async () => {
  await traffic.round();
  await traffic.round('with-entity');
  await Promise.all([start(), start()]);
  await until('they share', share(2, 2));
  await everythingIsThere();
}, 30_000);

test('kill -9, and the other has all four', async () => {
  traffic.start();
  const killedAtMs = systemClock.monotonicMs();
  await end('SIGKILL');
  await until('the other has all', share(4));
  report('kill -9', systemClock.monotonicMs() - killedAtMs, `leases last ${LEASE_DURATION_MS} ms`);
}, 30_000);

test('a second and a third join under load, and the leases even out', async () => {
  await start();
  await until('they share', share(2, 2));
  await start();
  await until('they share', share(1, 1, 2));
}, 30_000);

test('SIGTERM, and the others have what it let go', async () => {
  const stoppedAtMs = systemClock.monotonicMs();
  await Promise.all([end('SIGTERM'), until('the others share', share(2, 2))]);
  report('SIGTERM', systemClock.monotonicMs() - stoppedAtMs, `a look each ${LOOK_INTERVAL_MS} ms`);
}, 30_000);

test('the stream is split and merged under load', async () => {
  await reshard(8);
  await until('they share the children', share(4, 4));
  await reshard(4);
  await until('they share the children’s children', share(2, 2));
  await traffic.stop();
  await everythingIsThere();
}, 60_000);

test('while the schema server is down the shards wait; then everything is there, and nothing is a bad row', async () => {
  schemaServer.kill('SIGKILL');
  await schemaServer.ended;
  await start(); // it knows no schema
  await until('they share', share(1, 1, 2));
  const metricsPort = enrichers.at(-1)?.metricsPort;
  const before = watcher.lines.length;
  await traffic.round('with-entity');
  await until('its shard waits', async () => {
    const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    return /^flotilla_enricher_schema_waits_total [1-9]/m.test(await response.text());
  });
  expect(watcher.lines.length).toBeLessThan(before + 16);
  schemaServer = await stack.spawn('schema-server/main.ts');
  await everythingIsThere();
}, 60_000);

describe('in the end', () => {
  beforeAll(async () => {
    while (enrichers.length > 0) await end('SIGTERM');
    await watcher.stop();
  }, 30_000);

  test('every user record of the stream is in the output exactly once, and no reader saw anything else', async () => {
    const inStream = (await streamRecords(stack.emulators.kinesis, STREAM)).map(idOfRecord);
    expect(watcher.lines.map((line) => eventOf(line).eventId).sort()).toEqual(inStream.sort());
    expect(watcher.faults).toEqual([]);
  });

  test('each user’s events became visible in their order', () => {
    const numbers = numbersOfUsers(watcher.output);
    expect(numbers.size).toBe(16);
    for (const ofUser of numbers.values()) expect(ofUser).toEqual(ofUser.map((_, index) => index));
  });

  test('what is visible are whole batches that form one chain for each shard', () => {
    expect(chainFaults(watcher.plans, watcher.files)).toEqual([]);
  });

  test('no shard’s output was seen before all of its parents’', async () => {
    const shards = await createKinesisShardLister(stack.emulators.kinesis, STREAM).listShards();
    const looksOf = (shardId: string): number[] =>
      watcher.output.filter(({ name }) => name.includes(shardId)).map(({ look }) => look);
    const pairs = shards.flatMap((shard) => parentsOf(shard).map((parent) => [parent, shard.shardId] as const));
    expect(pairs.length).toBeGreaterThanOrEqual(4 * 2 + 4 * 2); // four splits, four merges
    for (const [parent, child] of pairs)
      expect(Math.max(...looksOf(parent))).toBeLessThanOrEqual(Math.min(...looksOf(child)));
  });
});

const report = (what: string, ms: number, beside: string): void => {
  process.stdout.write(`after ${what} every shard had a living owner within ${Math.round(ms)} ms (${beside})
`);
};
