/**
 * The promise, with real processes: an enricher is killed while a chosen call of it is held on its way through the
 * emulators; the call is then applied or dropped, and the next enricher goes on. At the end every user record of the stream
 * is in the output exactly once, and a reader that looked all the while saw no file change, vanish or be incomplete.
 */
import { systemClock } from '../../runtime/clock';
import { BucketWatcher } from '../bucket-watcher';
import { commitCalls, type CommitStep } from '../commit-calls';
import { chainFaults, committedPlans } from '../commit-chain';
import { eventIdOf, PageViews } from '../page-views';
import type { ServiceProcess } from '../service-process';
import { startStack, type Stack } from '../stack';
import { until as untilTrue } from '../until';

const stream = 'raw';
const recordsPerKill = 12;

interface Kill {
  readonly call: CommitStep;
  readonly when: 'before' | 'after';
  /** How many such calls pass first. */
  readonly skip?: number;
  readonly then: 'apply' | 'drop';
  /** The call goes on only when the next owner is at the same one: late, and after a take-over. */
  readonly late?: true;
  /** Kill the next enricher too, in the recovery that it begins with. */
  readonly again?: Omit<Kill, 'again'>;
}

const kills: readonly Kill[] = [
  { call: 'createUpload', when: 'after', then: 'drop' },
  { call: 'uploadPart', when: 'before', then: 'drop' },
  { call: 'uploadPart', when: 'after', then: 'drop' },
  { call: 'plan', when: 'before', then: 'drop' },
  { call: 'plan', when: 'after', then: 'drop' },
  { call: 'prepare', when: 'before', then: 'drop' },
  { call: 'prepare', when: 'before', then: 'apply' }, // nobody heard that it was
  { call: 'prepare', when: 'after', then: 'drop', again: { call: 'complete', when: 'before', then: 'drop' } },
  { call: 'complete', when: 'before', then: 'drop' },
  { call: 'complete', when: 'after', then: 'drop', again: { call: 'commit', when: 'before', then: 'drop' } },
  { call: 'complete', when: 'before', skip: 1, then: 'apply' },
  { call: 'complete', when: 'after', skip: 1, then: 'drop', again: { call: 'commit', when: 'after', then: 'drop' } },
  { call: 'commit', when: 'before', then: 'drop' },
  { call: 'commit', when: 'after', then: 'drop' },
  { call: 'plan', when: 'before', then: 'apply', late: true },
  { call: 'prepare', when: 'before', then: 'apply', late: true },
  { call: 'complete', when: 'before', then: 'apply', late: true },
  { call: 'commit', when: 'before', then: 'apply', late: true },
];

const nameOf = ({ call, when, then, late, again }: Kill): string =>
  `killed ${when} ${call}, ${then}${late ? ' late' : ''}${again ? `, and again ${again.when} ${again.call}` : ''}`;

describe('exactly once in S3', () => {
  let stack: Stack;
  let watcher: BucketWatcher;
  let enricher: ServiceProcess;
  let views: PageViews;

  beforeAll(async () => {
    stack = await startStack({
      streams: { [stream]: 2, bad: 1 },
      settings: { FLOTILLA_STREAM_RAW: stream, FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: '1000' },
    });
    watcher = new BucketWatcher(stack.emulators.s3, 'flotilla', systemClock);
    watcher.start();
    views = new PageViews(stack.emulators.kinesis, stream);
  }, 30_000);

  afterAll(async () => {
    await stack.stop();
  }, 30_000);

  const feed = (): Promise<void> => views.feed(recordsPerKill);

  const start = (): Promise<ServiceProcess> => stack.spawn('enricher/main.ts');

  /** Kills the enricher when the call is held, then lets the call go on or not. */
  async function killAt({ call, then, late }: Kill, hold: string): Promise<void> {
    const { gate } = stack.emulators;
    await until(`a ${call} is held`, async () => ((await gate.held(hold)) ?? 0) > 0);
    enricher.kill('SIGKILL');
    await enricher.ended;
    if (late) {
      const ofTheDead = (await gate.held(hold)) ?? 0;
      enricher = await start();
      await until(`the next owner is at its ${call}`, async () => ((await gate.held(hold)) ?? 0) > ofTheDead);
    }
    gate.release(hold, then);
    if (late) await settled();
  }

  function holdOf({ call, when, skip = 0 }: Kill): string {
    return stack.emulators.gate.hold({ ...commitCalls[call], when, skip }) as string;
  }

  const until = (what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> =>
    untilTrue(what, isTrue, { withinMs: 30_000, told: () => `the enricher says:\n${enricher.output().slice(-5_000)}` });

  const idsSeen = (): string[] => watcher.lines.map(eventIdOf);

  /** Everything that was put is there, the enrichers end well when they are told to, and nothing came twice. */
  async function settled(...enrichers: ServiceProcess[]): Promise<void> {
    await until('every record is in the output', () => idsSeen().length >= views.put.length);
    for (const one of enrichers.length > 0 ? enrichers : [enricher]) {
      one.kill('SIGTERM');
      expect(await one.ended).toBe(0);
    }
    expect(idsSeen().sort()).toEqual([...views.put].sort());
  }

  test('whatever dies, wherever, and whether or when its last call was applied', async () => {
    for (const kill of kills) {
      const hold = holdOf(kill);
      await feed();
      enricher = await start();
      await killAt(kill, hold);
      if (kill.again) {
        const again = holdOf(kill.again);
        enricher = await start();
        await killAt(kill.again, again);
      }
      expect({ after: nameOf(kill), faults: watcher.faults }).toEqual({ after: nameOf(kill), faults: [] });
    }
    enricher = await start();
    await feed();
    await settled();
  }, 180_000);

  test.each(['plan', 'prepare', 'complete', 'commit'] as const)(
    'a process that stands still at its %s and wakes up when others have gone on',
    async (call) => {
      const hold = holdOf({ call, when: 'before', then: 'apply' });
      await feed();
      enricher = await start();
      const stalled = enricher;
      await until(`a ${call} is held`, async () => ((await stack.emulators.gate.held(hold)) ?? 0) > 0);
      stalled.kill('SIGSTOP');
      stack.emulators.gate.release(hold, 'apply');

      enricher = await start();
      await until('the next owner has taken over', () => idsSeen().length >= views.put.length);
      await feed();
      await until('the next owner has gone on', () => idsSeen().length >= views.put.length);
      stalled.kill('SIGCONT');
      await feed();
      await settled(stalled, enricher);
    },
    60_000,
  );

  test('and what is visible are whole batches that form one chain for each shard', async () => {
    await watcher.stop();
    expect(watcher.faults).toEqual([]);
    expect(chainFaults(watcher.plans, watcher.files)).toEqual([]);
    expect(new Set(committedPlans(watcher.plans, watcher.files).map((plan) => plan.shardId)).size).toBe(2);
  });
});
