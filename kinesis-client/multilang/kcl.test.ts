import { processorOfVersion1, processorOfVersion2 } from '../../test/aws-kcl-processors';
import { checkpointed, FakeDaemon, initialize, processRecords } from '../../test/fake-daemon';
import { started, WorkerFleet } from '../../test/worker-fleet';
import { kcl } from './kcl';

const S0 = 'shardId-000000000000';

/** What the processor of one shard prints while its client reads two records and its shard ends, or the worker stops. */
type Life = (make: typeof processorOfVersion1 | typeof processorOfVersion2, end: 'split' | 'stop') => Promise<string[]>;

const natively: Life = async (make, end) => {
  const fleet = new WorkerFleet(1);
  const printed: string[] = [];
  const worker = fleet.worker('a', { processorFactory: (shardId) => make(shardId === S0 ? printed : []) });
  await started(fleet, worker);
  for (const word of ['a', 'b']) fleet.stream.put(S0, word);
  await fleet.clock.advance(5_000);
  if (end === 'split') fleet.stream.split(S0);
  await fleet.clock.advance(5_000);
  await Promise.all([worker.stop(), fleet.clock.advance(0)]);
  expect(fleet.fatal).toEqual([]);
  expect(fleet.table.lease(S0)?.checkpoint.sequenceNumber).toMatch(end === 'split' ? /SHARD_END/ : /^\d+$/);
  return printed;
};

const underTheDaemon: Life = async (make, end) => {
  const daemon = new FakeDaemon();
  const printed: string[] = [];
  const { input, output, log } = daemon.streams;
  kcl(make(printed), input, output, log).run();
  await daemon.ask({ ...initialize, shardId: S0 });
  const { records } = processRecords('1000', '1001');
  const [a, b] = records.map((record, i) => ({ ...record, data: Buffer.from('ab'[i] ?? '').toString('base64') }));
  /** Answers a checkpoint, as the daemon does, when one is asked for. */
  const turn = async (action: object): Promise<void> => {
    const [first] = (await daemon.ask(action, 1)) as [{ action: string; sequenceNumber: string | null }];
    if (first.action === 'checkpoint') await daemon.ask(checkpointed(first.sequenceNumber));
  };
  await turn({ action: 'processRecords', records: [a, b], millisBehindLatest: 0 });
  if (end === 'split') await turn({ action: 'shardEnded' });
  else {
    await turn({ action: 'shutdownRequested' });
    await turn({ action: 'leaseLost' });
  }
  daemon.close();
  await daemon.until(() => input.destroyed);
  expect(daemon.log).toBe('');
  return printed;
};

/** Sequence numbers differ from stream to stream. */
const comparable = (printed: readonly string[]): string[] => printed.map((line) => line.replace(/\b1\d{3}\b/g, 'N'));

describe('a record processor written for aws-kcl', () => {
  const initialized = `${S0} initialize {"shardId":"${S0}","sequenceNumber":"TRIM_HORIZON","subSequenceNumber":0}`;
  const processed = [`${S0} a of key`, `${S0} b of key`, `${S0} checkpoint of N: done`];

  it.each<[string, Life]>([
    ['in this client', natively],
    ['under the daemon', underTheDaemon],
  ])('#62 runs unmodified %s', async (_where, live) => {
    const checkpointedEnd = `${S0} checkpoint of null: done`;
    expect(comparable(await live(processorOfVersion2, 'split'))).toEqual(
      [initialized, ...processed, `${S0} shardEnded`, checkpointedEnd], // prettier-ignore
    );
    expect(comparable(await live(processorOfVersion2, 'stop'))).toEqual(
      [initialized, ...processed, `${S0} shutdownRequested`, checkpointedEnd, `${S0} leaseLost {}`], // prettier-ignore
    );
    expect(comparable(await live(processorOfVersion1, 'split'))).toEqual(
      [initialized, ...processed, `${S0} shutdown TERMINATE`, checkpointedEnd], // prettier-ignore
    );
    expect(comparable(await live(processorOfVersion1, 'stop'))).toEqual(
      [initialized, ...processed, `${S0} shutdown ZOMBIE`], // prettier-ignore
    );
  });
});

describe('kcl()', () => {
  const quiet = processorOfVersion2([]);

  it.each([
    ['initialize', { ...quiet, initialize: undefined }],
    ['processRecords', { ...quiet, processRecords: 'no function' }],
    ['leaseLost', { ...quiet, leaseLost: undefined }],
    ['shardEnded', { ...quiet, shardEnded: undefined }],
  ])('throws at once for a processor without %s', (name, processor) => {
    expect(() => kcl(processor as unknown as typeof quiet)).toThrow(new RegExp(`lacks ${name}`));
  });

  it('takes a processor of version 1 for what it is, whatever else it has', () => {
    expect(() => kcl({ ...processorOfVersion1([]), leaseLost: 'no function' } as never)).not.toThrow();
  });

  it('refuses a processor that commits in two phases: a sink that delivers exactly once', () => {
    expect(() => kcl({ ...quiet, pending: true })).toThrow(/MultiLangDaemon cannot carry/);
    expect(() => kcl({ ...quiet, pending: 'ignore' })).not.toThrow();
  });

  it('hears nothing before run, runs once, and nothing after cleanup', async () => {
    const daemon = new FakeDaemon();
    const printed: string[] = [];
    const { input, output, log } = daemon.streams;
    const one = kcl(processorOfVersion2(printed), input, output, log);
    expect(await daemon.ask(initialize)).toEqual([]);
    one.run();
    one.run();
    await daemon.until(() => daemon.messages.length > 0);
    one.cleanup();
    await daemon.until(() => input.destroyed);
    expect(daemon.messages).toHaveLength(1);
    expect(printed).toHaveLength(1);
    expect(daemon.log).toBe('');
  });
});
