/**
 * A CompleteMultipartUpload that takes a minute, on its way to S3 for one shard and on the way of its answer for another: forty
 * times as long as a lease lasts. Their worker keeps both shards all the while and goes on with the others; each batch is
 * committed once, and every event is in the output exactly once. Times are reported.
 */
import { actualOwner, compareCheckpoints, type Lease } from '../../kinesis-client/leases/lease';
import { faultRuleSchema } from '../../local/faults/fault-rule';
import { systemClock } from '../../runtime/clock';
import { BucketWatcher } from '../bucket-watcher';
import { chainFaults } from '../commit-chain';
import type { ServiceProcess } from '../service-process';
import { startStack, type Stack } from '../stack';
import { storedLeases } from '../stored-leases';
import { until } from '../until';
import { eventOf, numbersOfUsers, UserTraffic } from '../user-traffic';

const STREAM = 'raw';
const SHARDS = 6;
const SLOW_MS = 60_000;

let stack: Stack;
let watcher: BucketWatcher;
let traffic: UserTraffic;
let enrichers: ServiceProcess[] = [];

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

const patience = {
  withinMs: 150_000,
  told: () => `the enrichers say:\n${enrichers.map((one) => one.output().slice(-3_000)).join('\n')}`,
};

const leases = async (): Promise<readonly Lease[]> =>
  (await storedLeases(stack.emulators.dynamodb, 'enricher')).map(({ lease }) => lease);

async function leaseOf(shardId: string): Promise<Lease> {
  const lease = (await leases()).find(({ leaseKey }) => leaseKey === shardId);
  if (lease === undefined) throw new Error(`${shardId} has no lease`);
  return lease;
}

const filesOf = (shardId: string): readonly string[] => watcher.files.filter((key) => key.includes(`${shardId}-`));

/** The shards of a worker, when both have their share and it has users' events in each of its own; else none. */
async function sharedOut(): Promise<readonly string[]> {
  const all = await leases();
  const shares = [...new Set(all.map(actualOwner))].map((owner) =>
    all.filter((lease) => actualOwner(lease) === owner).map(({ leaseKey }) => leaseKey),
  );
  const isEven = shares.every((shards) => shards.length === SHARDS / 2);
  return (isEven && shares.find((shards) => shards.every((shardId) => filesOf(shardId).length > 0))) || [];
}

/** What is seen of a shard from the moment in which its Complete has become slow, until its commit. */
interface Story {
  readonly shardId: string;
  readonly begun: Lease;
  readonly owners: Set<string | undefined>;
  /** Counts the calls for the file that came after the slow one. */
  readonly repeats: string;
  last: Lease;
}

function slowDown(shardId: string, on: 'request' | 'answer'): string {
  return stack.emulators.faults.add(
    faultRuleSchema.parse({
      kind: 'latency',
      service: 's3',
      operations: ['CompleteMultipartUpload'],
      resource: `${STREAM}-${shardId}-`,
      times: 1,
      latency: { distribution: 'fixed', ms: SLOW_MS },
      on,
    }),
  ) as string;
}

async function storyOf(shardId: string): Promise<Story> {
  const begun = await leaseOf(shardId);
  const pending = begun.pending?.checkpoint.sequenceNumber;
  if (pending === undefined) throw new Error(`nothing is pending in ${shardId}`);
  const rule = { kind: 'latency', service: 's3', latency: { distribution: 'fixed', ms: 0 } };
  const calls = { operations: ['CompleteMultipartUpload'], resource: `-${pending}-0.jsonl.gz` };
  const repeats = stack.emulators.faults.add(faultRuleSchema.parse({ ...rule, ...calls })) as string;
  return { shardId, begun, owners: new Set(), repeats, last: begun };
}

const isCommitted = ({ begun, last }: Story): boolean =>
  begun.pending !== undefined && compareCheckpoints(last.checkpoint, begun.pending.checkpoint) >= 0;

test('a Complete of a minute costs no lease, holds up no other shard, and is done once', async () => {
  const { faults } = stack.emulators;
  enrichers = [await stack.spawn('enricher/main.ts'), await stack.spawn('enricher/main.ts')];
  await Promise.all(enrichers.map(({ ready }) => ready));
  traffic.start();
  let shards: readonly string[] = [];
  await until('one worker has three busy shards', async () => (shards = await sharedOut()).length > 0, patience);
  const [toS3, fromS3, other] = shards as [string, string, string];

  const slow = [slowDown(toS3, 'request'), slowDown(fromS3, 'answer')];
  const areStruck = () => faults.all().every(({ id, struck }) => !slow.includes(id) || struck === 1);
  await until('both Completes are slow', areStruck, patience);
  const stories = await Promise.all([storyOf(toS3), storyOf(fromS3)]);
  const others = { owners: new Set<string | undefined>(), files: filesOf(other).length };
  const beganMs = systemClock.monotonicMs();

  const sawBothCommitted = async (): Promise<boolean> => {
    for (const story of stories) {
      story.last = await leaseOf(story.shardId);
      story.owners.add(actualOwner(story.last));
    }
    others.owners.add(actualOwner(await leaseOf(other)));
    return stories.every(isCommitted);
  };
  await until('both are committed', sawBothCommitted, patience);
  const tookMs = systemClock.monotonicMs() - beganMs;
  const renewals = stories.map(({ begun, last }) => Number(last.leaseCounter - begun.leaseCounter));
  const filesBeside = filesOf(other).length - others.files;
  process.stdout.write(
    `committed after ${Math.round(tookMs)} ms; lease counters moved ${renewals.join(' and ')} times; ` +
      `${filesBeside} files of the shard beside them\n`,
  );

  const owner = actualOwner(stories[0]!.begun);
  for (const { owners } of [...stories, others]) expect([...owners]).toEqual([owner]);
  for (const { repeats } of stories) expect(faults.remove(repeats)?.seen).toBe(0);
  for (const moved of renewals) expect(moved).toBeGreaterThan(SLOW_MS / 1_500);
  expect(filesBeside).toBeGreaterThan(SLOW_MS / 10_000);
}, 240_000);

test('and every event is in the output exactly once, each user’s in order, in one chain of batches a shard', async () => {
  await traffic.stop();
  await until('everything is there', () => watcher.lines.length >= traffic.put.length, patience);
  for (const one of enrichers) {
    one.kill('SIGTERM');
    expect(await one.ended).toBe(0);
  }
  await watcher.stop();
  expect(watcher.faults).toEqual([]);
  expect(watcher.lines.map((line) => eventOf(line).eventId).sort()).toEqual([...traffic.put].sort());
  for (const ofUser of numbersOfUsers(watcher.output).values()) expect(ofUser).toEqual(ofUser.map((_, n) => n));
  expect(chainFaults(watcher.plans, watcher.files)).toEqual([]);
}, 180_000);
