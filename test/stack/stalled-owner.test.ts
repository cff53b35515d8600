/**
 * An owner of a shard stands still (SIGSTOP) at each step of a commit, and of a recovery, until the next owner has committed
 * two more batches; then it goes on. The call at which it stood still is applied at once, or only when it is woken: long after
 * its lease is gone and later writes were made. Every user record is in the output exactly once.
 */
import { systemClock } from '../../runtime/clock';
import { BucketWatcher } from '../bucket-watcher';
import { commitCalls, type CommitStep } from '../commit-calls';
import { chainFaults } from '../commit-chain';
import { eventIdOf, PageViews } from '../page-views';
import type { ServiceProcess } from '../service-process';
import { startStack, type Stack } from '../stack';
import { until } from '../until';

const STREAM = 'raw';
const RECORDS = 12;

let stack: Stack;
let watcher: BucketWatcher;
let views: PageViews;
let last: ServiceProcess;

beforeAll(async () => {
  stack = await startStack({
    streams: { [STREAM]: 2, bad: 1 },
    settings: { FLOTILLA_STREAM_RAW: STREAM, FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: '1000' },
  });
  watcher = new BucketWatcher(stack.emulators.s3, 'flotilla', systemClock);
  watcher.start();
  views = new PageViews(stack.emulators.kinesis, STREAM);
}, 30_000);

afterAll(async () => {
  await watcher.stop();
  await stack.stop();
}, 30_000);

async function start(): Promise<ServiceProcess> {
  last = await stack.spawn('enricher/main.ts');
  return last;
}

const hold = (step: CommitStep): string =>
  stack.emulators.gate.hold({ ...commitCalls[step], when: 'before', times: 1 }) as string;

async function heldAt(step: CommitStep, id: string): Promise<void> {
  if (((await stack.emulators.gate.held(id, 30_000)) ?? 0) === 0)
    throw new Error(`no ${step} in 30 s; the enricher says:\n${last.output().slice(-5_000)}`);
}

const caughtUp = (): Promise<void> =>
  until('everything that was put is in the output', () => watcher.lines.length >= views.put.length, {
    withinMs: 30_000,
    told: () => `the enricher says:\n${last.output().slice(-5_000)}`,
  });

/** Leaves a commit that is prepared and not completed, and nobody who owns it. */
async function leavePending(): Promise<void> {
  const id = hold('complete');
  await views.feed(RECORDS);
  const doomed = await start();
  await heldAt('complete', id);
  doomed.kill('SIGKILL');
  await doomed.ended;
  stack.emulators.gate.release(id, 'drop');
}

const steps = Object.keys(commitCalls) as CommitStep[];
const cases = (['at once', 'when it is woken'] as const).flatMap((applied) => [
  ...steps.map((step) => ({ step, during: 'commit', applied })),
  ...(['complete', 'commit'] as const).map((step) => ({ step, during: 'recovery', applied })),
]);

test.each(cases)(
  'at the $step of a $during, which is applied $applied',
  async ({ step, during, applied }) => {
    if (during === 'recovery') await leavePending();
    const id = hold(step);
    await views.feed(RECORDS);
    const stalled = await start();
    await heldAt(step, id);
    stalled.kill('SIGSTOP');
    if (applied === 'at once') stack.emulators.gate.release(id, 'apply');

    const successor = await start();
    await caughtUp();
    for (let batch = 0; batch < 2; batch++) {
      await views.feed(RECORDS);
      await caughtUp();
    }
    stack.emulators.gate.release(id, 'apply');
    stalled.kill('SIGCONT');

    await views.feed(RECORDS);
    await caughtUp();
    for (const one of [stalled, successor]) {
      one.kill('SIGTERM');
      expect(await one.ended).toBe(0);
    }
    expect(watcher.lines.map(eventIdOf).sort()).toEqual([...views.put].sort());
    expect(watcher.faults).toEqual([]);
  },
  120_000,
);

test('and what is visible is one chain of commits for each shard', async () => {
  await watcher.stop();
  expect(watcher.faults).toEqual([]);
  expect(chainFaults(watcher.plans, watcher.files)).toEqual([]);
}, 30_000);
