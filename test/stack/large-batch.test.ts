/**
 * The largest batch that the settings allow: 5,000 files, one for each hour of as many events. Its owner dies with half of
 * them visible, and the next one makes the others so. The lease row stays small, every event is in the output exactly once,
 * and no reader saw a file change or vanish. Times are reported.
 */
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { systemClock } from '../../runtime/clock';
import { BucketWatcher } from '../bucket-watcher';
import { chainFaults, committedPlans } from '../commit-chain';
import { sizeOf, WRITE_UNIT_BYTES } from '../fake-dynamodb-size';
import type { ServiceProcess } from '../service-process';
import { startStack, type Stack } from '../stack';
import { storedLeases } from '../stored-leases';
import { until } from '../until';
import { eventOf, pageView } from '../user-traffic';

const STREAM = 'raw';
/** What `s3.openPartitionsMax` allows at most. */
const FILES = 5_000;
const HOUR_MS = 3_600_000;
/** Of one PutRecords. */
const RECORDS_MAX = 500;

let stack: Stack;
let watcher: BucketWatcher;
let enricher: ServiceProcess;
const put: string[] = [];

beforeAll(async () => {
  stack = await startStack({
    streams: { [STREAM]: 1, bad: 1 },
    settings: {
      FLOTILLA_STREAM_RAW: STREAM,
      FLOTILLA_S3_OPEN_PARTITIONS_MAX: String(FILES),
    },
  });
  watcher = new BucketWatcher(stack.emulators.s3, 'flotilla', systemClock);
}, 30_000);

afterAll(async () => {
  await watcher.stop();
  await stack.stop();
}, 60_000);

async function start(settings: Readonly<Record<string, string>>): Promise<void> {
  enricher = await stack.spawn('enricher/main.ts', settings);
}

/** Page views, each of an hour of its own. */
async function feed(count: number): Promise<void> {
  const records = Array.from({ length: count }, () => {
    const number = put.length;
    const eventId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    put.push(eventId);
    const collectedAtMs = Date.UTC(2025, 0, 1) + number * HOUR_MS;
    return { PartitionKey: 'user', Data: pageView({ eventId, userId: 'user', number }, collectedAtMs) };
  });
  for (let at = 0; at < count; at += RECORDS_MAX) {
    const Records = records.slice(at, at + RECORDS_MAX);
    const answer = await stack.emulators.kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
    expect(answer.FailedRecordCount).toBe(0);
  }
}

const leases = () => storedLeases(stack.emulators.dynamodb, 'enricher');

const patience = { withinMs: 240_000, told: () => `the enricher says:\n${enricher.output().slice(-5_000)}` };

async function timed(what: string, act: () => Promise<unknown>): Promise<void> {
  const beganMs = systemClock.monotonicMs();
  await act();
  process.stdout.write(`${what}: ${((systemClock.monotonicMs() - beganMs) / 1_000).toFixed(1)} s\n`);
}

test('5,000 files of one batch, half of them completed by an owner that dies, the others by the next', async () => {
  const { gate } = stack.emulators;
  const hold = gate.hold({
    service: 's3',
    operation: 'CompleteMultipartUpload',
    resource: 'enriched/date',
    when: 'before',
    skip: FILES / 2,
  }) as string;
  await feed(FILES);
  await start({ FLOTILLA_S3_BATCH_AGE_MS: String(HOUR_MS) }); // so that nothing but its folders ends the batch
  await timed('collected, uploaded, prepared and half completed', () =>
    until('half of the files are completed', async () => ((await gate.held(hold)) ?? 0) > 0, patience),
  );

  const rows = await leases();
  expect(rows.map(({ lease }) => lease.pending === undefined)).toEqual([false]);
  const rowBytes = sizeOf(rows[0]?.row);
  expect(rowBytes).toBeLessThan(WRITE_UNIT_BYTES);
  process.stdout.write(`the lease row has ${rowBytes} bytes\n`);

  enricher.kill('SIGKILL');
  await enricher.ended;
  gate.release(hold, 'drop');
  watcher.start(1_000);
  await until('a reader has seen the half', () => watcher.files.length >= FILES / 2, patience);
  expect(watcher.files.length).toBe(FILES / 2);
  expect(watcher.plans.map(({ files }) => files.length)).toEqual([FILES]);

  await start({});
  await timed('the other half completed', async () => {
    const isCommitted = async () => (await leases()).every(({ lease }) => lease.pending === undefined);
    await until('the next owner has committed', isCommitted, patience);
  });
  await feed(10);
  await until('the shard goes on behind it', () => watcher.lines.length >= put.length, patience);
  enricher.kill('SIGTERM');
  expect(await enricher.ended).toBe(0);

  await watcher.stop();
  expect(watcher.faults).toEqual([]);
  expect(watcher.lines.map((line) => eventOf(line).eventId).sort()).toEqual([...put].sort());
  expect(chainFaults(watcher.plans, watcher.files)).toEqual([]);
  expect(committedPlans(watcher.plans, watcher.files)[0]?.files.length).toBe(FILES);
}, 600_000);
