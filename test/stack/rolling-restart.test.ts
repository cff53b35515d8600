/**
 * A deploy: four enrichers on eight shards under load, restarted one after the other, each successor ready before the next one
 * goes; and one turn in which an enricher is killed instead. At the end every user record is in the output exactly once, each
 * user's in order, each shard's in one chain of batches. Times are reported.
 */
import { systemClock } from '../../runtime/clock';
import { BucketWatcher } from '../bucket-watcher';
import { chainFaults, committedPlans } from '../commit-chain';
import { streamRecords } from '../raw-stream';
import type { ServiceProcess } from '../service-process';
import { startStack, type Stack } from '../stack';
import { holdings } from '../stored-leases';
import { until } from '../until';
import { eventOf, idOfRecord, numbersOfUsers, UserTraffic } from '../user-traffic';

const STREAM = 'raw';
const SHARDS = 8;
const ENRICHERS = 4;

let stack: Stack;
let watcher: BucketWatcher;
let traffic: UserTraffic;
/** Those that run, the first started first. */
const enrichers: ServiceProcess[] = [];

beforeAll(async () => {
  stack = await startStack({ streams: { [STREAM]: SHARDS, bad: 1 }, settings: { FLOTILLA_STREAM_RAW: STREAM } });
  watcher = new BucketWatcher(stack.emulators.s3, 'flotilla', systemClock);
  watcher.start(500);
  traffic = new UserTraffic(stack.emulators.kinesis, STREAM, systemClock);
}, 30_000);

afterAll(async () => {
  await traffic.stop();
  await watcher.stop();
  await stack.stop();
}, 30_000);

const shares = () => holdings(stack.emulators.dynamodb, 'enricher');

const patience = {
  withinMs: 60_000,
  told: async () =>
    `the shards are held ${(await shares()).join()}, the enrichers say:\n` +
    enrichers.map((one) => one.output().slice(-3_000)).join('\n'),
};

/** Resolves when it is ready: it has its share. */
async function start(): Promise<void> {
  const enricher = await stack.spawn('enricher/main.ts');
  enrichers.push(enricher);
  await enricher.ready;
}

/** The enricher that runs longest ends by the signal. */
async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const first = enrichers.shift();
  first?.kill(signal);
  expect(await first?.ended).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 0);
}

test('four enrichers share eight shards two and two', async () => {
  traffic.start();
  await Promise.all(Array.from({ length: ENRICHERS }, start));
  await until('they share', async () => (await shares()).join() === '2,2,2,2', patience);
}, 90_000);

test.each(['SIGTERM', 'SIGTERM', 'SIGKILL', 'SIGTERM', 'SIGTERM'] as const)(
  'one ends by %s, and its successor has its share',
  async (signal) => {
    const beganMs = systemClock.monotonicMs();
    await end(signal);
    const endedMs = systemClock.monotonicMs();
    await start();
    const readyMs = systemClock.monotonicMs();
    process.stdout.write(
      `${signal}: ended within ${Math.round(endedMs - beganMs)} ms, the successor ready ${Math.round(readyMs - endedMs)} ms later\n`,
    );
  },
  90_000,
);

describe('in the end', () => {
  beforeAll(async () => {
    await traffic.stop();
    await until('everything is there', () => watcher.lines.length >= traffic.put.length, patience);
    while (enrichers.length > 0) await end('SIGTERM');
    await watcher.stop();
  }, 120_000);

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
    const shards = new Set(committedPlans(watcher.plans, watcher.files).map(({ shardId }) => shardId));
    expect(shards.size).toBe(6); // the other two have no user
    expect(chainFaults(watcher.plans, watcher.files)).toEqual([]);
  });
});
