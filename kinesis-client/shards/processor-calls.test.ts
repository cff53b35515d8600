import { VirtualClock } from '../../runtime/virtual-clock';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import type { Checkpointer } from './checkpointer';
import { ProcessorCalls } from './processor-calls';
import type { Done, InitializeInput, ProcessRecordsInput, RecordProcessor } from './record-processor';
import { createShardsTelemetry } from './telemetry';

const checkpointer = { name: 'the checkpointer' } as unknown as Checkpointer;
const input: InitializeInput = { shardId: 's', sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0, checkpointer };
const batch: ProcessRecordsInput = { records: [], millisBehindLatest: 0, checkpointer };

function callsOf(processor: object) {
  const metrics = createMetrics();
  const clock = new VirtualClock();
  const telemetry = createShardsTelemetry(metrics, silentLogger);
  const slow: string[] = [];
  const onSlow = (callback: string): void => void slow.push(callback);
  const calls = new ProcessorCalls(processor as RecordProcessor, 's', {
    ...{ clock, telemetry, onSlow },
    callbackSlowMs: 60_000,
  });
  return { calls, clock, metrics, slow };
}
const nothing = { initialize() {}, processRecords() {}, leaseLost() {}, shardEnded() {} };

describe('a processor object', () => {
  it.each([
    ['initialize', { ...nothing, initialize: undefined }, /lacks initialize/],
    ['processRecords', { ...nothing, processRecords: 1 }, /lacks processRecords/],
    ['both ends', { ...nothing, leaseLost: undefined, shardEnded: undefined }, /lacks leaseLost, shardEnded/],
    ['one end', { ...nothing, shardEnded: undefined }, /lacks shardEnded/],
    ['everything', {}, /lacks initialize, processRecords, leaseLost, shardEnded/],
  ])('without %s is refused when it is made', (_what, processor, fault) => {
    expect(() => callsOf(processor)).toThrow(fault);
  });

  it('of version 1 hears shutdown with a reason, also when it has the callbacks of version 2', async () => {
    const heard: unknown[] = [];
    const { calls } = callsOf({ ...nothing, shutdown: (given: unknown, done: Done) => (heard.push(given), done()) });
    await calls.leaseLost();
    await calls.shardEnded(checkpointer);
    expect(heard).toEqual([{ reason: 'ZOMBIE' }, { reason: 'TERMINATE', checkpointer }]);
  });

  it('of version 2 hears leaseLost with nothing and shardEnded with a checkpointer', async () => {
    const heard: unknown[] = [];
    const { calls } = callsOf({
      ...nothing,
      leaseLost: (given: unknown, done: Done) => (heard.push(['leaseLost', given]), done()),
      shardEnded: (given: unknown, done: Done) => (heard.push(['shardEnded', given]), done()),
    });
    await calls.leaseLost();
    await calls.shardEnded(checkpointer);
    await calls.shutdownRequested({ checkpointer }); // it has none
    expect(heard).toEqual([
      ['leaseLost', {}],
      ['shardEnded', { checkpointer }],
    ]);
  });

  it('is `this` in its callbacks', async () => {
    class Processor {
      readonly heard: string[] = [];
      initialize(given: InitializeInput, done: Done): void {
        this.heard.push(given.shardId);
        done();
      }
      processRecords(): void {}
      leaseLost(): void {}
      shardEnded(): void {}
    }
    const processor = new Processor();
    await callsOf(processor).calls.initialize(input);
    expect(processor.heard).toEqual(['s']);
  });
});

describe('the input of initialize', () => {
  it('shows exactly what aws-kcl gives, and has the checkpointer beside it', async () => {
    const heard: InitializeInput[] = [];
    const { calls } = callsOf({ ...nothing, initialize: (given: InitializeInput) => void heard.push(given) });
    await calls.initialize(input);
    expect(JSON.stringify(heard[0])).toBe('{"shardId":"s","sequenceNumber":"TRIM_HORIZON","subSequenceNumber":0}');
    expect(heard[0]?.checkpointer).toBe(checkpointer);
  });
});

describe('a callback', () => {
  const over = async (processRecords: unknown): Promise<string> => {
    const { calls, clock } = callsOf({ ...nothing, processRecords });
    const call = calls.processRecords(batch).then(
      () => 'over',
      (error: Error) => error.message,
    );
    await clock.advance(0);
    return Promise.race([call, Promise.resolve('running')]);
  };
  const fail = (): never => {
    throw new Error('no');
  };

  it.each([
    ['that calls done', (_input: unknown, done: Done) => done(), 'over'],
    ['that calls done later', (_input: unknown, done: Done) => void setImmediate(done), 'over'],
    ['that never calls done', (_input: unknown, _done: Done) => undefined, 'running'],
    ['that is async and has not called done', async (_input: unknown, _done: Done) => undefined, 'running'],
    ['that returns nothing and takes no done', () => undefined, 'over'],
    ['whose promise resolves', async () => undefined, 'over'],
    ['whose promise is open', () => new Promise(() => undefined), 'running'],
    ['that throws', fail, 'no'],
    ['whose promise rejects', async () => fail(), 'no'],
    ['that takes done and throws', (_input: unknown, _done: Done) => fail(), 'no'],
    ['that takes done and rejects', async (_input: unknown, _done: Done) => fail(), 'no'],
    ['that throws after done', (_input: unknown, done: Done) => (done(), fail()), 'no'],
    [
      'that calls done twice',
      (_input: unknown, done: Done) => (done(), done()),
      'processRecords of s called done twice',
    ],
  ])('%s', async (_what, processRecords, expected) => {
    expect(await over(processRecords)).toBe(expected);
  });

  it('that calls done again later gets the error itself', async () => {
    let again: Done = () => undefined;
    const { calls } = callsOf({ ...nothing, processRecords: (_input: unknown, done: Done) => (again = done)() });
    await calls.processRecords(batch);
    expect(() => again()).toThrow(/twice/);
  });

  it('#51 that takes long is reported once', async () => {
    const { calls, clock, metrics, slow } = callsOf({ ...nothing, processRecords: () => new Promise(() => undefined) });
    void calls.processRecords(batch);
    await clock.advance(600_000);
    expect(await metrics.registry.metrics()).toContain(
      'flotilla_consumer_callbacks_slow_total{callback="processRecords"} 1',
    );
    expect([slow, clock.sleeping]).toEqual([['processRecords'], 0]);
  });

  it('that returns in time leaves no timer behind', async () => {
    const { calls, clock } = callsOf(nothing);
    await calls.processRecords(batch);
    expect(clock.sleeping).toBe(0);
  });
});
