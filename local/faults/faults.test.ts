import { VirtualClock } from '../../runtime/virtual-clock';
import type { Call } from '../gate';
import { faultRuleSchema, type FaultRule } from './fault-rule';
import { Faults, FAULTS_MAX } from './faults';
import { createWire, passCall, type Outcome, type Wire } from './pass-call';

const put: Call = { service: 'kinesis', operation: 'PutRecords', resource: 'raw', detail: '{"a":1}' };

const added = (faults: Faults, rule: FaultRule): string => faults.add(faultRuleSchema.parse(rule)) as string;

describe('which calls a fault strikes', () => {
  test.each<[string, Partial<FaultRule>, boolean]>([
    ['everything of the service, when no more is said', {}, true],
    ['its operation is among those named', { operations: ['PutRecord', 'PutRecords'] }, true],
    ['its operation is not', { operations: ['PutRecord'] }, false],
    ['its resource has the text', { resource: 'ra' }, true],
    ['its resource has not', { resource: 'bad' }, false],
    ['its parameters have the text', { detail: '"a":1' }, true],
    ['its parameters have not', { detail: '"a":2' }, false],
    ['another service is meant', { service: 's3' }, false],
  ])('%s', (_name, change, isStruck) => {
    const faults = new Faults(new VirtualClock());
    added(faults, { kind: 'reset', service: 'kinesis', ...change } as FaultRule);
    expect(faults.strike(put) !== null).toBe(isStruck);
  });

  test('after `skip` of them, at most `times`, and it is counted', () => {
    const faults = new Faults(new VirtualClock());
    const id = added(faults, { kind: 'reset', service: 'kinesis', skip: 1, times: 2 });
    expect([1, 2, 3, 4, 5].map(() => faults.strike(put)?.fate?.kind)).toEqual([
      undefined,
      'reset',
      'reset',
      undefined,
      undefined,
    ]);
    expect(faults.remove(id)).toMatchObject({ struck: 2 });
    expect([faults.remove(id), faults.idle]).toEqual([null, true]);
  });

  test('the share that `rate` says, the same ones for the same seed', () => {
    const struckBy = (seed: number): boolean[] => {
      const faults = new Faults(new VirtualClock());
      added(faults, { kind: 'reset', service: 'kinesis', rate: 0.2, seed });
      return Array.from({ length: 1_000 }, () => faults.strike(put) !== null);
    };
    const struck = struckBy(7);
    expect(struck.filter(Boolean).length).toBeGreaterThan(150);
    expect(struck.filter(Boolean).length).toBeLessThan(250);
    expect(struckBy(7)).toEqual(struck);
    expect(struckBy(8)).not.toEqual(struck);
  });

  test('of two that would end it, the first; delays add up', () => {
    const faults = new Faults(new VirtualClock());
    for (const ms of [10, 20])
      added(faults, { kind: 'latency', service: 'kinesis', latency: { distribution: 'fixed', ms } });
    added(faults, { kind: 'lost-answer', service: 'kinesis' });
    const second = added(faults, { kind: 'reset', service: 'kinesis' });
    expect(faults.strike(put)).toMatchObject({ requestDelayMs: 30, fate: { kind: 'lost-answer' } });
    expect(faults.remove(second)).toMatchObject({ seen: 0, struck: 0 });
  });

  test('more than are sensible are refused', () => {
    const faults = new Faults(new VirtualClock());
    for (let n = 0; n < FAULTS_MAX; n++) added(faults, { kind: 'reset', service: 's3' });
    expect(faults.add(faultRuleSchema.parse({ kind: 'reset', service: 's3' }))).toBeNull();
  });
});

describe('what becomes of a call', () => {
  let clock: VirtualClock;
  let wire: Wire;
  /** What happened to the call, in order. */
  let events: string[];

  beforeEach(() => {
    clock = new VirtualClock();
    wire = createWire(clock);
    events = [];
  });

  const pass = (apply = async (): Promise<string> => 'stored'): Promise<Outcome<string>> => {
    const passed = passCall(
      wire,
      put,
      () => {
        events.push(`applied at ${clock.monotonicMs()}`);
        return apply();
      },
      () => events.push(`hung up at ${clock.monotonicMs()}`),
    );
    void passed.then(({ kind }) => events.push(`${kind} at ${clock.monotonicMs()}`), String);
    return passed;
  };
  const set = (rule: Record<string, unknown>): string =>
    added(wire.faults, { service: 'kinesis', ...rule } as FaultRule);

  test.each<[string, Record<string, unknown>, string[]]>([
    ['reset: not applied', { kind: 'reset' }, ['drop at 0']],
    ['its answer lost: applied', { kind: 'lost-answer' }, ['applied at 0', 'drop at 0']],
    [
      'late: after the client has gone',
      { kind: 'late', afterMs: 500 },
      ['hung up at 0', 'applied at 500', 'drop at 500'],
    ],
    ['an error: not applied', { kind: 'error', status: 500, type: 'InternalFailure' }, ['error at 0']],
    ['an error after it was applied', { kind: 'error', status: 500, type: 'InternalFailure', applied: true }, ['applied at 0', 'error at 0']], // prettier-ignore
    ['slow on its way', { kind: 'latency', latency: { distribution: 'fixed', ms: 300 } }, ['applied at 300', 'answer at 300']], // prettier-ignore
    ['slow on its way back', { kind: 'latency', on: 'answer', latency: { distribution: 'fixed', ms: 300 } }, ['applied at 0', 'answer at 300']], // prettier-ignore
  ])('%s', async (_name, rule, expected) => {
    set(rule);
    void pass();
    await clock.advance(1_000);
    expect(events).toEqual(expected);
  });

  test('frozen: nothing, until the fault is removed', async () => {
    const id = set({ kind: 'freeze' });
    void pass();
    await clock.advance(60_000);
    expect(events).toEqual([]);
    wire.faults.remove(id);
    await clock.advance(1);
    expect(events).toEqual(['applied at 60000', 'answer at 60000']);
  });

  test('what an operation refuses is its answer, and lost like any other', async () => {
    const refuse = (): Promise<string> => Promise.reject(new Error('no such stream'));
    const id = set({ kind: 'latency', latency: { distribution: 'fixed', ms: 0 } });
    await expect(pass(refuse)).rejects.toThrow('no such stream');
    wire.faults.remove(id);
    set({ kind: 'lost-answer' });
    expect(await pass(refuse)).toEqual({ kind: 'drop' });
  });

  test('a late write that the service refuses is counted, also when the fault is removed meanwhile', async () => {
    const id = set({ kind: 'late', afterMs: 500 });
    void pass(() => Promise.reject(new Error('the condition failed')));
    void pass();
    await clock.advance(100);
    expect(wire.faults.remove(id)).toMatchObject({ struck: 2, refused: 0 });
    await clock.advance(500);
    expect(wire.faults.get(id)).toMatchObject({ struck: 2, refused: 1 });
    expect(wire.faults.get('fault-99')).toBeNull();
  });

  test('when the emulators close, what waits is not applied any more', async () => {
    set({ kind: 'late', afterMs: 60_000 });
    const late = pass();
    await clock.advance(10);
    wire.faults.close();
    expect(await late).toEqual({ kind: 'drop' });
    expect(events.some((event) => event.startsWith('applied'))).toBe(false);
  });
});
