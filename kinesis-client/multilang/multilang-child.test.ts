import { checkpointed, FakeDaemon, initialize, processRecords, status } from '../../test/fake-daemon';
import { VirtualClock } from '../../runtime/virtual-clock';
import type { Checkpointer } from '../shards/checkpointer';
import type { Done, InitializeInput, ProcessRecordsInput, RecordProcessor } from '../shards/record-processor';
import { MultiLangChild } from './multilang-child';
import { createMultiLangLog } from './telemetry';

const quiet = { initialize() {}, processRecords() {}, leaseLost() {}, shardEnded() {} };

function child(callbacks: object = {}, daemon = new FakeDaemon()) {
  const clock = new VirtualClock();
  const telemetry = createMultiLangLog(daemon.childLog);
  const processor = { ...quiet, ...callbacks } as RecordProcessor;
  const one = new MultiLangChild(processor, {
    ...{ clock, telemetry },
    input: daemon.toChild,
    output: daemon.fromChild,
  });
  const over = one.run().then(
    () => 'over',
    (error: Error) => error.message,
  );
  return { daemon, clock, over, one };
}

describe('a turn', () => {
  it('is one action and one status, each between empty lines', async () => {
    const { daemon, over } = child();
    await daemon.ask(initialize);
    await daemon.ask(processRecords('1', '2'));
    await daemon.ask({ action: 'leaseLost' });
    daemon.close();
    expect(await over).toBe('over');
    expect(daemon.heard).toBe(
      '\n{"action":"status","responseFor":"initialize"}\n' +
        '\n{"action":"status","responseFor":"processRecords"}\n' +
        '\n{"action":"status","responseFor":"leaseLost"}\n',
    );
  });

  it.each([
    ['shutdownRequested', {}, status('shutdownRequested')],
    ['shardEnded', {}, status('shardEnded')],
    ['shutdown', { reason: 'ZOMBIE' }, status('shutdown')],
    ['shutdown', { reason: 'TERMINATE' }, status('shutdown')],
  ])('%s %j is answered, also by a processor that has nothing to do', async (action, more, answer) => {
    const { daemon } = child();
    await daemon.ask(initialize);
    expect(await daemon.ask({ action, ...more })).toEqual([answer]);
  });

  it('ends when the callback does, not before', async () => {
    let finish: Done = () => undefined;
    const { daemon } = child({ processRecords: (_input: unknown, done: Done) => void (finish = done) });
    await daemon.ask(initialize);
    expect(await daemon.ask(processRecords('1'))).toEqual([]);
    finish();
    await daemon.until(() => daemon.messages.length === 2);
    expect(daemon.messages[1]).toEqual(status('processRecords'));
  });

  it('waits for the answer of a checkpoint that the callback did not wait for', async () => {
    const { daemon } = child({
      processRecords: ({ checkpointer }: ProcessRecordsInput) => void checkpointer.checkpoint(),
    });
    await daemon.ask(initialize);
    expect(await daemon.ask(processRecords('1'), 2)).toEqual([{ action: 'checkpoint', sequenceNumber: null }]);
    expect(await daemon.ask(checkpointed())).toEqual([status('processRecords')]);
  });

  it('passes lines without a message over', async () => {
    const { daemon } = child();
    daemon.say('');
    daemon.say('\r');
    expect(await daemon.ask(`${JSON.stringify(initialize)}\r`)).toEqual([status('initialize')]);
  });

  it('of the daemon before version 2 is heard by both versions of processors', async () => {
    const heard: unknown[] = [];
    const hear = (name: string) => (input: object) => void heard.push([name, Object.keys(input)]);
    const two = child({ leaseLost: hear('leaseLost'), shardEnded: hear('shardEnded') });
    await two.daemon.ask(initialize);
    await two.daemon.ask({ action: 'shutdown', reason: 'TERMINATE' });
    const one = child({ shutdown: hear('shutdown') });
    await one.daemon.ask(initialize);
    await one.daemon.ask({ action: 'shutdown', reason: 'ZOMBIE' });
    expect(heard).toEqual([
      ['shardEnded', ['checkpointer']],
      ['shutdown', ['reason']],
    ]);
  });
});

describe('what a processor is given', () => {
  it('is what the daemon sent, without the action, and the same extras as in the client itself', async () => {
    const inputs: (InitializeInput & ProcessRecordsInput)[] = [];
    const take = (input: InitializeInput & ProcessRecordsInput): void => void inputs.push(input);
    const { daemon } = child({ initialize: take, processRecords: take });
    const { records } = processRecords('7');
    await daemon.ask({ ...initialize, later: 'field' });
    await daemon.ask({ action: 'processRecords', records, millisBehindLatest: null });
    expect(JSON.stringify(inputs[0])).toBe(
      '{"shardId":"shardId-000000000001","sequenceNumber":"TRIM_HORIZON","subSequenceNumber":0,"later":"field"}',
    );
    expect(inputs[1]?.millisBehindLatest).toBeNull();
    const record = inputs[1]?.records[0];
    expect(JSON.stringify(record)).toBe(JSON.stringify(records[0]));
    expect([record?.bytes.toString(), record?.aggregated, record?.explicitHashKey]).toEqual([
      'data of 7',
      false,
      undefined,
    ]);
  });

  it('#64 is nothing before initialize, also when the lease is lost', async () => {
    const heard: string[] = [];
    const { daemon, over } = child({ leaseLost: () => void heard.push('leaseLost') });
    expect(await daemon.ask({ action: 'leaseLost' })).toEqual([status('leaseLost')]);
    daemon.close();
    expect([await over, heard]).toEqual(['over', []]);
  });
});

describe('a checkpoint under the daemon', () => {
  /** What the processor gets for a call in processRecords, and what the daemon was asked. */
  async function asked(call: (checkpointer: Checkpointer) => unknown, error: string | null = null) {
    let got: unknown;
    const { daemon } = child({
      processRecords: async ({ checkpointer }: ProcessRecordsInput) => {
        got = await Promise.resolve(call(checkpointer)).catch((failure: Error) => [failure.name, failure.message]);
      },
    });
    await daemon.ask(initialize);
    const [request] = (await daemon.ask(processRecords('5', '6'), 2)) as [{ sequenceNumber?: string | null }];
    if ('sequenceNumber' in request) await daemon.ask(checkpointed(request.sequenceNumber, error));
    return { request: JSON.stringify(request), got };
  }
  const called = (call: (callback: (...given: unknown[]) => void) => void) =>
    new Promise((resolve) => call((...given) => resolve(given)));

  it.each<[string, (checkpointer: Checkpointer) => unknown, string, unknown]>([
    ['()', (one) => one.checkpoint(), '{"action":"checkpoint","sequenceNumber":null}', '6'],
    ['(seq)', (one) => one.checkpoint('5'), '{"action":"checkpoint","sequenceNumber":"5"}', '5'],
    ['(seq, 0)', (one) => one.checkpoint('5', 0), '{"action":"checkpoint","sequenceNumber":"5"}', '5'],
    [
      '(seq, sub)',
      (one) => one.checkpoint('5', 3),
      '{"action":"checkpoint","sequenceNumber":"5","subSequenceNumber":3}',
      '5',
    ],
    [
      '(callback)',
      (one) => called((callback) => one.checkpoint(callback)),
      '{"action":"checkpoint","sequenceNumber":null}',
      [null, null],
    ],
    [
      '(seq, callback)',
      (one) => called((callback) => one.checkpoint('5', callback)),
      '{"action":"checkpoint","sequenceNumber":"5"}',
      [null, '5'],
    ],
    [
      '(seq, sub, callback)',
      (one) => called((callback) => one.checkpoint('5', 1, callback)),
      '{"action":"checkpoint","sequenceNumber":"5","subSequenceNumber":1}',
      [null, '5'],
    ],
  ])('checkpoint%s asks the daemon and gives its answer', async (_how, call, request, got) => {
    expect(await asked(call)).toEqual({ request, got });
  });

  it.each([
    'ShutdownException',
    'ThrottlingException',
    'InvalidStateException',
    'KinesisClientLibDependencyException',
    'IllegalArgumentException',
    'SomeOtherException',
  ])('fails with the name that the daemon gives: %s', async (name) => {
    const promised = await asked((checkpointer) => checkpointer.checkpoint('5'), name);
    expect(promised.got).toEqual([name, `the MultiLangDaemon says ${name}`]);
    const calledBack = await asked(
      (checkpointer) => called((callback) => checkpointer.checkpoint('5', callback)),
      name,
    );
    expect(calledBack.got).toEqual([name, '5']);
  });

  it('#53 is refused at once while another one is in progress', async () => {
    const told: unknown[] = [];
    const { daemon } = child({
      processRecords: async ({ checkpointer }: ProcessRecordsInput) => {
        const first = checkpointer.checkpoint('5');
        checkpointer.checkpoint('6', (...given) => told.push(given));
        await checkpointer.checkpoint('6').catch((error: Error) => told.push(error.name));
        await first;
      },
    });
    await daemon.ask(initialize);
    expect(await daemon.ask(processRecords('5', '6'), 2)).toEqual([{ action: 'checkpoint', sequenceNumber: '5' }]);
    expect(await daemon.ask(checkpointed('5'))).toEqual([status('processRecords')]);
    expect(told).toEqual([
      ['Cannot checkpoint while another checkpoint is already in progress.', '6'],
      'InvalidStateException',
    ]);
  });

  it('between two turns waits for the next one: the daemon does not listen', async () => {
    let kept: Checkpointer | undefined;
    const { daemon } = child({ initialize: ({ checkpointer }: InitializeInput) => void (kept = checkpointer) });
    await daemon.ask(initialize);
    const stored = kept?.checkpoint('5');
    await daemon.until(() => false);
    expect(daemon.messages).toHaveLength(1);
    expect(await daemon.ask(processRecords('6'))).toEqual([{ action: 'checkpoint', sequenceNumber: '5' }]);
    expect(await daemon.ask(checkpointed('5'))).toEqual([status('processRecords')]);
    expect(await stored).toBe('5');
  });

  it('#65 fails once the lease is lost, without a word to the daemon', async () => {
    let kept: Checkpointer | undefined;
    const { daemon } = child({ initialize: ({ checkpointer }: InitializeInput) => void (kept = checkpointer) });
    await daemon.ask(initialize);
    const before = kept?.checkpoint('5').catch((error: Error) => error.name);
    expect(await daemon.ask({ action: 'leaseLost' })).toEqual([status('leaseLost')]);
    expect(await before).toBe('ShutdownException');
    await expect(kept?.checkpoint('5')).rejects.toMatchObject({ name: 'ShutdownException' });
    expect(kept?.ended.aborted).toBe(true);
  });

  it('of the end of the shard gives SHARD_END', async () => {
    let got: unknown;
    const { daemon } = child({
      shardEnded: async ({ checkpointer }: ProcessRecordsInput) => void (got = await checkpointer.checkpoint()),
    });
    await daemon.ask(initialize);
    await daemon.ask({ action: 'shardEnded' });
    await daemon.ask(checkpointed());
    expect(got).toBe('SHARD_END');
  });

  it('in two phases, and a new start at the checkpoint, are refused with one sentence each', async () => {
    const prepared = await asked((checkpointer) => checkpointer.prepareCheckpoint('5', 0, Buffer.from('plan')));
    expect(prepared.got).toEqual(['InvalidStateException', expect.stringContaining('cannot carry a prepared')]);
    const restarted = await asked(async (checkpointer) => checkpointer.restartFromCheckpoint());
    expect(restarted.got).toEqual(['InvalidStateException', expect.stringContaining('cannot start a shard again')]);
  });
});

describe('a child that cannot go on', () => {
  const failing = (): never => {
    throw new Error('no');
  };

  it.each<[string, object, (object | string)[], string]>([
    ['no JSON', {}, ['what?'], 'the daemon sent what is no JSON: what?'],
    ['half a message', {}, ['{"action":"initial'], 'the daemon sent what is no JSON: {"action":"initial'],
    ['no object', {}, ['7'], 'the daemon sent what is no message: 7'],
    ['no action', {}, ['{"a":1}'], 'the daemon sent an action that we do not know: {"a":1}'],
    ['a new action', {}, ['{"action":"dance"}'], 'the daemon sent an action that we do not know: {"action":"dance"}'],
    ['a shutdown for no reason', {}, [initialize, '{"action":"shutdown"}'], 'a shutdown has no reason'],
    ['records before initialize', {}, [processRecords('1')], 'the daemon sent processRecords before initialize'],
    ['two beginnings', {}, [initialize, initialize], 'the daemon sent initialize a second time'],
    [
      'more after the end',
      {},
      [initialize, { action: 'shardEnded' }, processRecords('1')],
      'after the end of the shard',
    ],
    ['an answer to nothing', {}, [initialize, checkpointed()], 'answered a checkpoint that nobody asked for'],
    [
      'an action in the middle of another',
      { processRecords: () => new Promise(() => undefined) },
      [initialize, processRecords('1'), processRecords('2')],
      'the daemon sent processRecords while processRecords was running',
    ],
    ['a throw', { initialize: failing }, [initialize], 'initialize failed: no'],
    [
      'a rejection',
      { processRecords: async () => failing() },
      [initialize, processRecords('1')],
      'processRecords failed: no',
    ],
    [
      'a double done',
      { leaseLost: (_input: unknown, done: Done) => (done(), done()) },
      [initialize, { action: 'leaseLost' }],
      'leaseLost failed: leaseLost of shardId-000000000001 called done twice',
    ],
  ])('ends with one sentence: %s', async (_what, callbacks, messages, sentence) => {
    const { daemon, over } = child(callbacks);
    for (const message of messages) await daemon.ask(message);
    expect(await over).toContain(sentence);
  });

  it('ends when the daemon goes away in the middle of a call, whose checkpoint fails', async () => {
    let told: unknown;
    const { daemon, over } = child({
      processRecords: ({ checkpointer }: ProcessRecordsInput, _done: Done) =>
        checkpointer.checkpoint('1', (error) => void (told = error)),
    });
    await daemon.ask(initialize);
    await daemon.ask(processRecords('1'));
    daemon.close();
    expect(await over).toBe('the daemon went away while processRecords was running');
    expect(told).toBe('ShutdownException');
  });

  it('ends when the daemon does not read any more', async () => {
    const { daemon, over } = child();
    await daemon.ask(initialize);
    daemon.fromChild.destroy(new Error('EPIPE'));
    expect(await over).toBe('EPIPE');
  });

  it('is not made of a processor that commits in two phases, nor of what is no processor', () => {
    expect(() => child({ pending: true })).toThrow(/pending: true.* cannot carry/);
    expect(() => child({ processRecords: 1 })).toThrow(/lacks processRecords/);
  });
});

describe('what takes long', () => {
  it('#51 is reported once', async () => {
    const { daemon, clock } = child({ processRecords: () => new Promise(() => undefined) });
    await daemon.ask(initialize);
    await daemon.ask(processRecords('1'));
    await clock.advance(600_000);
    expect(daemon.log.split('\n')).toHaveLength(2);
    expect(daemon.log).toContain('processRecords of shardId-000000000001');
  });

  it('is not taken for a fault when it is the daemon that reads slowly', async () => {
    const daemon = new FakeDaemon({ takes: 1 });
    const { over } = child({}, daemon);
    await daemon.ask(initialize);
    for (let i = 0; i < 20; i++) await daemon.ask(processRecords(String(i)));
    daemon.close();
    expect(await over).toBe('over');
    expect(daemon.messages).toHaveLength(21);
  });
});
