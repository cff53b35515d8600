import { aLease } from '../../test/lease-builders';
import type { Lease } from './lease';
import {
  dueLeases,
  emptyView,
  handingOverMs,
  hasExpired,
  isOverdue,
  isPromised,
  observeRow,
  observeScan,
  silentMs,
  type LeaseView,
  type SeenLease,
} from './observe-leases';

const DURATION_MS = 10_000;
const owned = (counter: number): Lease => aLease('shard-0', { leaseOwner: 'other', leaseCounter: BigInt(counter) });
const read = (ms: number, endedMs = ms) => ({ startedMs: ms, endedMs });
const seenIn = (view: LeaseView) => view.get('shard-0') as SeenLease;
const noneHeld = new Map();
const due = { leaseDurationMs: DURATION_MS, handOffPollMs: 1_000 };

describe('observing leases', () => {
  it('gives every owner a full lease duration from the first sight on', () => {
    let view = observeScan(emptyView, [owned(1)], read(1_000_000));
    expect(silentMs(seenIn(view))).toBe(0);
    view = observeScan(view, [owned(1)], read(1_010_000));
    expect(hasExpired(seenIn(view), DURATION_MS)).toBe(false);
    view = observeScan(view, [owned(1)], read(1_010_001));
    expect(hasExpired(seenIn(view), DURATION_MS)).toBe(true);
  });

  it('counts from the last change of the counter, forwards or backwards', () => {
    let view = observeScan(emptyView, [owned(5)], read(0));
    view = observeScan(view, [owned(6)], read(9_000));
    view = observeScan(view, [owned(3)], read(18_000));
    expect(silentMs(seenIn(observeScan(view, [owned(3)], read(19_000))))).toBe(1_000);
  });

  it('is never quicker for a slow read: it counts from the end of the first and to the start of the last', () => {
    const view = observeScan(emptyView, [owned(1)], read(0, 8_000));
    const later = observeScan(view, [owned(1)], read(12_000, 60_000));
    expect(silentMs(seenIn(later))).toBe(4_000);
  });

  it('forgets rows that are gone', () => {
    const view = observeScan(emptyView, [owned(1)], read(0));
    expect(observeScan(view, [], read(1)).size).toBe(0);
    expect(observeRow(view, 'shard-0', undefined, read(1)).size).toBe(0);
  });

  it('remembers who let a lease go, until somebody takes it', () => {
    const free = aLease('shard-0', { leaseCounter: 2n });
    expect(seenIn(observeScan(emptyView, [free], read(0))).letGoBy).toBeUndefined();
    let view = observeScan(emptyView, [owned(1)], read(0));
    expect(seenIn(view).letGoBy).toBeUndefined();
    view = observeScan(view, [free], read(1_000));
    expect(seenIn(view).letGoBy).toBe('other');
    view = observeScan(view, [free], read(2_000));
    expect(seenIn(view).letGoBy).toBe('other');
    view = observeScan(view, [aLease('shard-0', { leaseOwner: 'next', leaseCounter: 3n })], read(3_000));
    expect(seenIn(view).letGoBy).toBeUndefined();
  });

  it('knows that an owner lives once it has seen a counter of his move, not before', () => {
    let view = observeScan(emptyView, [owned(5)], read(0));
    expect(seenIn(view).hasMoved).toBe(false);
    view = observeScan(view, [owned(5)], read(9_000));
    expect(seenIn(view).hasMoved).toBe(false);
    view = observeScan(view, [owned(6)], read(9_500));
    expect(seenIn(view).hasMoved).toBe(true);
    expect(seenIn(observeScan(view, [owned(6)], read(9_900))).hasMoved).toBe(true);
  });

  it('counts a hand-off from the first sight of its two workers, whatever the counter does', () => {
    const between = (checkpointOwner: string, leaseOwner: string, counter = 1): Lease =>
      aLease('shard-0', { leaseOwner, checkpointOwner, leaseCounter: BigInt(counter) });
    let view = observeScan(emptyView, [owned(1)], read(0));
    expect(handingOverMs(seenIn(view))).toBe(0);
    view = observeScan(view, [between('other', 'me')], read(1_000, 1_500));
    view = observeScan(view, [between('other', 'me', 2)], read(4_000));
    expect(handingOverMs(seenIn(view))).toBe(2_500);
    expect(handingOverMs(seenIn(observeScan(view, [between('other', 'she', 2)], read(5_000))))).toBe(0);
    expect(handingOverMs(seenIn(observeScan(view, [between('he', 'me', 2)], read(5_000))))).toBe(0);
    view = observeScan(view, [owned(3)], read(6_000));
    expect(handingOverMs(seenIn(view))).toBe(0);
  });

  it('remembers that a lease was handed over, until its new owner begins', () => {
    const promised = aLease('shard-0', { leaseOwner: 'me', checkpointOwner: 'other', leaseCounter: 1n });
    const mine = (counter: number): Lease => aLease('shard-0', { leaseOwner: 'me', leaseCounter: BigInt(counter) });
    let view = observeScan(emptyView, [mine(1)], read(0));
    expect(seenIn(view).isHandedOver).toBeUndefined();
    view = observeScan(emptyView, [promised], read(0));
    view = observeScan(view, [mine(2)], read(1_000));
    expect(seenIn(view).isHandedOver).toBe(true);
    view = observeScan(view, [mine(2)], read(2_000));
    expect(seenIn(view).isHandedOver).toBe(true);
    expect(seenIn(observeScan(view, [mine(3)], read(3_000))).isHandedOver).toBeUndefined();
    expect(seenIn(observeScan(view, [owned(2)], read(3_000))).isHandedOver).toBeUndefined();
  });

  it('sees one row again without touching the others', () => {
    const view = observeScan(emptyView, [owned(1), aLease('shard-1')], read(0));
    const next = observeRow(view, 'shard-0', owned(1), read(10_001));
    expect(hasExpired(seenIn(next), DURATION_MS)).toBe(true);
    expect(next.get('shard-1')).toBe(view.get('shard-1'));
  });
});

describe('dueLeases', () => {
  const view = observeScan(emptyView, [owned(1), aLease('shard-1')], read(0));

  it('names an owned lease at the first moment at which it can be known to have expired', () => {
    expect(dueLeases(view, 'me', noneHeld, due)).toEqual([{ leaseKey: 'shard-0', dueMs: 10_001 }]);
    const reread = observeRow(view, 'shard-0', owned(1), read(10_001));
    expect(hasExpired(seenIn(reread), DURATION_MS)).toBe(true);
  });

  it('names it again when it is overdue, and then no more', () => {
    const expired = observeRow(view, 'shard-0', owned(1), read(10_001));
    expect([dueLeases(expired, 'me', noneHeld, due), isOverdue(seenIn(expired), DURATION_MS)]).toEqual([
      [{ leaseKey: 'shard-0', dueMs: 12_501 }],
      false,
    ]);
    const overdue = observeRow(expired, 'shard-0', owned(1), read(12_501));
    expect([dueLeases(overdue, 'me', noneHeld, due), isOverdue(seenIn(overdue), DURATION_MS)]).toEqual([[], true]);
  });

  it('leaves out what this worker holds', () => {
    expect(dueLeases(view, 'me', new Map([['shard-0', true]]), due)).toEqual([]);
  });

  it('names a lease that is promised to this worker each second, and no other hand-off', () => {
    const promised = aLease('shard-0', { leaseOwner: 'me', checkpointOwner: 'other' });
    const theirs = aLease('shard-1', { leaseOwner: 'other', checkpointOwner: 'me' });
    const seen = observeScan(emptyView, [promised, theirs], read(0));
    expect([isPromised(promised, 'me'), isPromised(theirs, 'me')]).toEqual([true, false]);
    expect(dueLeases(seen, 'me', noneHeld, due)).toEqual([
      { leaseKey: 'shard-0', dueMs: 1_000 },
      { leaseKey: 'shard-1', dueMs: 10_001 },
    ]);
    const reread = observeRow(seen, 'shard-0', promised, read(1_100));
    expect(dueLeases(reread, 'me', noneHeld, due)[0]).toEqual({ leaseKey: 'shard-0', dueMs: 2_100 });
  });
});
