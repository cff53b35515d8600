import { VirtualClock } from '../../runtime/virtual-clock';
import { InMemoryLeaseTable } from '../leases/in-memory-lease-table';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom } from '../../runtime/random';
import { holdLease } from '../leases/held-lease';
import type { Lease } from '../leases/lease';
import { taking } from '../leases/lease-writes';
import { IN_PROGRESS } from './ask-checkpoint';
import type { PreparedCheckpoint } from './checkpointer';
import { ShardCheckpointer } from './shard-checkpointer';
import { createShardsTelemetry } from './telemetry';

const free: Lease = {
  leaseKey: 'shard',
  leaseCounter: 0n,
  ownerSwitchesSinceCheckpoint: 0n,
  checkpoint: { sequenceNumber: '10', subSequenceNumber: 0 },
  parentShardIds: [],
  childShardIds: [],
};

/** A held lease at 10, records delivered up to 20/5. */
async function checkpointing({ ignoresPending = false } = {}) {
  const clock = new VirtualClock();
  const table = new InMemoryLeaseTable([free]);
  const take = taking(free, 'me', 0);
  await table.write(take);
  table.applied.length = 0;
  const held = holdLease(take.after, 0, {
    ...{ table, clock, random: seededRandom(1) },
    leaseDurationMs: 1e12,
    retryMaxMs: 100,
    onRetry: () => undefined,
  });
  let restarts = 0;
  const telemetry = createShardsTelemetry(createMetrics(), silentLogger);
  const checkpointer = new ShardCheckpointer({ held, telemetry, ignoresPending, onRestart: () => restarts++ });
  checkpointer.deliver({ sequenceNumber: '20', subSequenceNumber: 5 });
  const row = () => {
    const { checkpoint, pending } = table.lease('shard') as Lease;
    return { at: `${checkpoint.sequenceNumber}/${checkpoint.subSequenceNumber}`, pending: pending?.checkpoint };
  };
  return { clock, table, held, checkpointer, row, restarts: () => restarts };
}

describe('checkpoint', () => {
  it('without an argument stores the greatest delivered record with its sub-sequence number', async () => {
    const { checkpointer, row } = await checkpointing();
    expect(await checkpointer.checkpoint()).toBe('20');
    expect(row().at).toBe('20/5');
  });

  it('takes a sequence number, and a sub-sequence number that is 0 when it is not given', async () => {
    const { checkpointer, row } = await checkpointing();
    expect(await checkpointer.checkpoint('15')).toBe('15');
    expect(row().at).toBe('15/0');
    await checkpointer.checkpoint('20', 3);
    expect(row().at).toBe('20/3');
  });

  it.each([
    ['below the last', '9', 0],
    ['above the largest delivered', '21', 0],
    ['above it inside the aggregate', '20', 6],
  ])('#52 is refused and writes nothing %s', async (_what, sequenceNumber, sub) => {
    const { checkpointer, table } = await checkpointing();
    await expect(checkpointer.checkpoint(sequenceNumber, sub)).rejects.toMatchObject({
      name: 'IllegalArgumentException',
    });
    expect(table.applied).toEqual([]);
  });

  it('#52 writes nothing when it is the last one again', async () => {
    const { checkpointer, table } = await checkpointing();
    expect(await checkpointer.checkpoint('10')).toBe('10');
    expect(table.applied).toEqual([]);
  });

  it('calls back as aws-kcl does, in every way of calling it', async () => {
    const { checkpointer } = await checkpointing();
    const called = (call: (callback: (error: string | null, sequenceNumber: string | null) => void) => void) =>
      new Promise((resolve) => call((...given) => resolve(given)));
    expect(await called((callback) => checkpointer.checkpoint('11', callback))).toEqual([null, '11']);
    expect(await called((callback) => checkpointer.checkpoint('20', 1, callback))).toEqual([null, '20']);
    expect(await called((callback) => checkpointer.checkpoint('3', callback))).toEqual([
      'IllegalArgumentException',
      '3',
    ]);
    expect(await called((callback) => checkpointer.checkpoint(callback))).toEqual([null, null]);
    expect(await called((callback) => checkpointer.checkpoint(null, callback))).toEqual([null, null]);
  });

  it('#53 refuses a second call at once while one is in progress, and does nothing', async () => {
    const { checkpointer, table } = await checkpointing();
    const first = checkpointer.checkpoint('15');
    const told: unknown[] = [];
    checkpointer.checkpoint('16', (...given) => told.push(given));
    expect(told).toEqual([[IN_PROGRESS, '16']]);
    await expect(checkpointer.checkpoint('16')).rejects.toMatchObject({
      name: 'InvalidStateException',
      message: IN_PROGRESS,
    });
    await first;
    expect(table.applied).toEqual(['checkpoint shard 2']);
    await checkpointer.checkpoint('16');
  });

  it('#3 is settled when its answer is lost, and counts as written once', async () => {
    const { checkpointer, table, clock, row } = await checkpointing();
    let faults = 1;
    table.fault = () => (faults-- > 0 ? 'lose' : undefined);
    const written = checkpointer.checkpoint('15');
    await clock.advance(1_000);
    expect(await written).toBe('15');
    expect(table.applied).toEqual(['checkpoint shard 2']);
    expect(row().at).toBe('15/0');
  });

  it('fails with ShutdownException when the lease is lost, before or meanwhile', async () => {
    const { checkpointer, table, held } = await checkpointing();
    table.put({ ...(table.lease('shard') as Lease), leaseCounter: 9n, leaseOwner: 'you' });
    await expect(checkpointer.checkpoint('15')).rejects.toMatchObject({ name: 'ShutdownException' });
    expect(held.isValid()).toBe(false);
    expect(checkpointer.ended.aborted).toBe(true);
    await expect(checkpointer.checkpoint('10')).rejects.toMatchObject({ name: 'ShutdownException' });
  });
});

describe('prepareCheckpoint', () => {
  it.each<[string, (checkpointer: ShardCheckpointer) => Promise<PreparedCheckpoint>, string, string]>([
    ['nothing', (checkpointer) => checkpointer.prepareCheckpoint(), '20/5', ''],
    ['a state', (checkpointer) => checkpointer.prepareCheckpoint(Buffer.from('plan')), '20/5', 'plan'],
    ['a sequence number', (checkpointer) => checkpointer.prepareCheckpoint('15'), '15/0', ''],
    ['that and a state', (checkpointer) => checkpointer.prepareCheckpoint('15', Buffer.from('plan')), '15/0', 'plan'],
    ['a whole position', (checkpointer) => checkpointer.prepareCheckpoint('20', 3), '20/3', ''],
    ['everything', (checkpointer) => checkpointer.prepareCheckpoint('20', 3, Buffer.from('plan')), '20/3', 'plan'],
  ])(
    '#68 given %s prepares the right sub-sequence number, and its commit stores it',
    async (_what, prepare, at, state) => {
      const { checkpointer, row, table } = await checkpointing();
      const prepared = await prepare(checkpointer);
      expect(`${prepared.sequenceNumber}/${prepared.subSequenceNumber}`).toBe(at);
      expect(Buffer.from(table.lease('shard')?.pending?.state ?? []).toString()).toBe(state);
      await prepared.commit();
      expect(row()).toEqual({ at, pending: undefined });
    },
  );

  it('refuses a state that is no bytes, instead of losing it', async () => {
    const { checkpointer, table } = await checkpointing();
    const refused = { name: 'IllegalArgumentException' };
    const asJavaScript = checkpointer.prepareCheckpoint.bind(checkpointer) as (...given: unknown[]) => Promise<unknown>;
    await expect(asJavaScript('20', 3, 'plan')).rejects.toMatchObject(refused);
    await expect(asJavaScript('plan')).rejects.toMatchObject(refused);
    expect(table.applied).toEqual([]);
  });

  it('at the end of the shard, without a position, means the end', async () => {
    const { checkpointer, row } = await checkpointing();
    checkpointer.reachEnd();
    await (await checkpointer.prepareCheckpoint(Buffer.from('plan'))).commit();
    expect(row().at).toBe('SHARD_END/0');
  });

  it('stores position, sub-sequence and state beside the checkpoint; commit moves it', async () => {
    const { checkpointer, table, row } = await checkpointing();
    const prepared = await checkpointer.prepareCheckpoint('20', 5, Buffer.from('plan'));
    expect(row()).toEqual({ at: '10/0', pending: { sequenceNumber: '20', subSequenceNumber: 5 } });
    await prepared.commit();
    await prepared.commit();
    expect(row()).toEqual({ at: '20/5', pending: undefined });
    expect(table.applied).toEqual(['prepare shard 2', 'commit shard 3']);
  });

  it('lets nothing but its commit pass', async () => {
    const { checkpointer, row } = await checkpointing();
    const prepared = await checkpointer.prepareCheckpoint('15', 0, Buffer.from('plan'));
    const invalid = { name: 'InvalidStateException' };
    await expect(checkpointer.checkpoint()).rejects.toMatchObject(invalid);
    await expect(checkpointer.checkpoint('15')).rejects.toMatchObject(invalid);
    await expect(checkpointer.prepareCheckpoint('20', 0, Buffer.alloc(0))).rejects.toMatchObject(invalid);
    expect(row().at).toBe('10/0');
    await prepared.commit();
    expect(await checkpointer.checkpoint('16')).toBe('16');
  });

  it('keeps to the range, and does nothing for the last checkpoint', async () => {
    const { checkpointer, table } = await checkpointing();
    await expect(checkpointer.prepareCheckpoint('21', 0, Buffer.alloc(0))).rejects.toMatchObject({
      name: 'IllegalArgumentException',
    });
    await expect(checkpointer.prepareCheckpoint('SHARD_END', 0, Buffer.alloc(0))).rejects.toMatchObject({
      name: 'IllegalArgumentException',
    });
    await (await checkpointer.prepareCheckpoint('10', 0, Buffer.from('plan'))).commit();
    expect(table.applied).toEqual([]);
  });

  it('may name the end of the shard when it is reached', async () => {
    const { checkpointer, row } = await checkpointing();
    checkpointer.reachEnd();
    const prepared = await checkpointer.prepareCheckpoint('SHARD_END', 0, Buffer.from('plan'));
    await prepared.commit();
    expect(row().at).toBe('SHARD_END/0');
  });
});

describe('a processor that ignores pending checkpoints', () => {
  it('is not blocked by one, and its next checkpoint clears it', async () => {
    const { checkpointer, row, table } = await checkpointing({ ignoresPending: true });
    const prepared = await checkpointer.prepareCheckpoint('15', 0, Buffer.from('plan'));
    expect(await checkpointer.checkpoint('16')).toBe('16');
    expect(row()).toEqual({ at: '16/0', pending: undefined });
    await expect(prepared.commit()).rejects.toMatchObject({ name: 'InvalidStateException' });
    expect(table.applied).toEqual(['prepare shard 2', 'checkpoint shard 3']);
  });

  it('may prepare again, and commits only the last', async () => {
    const { checkpointer, row } = await checkpointing({ ignoresPending: true });
    const first = await checkpointer.prepareCheckpoint('15', 0, Buffer.from('plan'));
    const second = await checkpointer.prepareCheckpoint('17', 2);
    await expect(first.commit()).rejects.toMatchObject({ name: 'InvalidStateException' });
    await second.commit();
    expect(row()).toEqual({ at: '17/2', pending: undefined });
  });
});

describe('a position at the end of the shard', () => {
  it('is the end when the last record is checkpointed', async () => {
    const { checkpointer, row } = await checkpointing();
    checkpointer.reachEnd();
    await checkpointer.checkpoint('20', 5);
    expect(row().at).toBe('SHARD_END/0');
  });

  it('stays the last record when that is prepared: the state beside it speaks of that position', async () => {
    const { checkpointer, row } = await checkpointing();
    checkpointer.reachEnd();
    const prepared = await checkpointer.prepareCheckpoint('20', 5, Buffer.from('plan'));
    expect(row().pending).toEqual({ sequenceNumber: '20', subSequenceNumber: 5 });
    await prepared.commit();
    expect(row().at).toBe('20/5');
    await checkpointer.checkpoint('SHARD_END', 0);
    expect(row().at).toBe('SHARD_END/0');
  });
});

describe('the end of a life', () => {
  it('comes with restartFromCheckpoint, once', async () => {
    const { checkpointer, restarts } = await checkpointing();
    checkpointer.restartFromCheckpoint();
    checkpointer.restartFromCheckpoint();
    expect(restarts()).toBe(1);
    expect(checkpointer.ended.aborted).toBe(true);
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({ name: 'ShutdownException' });
  });

  it('lets a write in flight go on, and can be waited for', async () => {
    const { checkpointer, row } = await checkpointing();
    const written = checkpointer.checkpoint('15');
    checkpointer.close();
    await checkpointer.idle();
    expect(row().at).toBe('15/0');
    expect(await written).toBe('15');
  });
});
