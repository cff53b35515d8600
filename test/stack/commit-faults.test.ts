/**
 * The commit of a batch when the wire fails under it: at each of its steps, and at those of a recovery, an answer is lost, a
 * write comes late, an error is answered though the write was applied, or S3 says 200 and means an error. A real enricher goes
 * on each time, and every user record is in the output exactly once. All of it four times: with and without the old item in
 * failed conditions, and with a second Complete answered as the first or with NoSuchUpload.
 */
import type { FaultRule } from '../../local/faults/fault-rule';
import { faultRuleSchema } from '../../local/faults/fault-rule';
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

/** More than the SDK tries by itself: then our own repetitions must do it. */
const times = 4;
/** A write comes when later ones have been applied long ago. */
const afterMs = 1_500;

const faultsOfStep: Readonly<Record<string, (step: CommitStep) => Partial<FaultRule>>> = {
  'one answer is lost': () => ({ kind: 'lost-answer', times: 1 }),
  'all answers are lost for a while': () => ({ kind: 'lost-answer', times }),
  'the write comes late': () => ({ kind: 'late', times: 1, afterMs }),
  'all writes come late for a while': () => ({ kind: 'late', times, afterMs }),
  'it is answered with an error and applied': () => ({
    kind: 'error', status: 500, type: 'InternalServerError', applied: true, times,
  }),
  'it is answered with an error and not applied': () => ({
    kind: 'error', status: 500, type: 'InternalServerError', times,
  }),
}; // prettier-ignore

const errorsInA200: readonly Partial<FaultRule>[] = [true, false].map((applied) => ({
  kind: 'error', status: 200, type: 'InternalError', applied, times,
})); // prettier-ignore

const steps = Object.keys(commitCalls) as CommitStep[];

describe.each([
  { oldItem: true, completeAgain: false },
  { oldItem: true, completeAgain: true },
  { oldItem: false, completeAgain: false },
  { oldItem: false, completeAgain: true },
])('with the old item: $oldItem, a second Complete answered as the first: $completeAgain', (wire) => {
  let stack: Stack;
  let watcher: BucketWatcher;
  let views: PageViews;
  let enricher: ServiceProcess;

  beforeAll(async () => {
    stack = await startStack({
      streams: { [STREAM]: 2, bad: 1 },
      settings: {
        FLOTILLA_STREAM_RAW: STREAM,
        FLOTILLA_S3_BACKOFF_MAX_MS: '100',
        FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: '1000',
      },
    });
    if (!wire.oldItem) add({ kind: 'no-old-item', service: 'dynamodb' });
    if (wire.completeAgain) add({ kind: 'complete-again', service: 's3' });
    watcher = new BucketWatcher(stack.emulators.s3, 'flotilla', systemClock);
    watcher.start();
    views = new PageViews(stack.emulators.kinesis, STREAM);
    enricher = await stack.spawn('enricher/main.ts');
  }, 30_000);

  afterAll(async () => {
    await watcher.stop();
    await stack.stop();
  }, 30_000);

  const add = (rule: FaultRule): string => stack.emulators.faults.add(faultRuleSchema.parse(rule)) as string;

  function addAt(step: CommitStep, fault: Partial<FaultRule>): string {
    const { operation, ...place } = commitCalls[step];
    return add({ ...place, operations: [operation], ...fault } as FaultRule);
  }

  /** All that was put is there once, the fault has struck, and whatever still comes late changes nothing. */
  async function expectAll(fault: string): Promise<void> {
    await until('every record is in the output', () => watcher.lines.length >= views.put.length, {
      withinMs: 30_000,
      told: () => `the enricher says:\n${enricher.output().slice(-5_000)}`,
    });
    expect(stack.emulators.faults.remove(fault)?.struck).toBeGreaterThan(0);
    expect(watcher.lines.map(eventIdOf).sort()).toEqual([...views.put].sort());
    expect(watcher.faults).toEqual([]);
  }

  test.each(Object.entries(faultsOfStep))(
    'at every step %s',
    async (_name, faultOf) => {
      for (const step of steps) {
        const fault = addAt(step, faultOf(step));
        await views.feed(RECORDS);
        await expectAll(fault);
      }
    },
    120_000,
  );

  test('S3 says 200 to a Complete and means an error, applied or not', async () => {
    for (const error of errorsInA200) {
      const fault = addAt('complete', error);
      await views.feed(RECORDS);
      await expectAll(fault);
    }
  }, 60_000);

  test.each(['complete', 'commit'] as const)(
    'in a recovery, at its %s, in each of these ways',
    async (step) => {
      const ways = [
        ...Object.values(faultsOfStep).map((faultOf) => faultOf(step)),
        ...(step === 'complete' ? errorsInA200 : []),
      ];
      for (const way of ways) {
        const { gate } = stack.emulators;
        const hold = gate.hold({ ...commitCalls.complete, when: 'before' }) as string;
        await views.feed(RECORDS);
        await gate.held(hold, 30_000);
        enricher.kill('SIGKILL');
        await enricher.ended;
        gate.release(hold, 'drop');
        const fault = addAt(step, way);
        enricher = await stack.spawn('enricher/main.ts');
        await expectAll(fault);
      }
    },
    120_000,
  );

  test('and in the end it stops in order, and nothing has come twice', async () => {
    enricher.kill('SIGTERM');
    expect(await enricher.ended).toBe(0);
    await watcher.stop();
    expect(watcher.faults).toEqual([]);
    expect(chainFaults(watcher.plans, watcher.files)).toEqual([]);
    expect(watcher.lines.map(eventIdOf).sort()).toEqual([...views.put].sort());
  }, 30_000);
});
