import { seededRandom } from '../../runtime/random';
import { VirtualClock } from '../../runtime/virtual-clock';
import { InMemoryLeaseTable, type Fault } from './in-memory-lease-table';
import { aLease, at, bytes } from '../../test/lease-builders';
import { renewIntervalMs, trustedMs } from './config';
import { holdLease, type KeptLease } from './held-lease';
import type { Lease } from './lease';
import { endingHandOff, startingHandOff, taking, type WriteKind } from './lease-writes';

const DURATION_MS = 10_000;
const TRUSTED_MS = trustedMs(DURATION_MS);
const INTERVAL_MS = renewIntervalMs(DURATION_MS);
const start = aLease('shard-0', { leaseOwner: 'me', leaseCounter: 7n, checkpoint: at(100) });
const prepared: Lease = { ...start, pending: { checkpoint: at(200, 5), state: bytes('plan') } };

function setUp(lease: Lease = start) {
  const clock = new VirtualClock();
  const table = new InMemoryLeaseTable([lease]);
  const held = holdLease(lease, clock.monotonicMs(), {
    ...{ table, clock, random: seededRandom(1), leaseDurationMs: DURATION_MS, retryMaxMs: 1_000 },
    onRetry: () => undefined,
  });
  const row = (): Lease => table.lease('shard-0') as Lease;
  /** The fault of the next write only. */
  const failOnce = (fault: Fault): void => {
    table.fault = ({ operation }) => {
      if (operation !== 'write') return undefined;
      table.fault = () => undefined;
      return fault;
    };
  };
  /** Another worker takes the lease with the counter as it stands. */
  const steal = (): void => table.put(taking(row(), 'thief', 0).after);
  return { clock, table, held, row, failOnce, steal };
}

/** Runs the clock until the promise has settled. */
async function during<T>(clock: VirtualClock, work: Promise<T>, ms = 60_000): Promise<T> {
  let done = false;
  const watched = work.finally(() => (done = true));
  watched.catch(() => undefined);
  for (let passed = 0; !done && passed < ms; passed += 10) await clock.advance(10);
  return watched;
}

const renew = (held: KeptLease): Promise<void> => held.renew(0);
const actions: readonly [WriteKind, Lease, (held: KeptLease) => Promise<unknown>][] = [
  ['renew', start, renew],
  ['checkpoint', start, (held) => held.checkpoint(at(150))],
  ['prepare', start, (held) => held.prepare(at(200, 5), bytes('plan'))],
  ['commit', prepared, (held) => held.commit()],
  ['evict', start, (held) => held.release()],
  ['children', start, (held) => held.setChildren(['shard-1'])],
];
const fenced = actions.filter(([kind]) => kind !== 'children');

describe('a held lease', () => {
  it('moves its checkpoint in two phases', async () => {
    const { held, row } = setUp();
    expect(await held.prepare(at(200, 5), bytes('plan'))).toBe('written');
    expect(row()).toMatchObject({ checkpoint: at(100), pending: { checkpoint: at(200, 5) } });
    expect(await held.commit()).toBe('written');
    expect(row()).toMatchObject({ checkpoint: at(200, 5), leaseCounter: 9n });
    expect(row().pending).toBeUndefined();
    expect(held.lease).toEqual(row());
  });

  it('refuses every other checkpoint while one is pending, and writes nothing', async () => {
    const { held, row, table } = setUp(prepared);
    const refusal = expect.objectContaining({ code: 'FLOTILLA_PENDING_CHECKPOINT' });
    await expect(held.checkpoint(at(300))).rejects.toThrow(refusal);
    await expect(held.prepare(at(300), bytes('other'))).rejects.toThrow(refusal);
    expect([table.applied, row()]).toEqual([[], prepared]);
    expect(await held.commit()).toBe('written'); // the queue goes on
  });

  it('clears what is pending, as Java, for a caller that says so', async () => {
    const { held, row, table } = setUp(prepared);
    expect(await held.prepare(at(150), bytes(''), true)).toBe('written');
    expect(row()).toMatchObject({ checkpoint: at(100), pending: { checkpoint: at(150) } });
    expect(row().pending?.state).toBeUndefined();
    expect(await held.checkpoint(at(160), true)).toBe('written');
    expect(row()).toMatchObject({ checkpoint: at(160), leaseCounter: 9n });
    expect(row().pending).toBeUndefined();
    expect(held.lease).toEqual(row());
    await expect(held.checkpoint(at(159), true)).rejects.toThrow(/lies before/);
    expect(table.applied).toEqual(['prepare shard-0 8', 'checkpoint shard-0 9']);
  });

  it('never steps back, and never commits what was not prepared', async () => {
    const { held, table } = setUp();
    await expect(held.checkpoint(at(99))).rejects.toThrow(/lies before/);
    await expect(held.prepare(at('LATEST'), bytes(''))).rejects.toThrow(/lies before/);
    await expect(held.commit()).rejects.toThrow(/without a pending/);
    expect(table.applied).toEqual([]);
  });

  it.each(actions)('#2 #3 keeps the lease when %s was applied and its answer lost', async (kind, lease, act) => {
    const { held, failOnce, clock, table } = setUp(lease);
    failOnce('lose');
    await during(clock, act(held));
    if (kind === 'evict') expect(held.lost.reason).toBe('evicted');
    else expect([held.isValid(), held.lease]).toEqual([true, table.lease('shard-0')]);
    expect(table.applied.filter((one) => one.startsWith(kind))).toHaveLength(kind === 'children' ? 2 : 1);
  });

  it.each(actions)('sends %s again when it was throttled', async (kind, lease, act) => {
    const { held, failOnce, clock, table } = setUp(lease);
    failOnce('throttle');
    await during(clock, act(held));
    expect(table.applied.filter((one) => one.startsWith(kind))).toHaveLength(1);
  });

  it.each(fenced)('is lost when %s finds that another worker took it', async (_kind, lease, act) => {
    const { held, row, steal } = setUp(lease);
    steal();
    const stolen = row();
    await act(held);
    expect([held.lost.reason, held.isValid(), row()]).toEqual(['fenced', false, stolen]);
  });

  it.each(fenced)(
    'is lost when the answer to %s was lost and then another worker took it',
    async (_kind, lease, act) => {
      const { held, table, clock, row, steal } = setUp(lease);
      table.fault = ({ operation }) => {
        if (operation !== 'write') return undefined;
        table.fault = () => undefined;
        void clock.sleep(1).then(steal);
        return 'lose';
      };
      await during(clock, act(held));
      expect([held.lost.reason, row().leaseOwner]).toEqual(['fenced', 'thief']);
    },
  );

  it.each<[string, Partial<Lease>]>([
    ['another checkpoint', { checkpoint: at(101) }],
    ['another pending state', { pending: { checkpoint: at(200, 5), state: bytes('theirs') } }],
    ['no pending checkpoint', { pending: undefined }],
    ['another owner', { leaseOwner: 'thief' }],
    ['more switches', { ownerSwitchesSinceCheckpoint: 1n }],
  ])('the counter alone proves nothing: with %s in the row a prepare was not ours', async (_what, change) => {
    const { held, table } = setUp();
    table.put({ ...prepared, leaseCounter: 8n, ...change });
    expect(await held.prepare(at(200, 5), bytes('plan'))).toBe('lost');
    expect(held.lost.reason).toBe('fenced');
  });

  it.each<[string, Partial<Lease>]>([
    ['another checkpoint', { checkpoint: at(101) }],
    ['no pending checkpoint', { pending: undefined }],
  ])('nor was a renewal, with %s in the row', async (_what, change) => {
    const { held, table } = setUp(prepared);
    table.put({ ...prepared, leaseCounter: 8n, ...change });
    await renew(held);
    expect(held.lost.reason).toBe('fenced');
  });

  it.each(actions)('is lost when %s finds no row', async (_kind, lease, act) => {
    const { held, table } = setUp(lease);
    table.rows.clear();
    await act(held);
    expect([held.lost.reason, table.rows.size]).toEqual(['row-gone', 0]);
  });

  it('is lost, and says why, when DynamoDB refuses a write for good', async () => {
    const { held, table } = setUp();
    table.write = () => Promise.reject(new Error('AccessDenied'));
    await expect(held.checkpoint(at(150))).rejects.toThrow('AccessDenied');
    expect(held.lost.reason).toBe('failed');
  });

  it('writes one thing at a time, each from what the one before it left', async () => {
    const { held, table, clock } = setUp();
    let under = 0;
    let most = 0;
    table.fault = () => {
      most = Math.max(most, ++under);
      return { after: clock.sleep(500).then(() => under--) };
    };
    const work = [renew(held), held.checkpoint(at(150)), renew(held), held.prepare(at(200), bytes('a')), held.commit()];
    await during(clock, Promise.all(work));
    expect(most).toBe(1);
    expect(table.applied.map((one) => one.split(' ')[0])).toEqual([
      'renew',
      'checkpoint',
      'renew',
      'prepare',
      'commit',
    ]);
    expect(held.lease.leaseCounter).toBe(12n);
  });

  it('settles a write without an answer before the next one is sent', async () => {
    const { held, clock, table, failOnce } = setUp();
    failOnce('lose');
    const first = held.prepare(at(200), bytes('plan'));
    const second = held.commit();
    expect(await during(clock, Promise.all([first, second]))).toEqual(['written', 'written']);
    expect(table.applied).toEqual(['prepare shard-0 8', 'commit shard-0 9']);
  });

  it('a write that is applied late, after the same one was sent again, changes nothing', async () => {
    const { held, clock, table, row } = setUp();
    let sent = 0;
    table.fault = ({ operation }) => (operation === 'write' && ++sent === 1 ? 'throttle' : undefined);
    await during(clock, held.checkpoint(at(150)));
    const late = table.calls.find(({ operation }) => operation === 'write')?.write;
    const after = row();
    expect(late && (await table.write(late))).toMatchObject({ kind: 'refused' });
    expect(row()).toEqual(after);
  });
});

describe('trust in a held lease', () => {
  it('ends by itself, without any call, a margin before others may take the lease', async () => {
    const { held, clock } = setUp();
    await clock.advance(TRUSTED_MS - 1);
    expect(held.isValid()).toBe(true);
    await clock.advance(1);
    expect([held.isValid(), held.lost.reason]).toEqual([false, 'expired']);
    expect(TRUSTED_MS).toBeLessThan(DURATION_MS);
    expect(clock.sleeping).toBe(0);
  });

  it.each([1_500, 5_000])('#12 counts from before a request was sent, also when its answer takes %i ms', async (ms) => {
    const { held, clock, failOnce } = setUp();
    await clock.advance(3_000);
    failOnce({ after: clock.sleep(ms) });
    const renewal = renew(held);
    await clock.advance(ms);
    await renewal;
    await clock.advance(TRUSTED_MS - ms - 1);
    expect(held.isValid()).toBe(true);
    await clock.advance(1);
    expect(held.isValid()).toBe(false);
  });

  it('#12 ends in time while every request hangs, and its caller hears of it at once', async () => {
    const { held, clock, table } = setUp();
    table.fault = () => ({ before: clock.sleep(30_000) });
    let answer = '';
    void held.checkpoint(at(150)).then((result) => (answer = result));
    await clock.advance(TRUSTED_MS);
    expect([held.lost.reason, answer]).toEqual(['expired', 'lost']);
  });

  it('survives a table whose every answer is slower than it waits before it sends again', async () => {
    const { held, clock, table, row } = setUp();
    table.fault = () => ({ after: clock.sleep(4_000) });
    for (let renewals = 0; renewals < 15; renewals++) await during(clock, renew(held));
    expect([held.isValid(), held.lease.leaseCounter, row()]).toEqual([true, 22n, held.lease]);
  });

  it('survives one request that hangs: the same write goes again, and the first is refused when it comes', async () => {
    const { held, clock, table, failOnce, row } = setUp();
    failOnce({ before: clock.sleep(30_000) });
    expect(await during(clock, held.prepare(at(200), bytes('plan')))).toBe('written');
    expect(clock.monotonicMs()).toBeLessThan(DURATION_MS / 3);
    await held.commit();
    for (let passed = 0; passed < 40_000; passed += 3_000) {
      await held.renew(INTERVAL_MS);
      await clock.advance(3_000);
    }
    expect([held.isValid(), row()]).toEqual([true, held.lease]);
    expect(table.applied.filter((one) => !one.startsWith('renew'))).toEqual(['prepare shard-0 8', 'commit shard-0 9']);
  });

  it('after a lost answer counts from the first of the requests that may have been applied', async () => {
    const { held, clock, table } = setUp();
    await clock.advance(2_000);
    const faults: Fault[] = ['lose', 'throttle', 'throttle', 'throttle'];
    table.fault = ({ operation }) => (operation === 'write' ? faults.shift() : undefined);
    const renewal = renew(held);
    await during(clock, renewal);
    expect(clock.monotonicMs()).toBeGreaterThan(2_100);
    await clock.advance(2_000 + TRUSTED_MS - clock.monotonicMs());
    expect(held.isValid()).toBe(false);
  });

  it('#4 #13 a process that was frozen past it sends neither checkpoint nor renewal', async () => {
    const { held, clock, table } = setUp();
    const frozen = clock.freeze(DURATION_MS + 1_000);
    expect(await held.checkpoint(at(150))).toBe('lost'); // before any timer could say so
    await renew(held);
    await held.release();
    await held.setChildren(['shard-1']);
    await frozen;
    expect([table.calls, held.lost.reason]).toEqual([[], 'expired']);
  });

  it('#5 a paused and replaced owner changes nothing in the row', async () => {
    const { held, clock, row, steal } = setUp();
    await clock.advance(1_000);
    steal();
    const stolen = row();
    expect(await held.checkpoint(at(150))).toBe('lost');
    expect(row()).toEqual(stolen);
  });

  it('#6 a lease that is lost and taken again is another one: the old one stays lost', async () => {
    const { held, clock, table, row } = setUp();
    await clock.advance(TRUSTED_MS);
    const again = taking(row(), 'me', 0);
    await table.write(again);
    const second = holdLease(again.after, clock.monotonicMs(), {
      ...{ table, clock, random: seededRandom(2), leaseDurationMs: DURATION_MS, retryMaxMs: 1_000 },
      onRetry: () => undefined,
    });
    expect(await held.checkpoint(at(150))).toBe('lost');
    expect(await second.checkpoint(at(160))).toBe('written');
    expect(row().checkpoint).toEqual(at(160));
  });

  it('a checkpoint is a heartbeat too, and spares the next renewal', async () => {
    const { held, clock, table } = setUp();
    await clock.advance(3_000);
    await held.checkpoint(at(150));
    await held.renew(INTERVAL_MS);
    expect(table.applied).toEqual(['checkpoint shard-0 8']);
    await clock.advance(TRUSTED_MS - 1);
    expect(held.isValid()).toBe(true);
  });

  it('naming the children is none: it proves nothing about who holds the lease', async () => {
    const { held, clock } = setUp();
    await clock.advance(5_000);
    await held.setChildren(['shard-1']);
    await clock.advance(TRUSTED_MS - 5_000);
    expect(held.isValid()).toBe(false);
  });

  it('#11 half of all calls throttled for five minutes: the lease is kept and checkpoints land in order', async () => {
    const { held, clock, table, row } = setUp();
    const dice = seededRandom(11);
    table.fault = () => (dice.next() < 0.5 ? 'throttle' : undefined);
    const checkpoints: Promise<string>[] = [];
    for (let passed = 0, position = 101; passed < 300_000; passed += 3_000, position++) {
      void held.renew(INTERVAL_MS);
      if (position % 3 === 0) checkpoints.push(held.checkpoint(at(position)));
      await clock.advance(3_000);
    }
    expect(new Set(await Promise.all(checkpoints))).toEqual(new Set(['written']));
    expect([held.isValid(), row().checkpoint]).toEqual([true, at(198)]);
  });
});

describe('letting go', () => {
  it('begins when it is asked for: from then on nobody may begin anything, while what is under way still counts', async () => {
    const { held, clock, failOnce, row } = setUp();
    failOnce({ after: clock.sleep(1_000) });
    const last = held.checkpoint(at(150));
    const gone = held.release();
    expect([held.isValid(), held.lost.aborted]).toEqual([false, false]);
    await during(clock, gone);
    expect([await last, row().checkpoint, held.lost.reason]).toEqual(['written', at(150), 'evicted']);
  });

  it('#19 waits for the write in flight, then frees the row for others', async () => {
    const { held, clock, failOnce, table, row } = setUp();
    failOnce({ after: clock.sleep(1_000) });
    const last = held.checkpoint(at(150));
    const gone = held.release();
    const tooLate = held.checkpoint(at(160));
    await during(clock, Promise.all([last, gone]));
    expect(table.applied).toEqual(['checkpoint shard-0 8', 'evict shard-0 9']);
    expect([row().leaseOwner, row().checkpoint, held.lost.reason]).toEqual([undefined, at(150), 'evicted']);
    expect(await tooLate).toBe('lost');
  });

  it('allows nothing new from the moment at which it is asked for, though the row is let go later', async () => {
    const { clock, held, failOnce, row } = setUp();
    failOnce({ after: clock.sleep(1_500) });
    const released = held.release();
    await clock.settle();
    expect(row().leaseOwner).toBeUndefined();
    expect([held.isValid(), held.releaseRequested.aborted, held.lost.aborted]).toEqual([false, true, false]);
    await during(clock, released);
    expect(held.lost.reason).toBe('evicted');
  });

  it('keeps a pending checkpoint for whoever comes next', async () => {
    const { held, row } = setUp(prepared);
    await held.release();
    expect(row().pending).toEqual(prepared.pending);
  });

  it('dropping sends nothing, tells once and leaves no timer', async () => {
    const { held, table, clock } = setUp();
    let told = 0;
    held.lost.addEventListener('abort', () => told++);
    held.drop('stopped');
    held.drop('fenced');
    await clock.settle();
    expect([told, held.lost.reason, table.calls, clock.sleeping]).toEqual([1, 'stopped', [], 0]);
  });
});

describe('a hand-off', () => {
  /** Another worker asks for the lease with the counter as it stands. */
  const ask = (table: InMemoryLeaseTable, to = 'you'): void =>
    table.put(startingHandOff(table.lease('shard-0') as Lease, to).after);
  const isAsked = (held: KeptLease): [boolean, unknown] => [held.handOffRequested.aborted, held.isValid()];

  it('is heard by the next renewal, which succeeds all the same', async () => {
    const { held, table, row } = setUp();
    ask(table);
    await renew(held);
    expect([...isAsked(held), held.handOffRequested.reason]).toEqual([true, true, 'you']);
    expect(row()).toMatchObject({ leaseOwner: 'you', checkpointOwner: 'me', leaseCounter: 8n });
    expect(held.lease).toEqual(row());
    const calls = table.calls.length;
    await renew(held);
    expect([table.calls.length - calls, row().leaseCounter]).toEqual([1, 9n]);
  });

  it('lets the holder renew and checkpoint until he releases the lease to whoever asked', async () => {
    const { held, table, row } = setUp();
    ask(table);
    expect(await held.checkpoint(at(150))).toBe('written');
    expect(await held.prepare(at(200), bytes('plan'))).toBe('written');
    await renew(held);
    expect(await held.commit()).toBe('written');
    await held.release();
    expect([held.lost.reason, held.isValid()]).toEqual(['handed-over', false]);
    expect(row()).toEqual({ ...start, checkpoint: at(200), leaseOwner: 'you', leaseCounter: 12n });
    expect(table.applied.at(-1)).toBe('end-hand-off shard-0 12');
    expect(await held.checkpoint(at(300))).toBe('lost');
  });

  it('ends with its own write, also when the holder lets go before he has heard of it', async () => {
    const { held, table, row } = setUp();
    ask(table);
    await held.release();
    expect([held.lost.reason, row().leaseOwner, row().checkpointOwner]).toEqual(['handed-over', 'you', undefined]);
    expect(table.applied).toEqual(['end-hand-off shard-0 8']);
  });

  it('leaves the owner switches as they are, whatever they are', async () => {
    const { held, table, row } = setUp({ ...start, ownerSwitchesSinceCheckpoint: 3n });
    ask(table);
    await held.release();
    expect(row().ownerSwitchesSinceCheckpoint).toBe(3n);
  });

  it.each(['renew', 'evict'])('that starts when %s was applied and its answer lost costs nothing', async (kind) => {
    const { held, clock, table, row } = setUp();
    table.fault = ({ operation }) => {
      if (operation !== 'write') return undefined;
      table.fault = () => undefined;
      if (kind === 'renew') void clock.sleep(1).then(() => ask(table));
      return 'lose';
    };
    await during(clock, kind === 'renew' ? renew(held) : held.release());
    if (kind === 'evict') expect([held.lost.reason, row().leaseOwner]).toEqual(['evicted', undefined]);
    else expect([...isAsked(held), row().leaseCounter, held.lease]).toEqual([true, true, 8n, row()]);
  });

  it.each(actions.filter(([kind]) => !['renew', 'evict', 'children'].includes(kind)))(
    'that starts when the answer to %s was lost is heard, and the write counts',
    async (kind, lease, act) => {
      const { held, clock, table, row } = setUp(lease);
      table.fault = ({ operation }) => {
        if (operation !== 'write') return undefined;
        table.fault = () => undefined;
        void clock.sleep(1).then(() => ask(table));
        return 'lose';
      };
      expect(await during(clock, act(held))).toBe('written');
      expect(table.applied).toEqual([`${kind} shard-0 8`]);
      expect([...isAsked(held), held.lease]).toEqual([true, true, row()]);
    },
  );

  it('whose last answer is lost is over all the same', async () => {
    const { held, clock, table, row, failOnce } = setUp();
    ask(table);
    await renew(held);
    failOnce('lose');
    await during(clock, held.release());
    expect([held.lost.reason, row().leaseOwner, row().leaseCounter]).toEqual(['handed-over', 'you', 9n]);
  });

  it.each([
    ['and the receiver works already', 1n, 'fenced'],
    ['which leaves the very row that the holder would have left', 0n, 'handed-over'],
  ])('that somebody cut short is over, %s', async (_what, renewals, reason) => {
    const { held, table, row } = setUp();
    ask(table);
    await renew(held);
    const { after } = endingHandOff(row());
    table.put({ ...after, leaseCounter: after.leaseCounter + renewals });
    const forced = row();
    await held.release();
    expect([held.lost.reason, row()]).toEqual([reason, forced]);
    expect(await held.checkpoint(at(150))).toBe('lost');
  });

  it('is no excuse for a row that moved under somebody else', async () => {
    const { held, table } = setUp();
    table.put({ ...start, leaseOwner: 'you', checkpointOwner: 'me', leaseCounter: 9n });
    await renew(held);
    expect([held.lost.reason, held.handOffRequested.aborted]).toEqual(['fenced', false]);
  });

  it.each<[string, Partial<Lease>]>([
    ['another actual owner', { leaseOwner: 'you', checkpointOwner: 'she' }],
    ['the holder as its own receiver', { leaseOwner: 'me', checkpointOwner: 'me' }],
    ['no receiver', { leaseOwner: undefined, checkpointOwner: 'me' }],
  ])('with %s is none: the lease is lost', async (_what, owners) => {
    const { held, table } = setUp();
    table.put({ ...start, ...owners });
    await renew(held);
    expect([held.lost.reason, held.handOffRequested.aborted]).toEqual(['fenced', false]);
  });

  it('may change its receiver: the last one gets the lease', async () => {
    const { held, table, row } = setUp();
    ask(table, 'you');
    await renew(held);
    table.put({ ...row(), leaseOwner: 'she' });
    await held.release();
    expect([held.lost.reason, row().leaseOwner, row().checkpointOwner]).toEqual(['handed-over', 'she', undefined]);
  });

  it('is found sooner by a look, also while a write is under way', async () => {
    const { held, clock, table, row, failOnce } = setUp();
    failOnce({ after: clock.sleep(1_000) });
    const checkpoint = held.checkpoint(at(150));
    await clock.settle();
    ask(table);
    held.observe(row());
    expect(isAsked(held)).toEqual([true, true]);
    await during(clock, checkpoint);
    expect(held.lease).toEqual(row());
    await held.release();
    expect(table.applied.slice(1)).toEqual(['end-hand-off shard-0 9']);
  });

  it.each(['renew', 'evict'])('is found by a look while it refuses %s: nothing is lost', async (kind) => {
    const { held, clock, table, row, failOnce } = setUp();
    failOnce({ before: clock.sleep(1_000) });
    const work = kind === 'renew' ? renew(held) : held.release();
    await clock.settle();
    ask(table);
    held.observe(row());
    await during(clock, work);
    if (kind === 'renew') expect([...isAsked(held), row().leaseCounter]).toEqual([true, true, 8n]);
    else expect([held.lost.reason, row().leaseOwner]).toEqual(['handed-over', 'you']);
  });

  it.each<[string, Partial<Lease>, boolean, boolean]>([
    ['as it is known', {}, false, true],
    ['older than what is known', { leaseCounter: 6n, leaseOwner: 'before' }, false, true],
    ['of an earlier holding that was to be handed over', { leaseCounter: 6n, leaseOwner: 'you', checkpointOwner: 'me' }, false, true], // prettier-ignore
    ['of a write of its own that is not answered yet', { leaseCounter: 8n }, false, true],
    ['of a hand-off', { leaseOwner: 'you', checkpointOwner: 'me' }, true, true],
    ['of a hand-off after such a write', { leaseCounter: 8n, leaseOwner: 'you', checkpointOwner: 'me' }, true, true],
    ['that another worker has taken', { leaseCounter: 8n, leaseOwner: 'you' }, false, false],
    ['that another worker is to hand over', { leaseCounter: 8n, leaseOwner: 'you', checkpointOwner: 'she' }, false, false], // prettier-ignore
  ])('a look at a row %s', (_what, change, asked, valid) => {
    const { held } = setUp();
    held.observe({ ...start, ...change });
    expect(isAsked(held)).toEqual([asked, valid]);
  });

  it('is heard under the busiest checkpointer: no two renewals in a row are spared', async () => {
    const { held, clock, table } = setUp();
    ask(table);
    for (let position = 101; position < 121; position++) {
      await held.checkpoint(at(position));
      if (position % 3 === 0) await held.renew(INTERVAL_MS);
      await clock.advance(INTERVAL_MS / 3);
      if (position === 106) expect(isAsked(held)).toEqual([true, true]);
    }
    expect(held.isValid()).toBe(true);
  });

  it('tells whoever counts them of writes that another worker fenced off', async () => {
    const { table, clock } = setUp();
    const fencedOff: WriteKind[] = [];
    const held = holdLease(start, clock.monotonicMs(), {
      ...{ table, clock, random: seededRandom(1), leaseDurationMs: DURATION_MS, retryMaxMs: 1_000 },
      onRetry: () => undefined,
      onFenced: ({ kind }) => fencedOff.push(kind),
    });
    table.put(taking(start, 'thief', 0).after);
    await held.checkpoint(at(150));
    await held.checkpoint(at(151));
    expect(fencedOff).toEqual(['checkpoint']);
  });
});
