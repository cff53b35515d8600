import { aLease } from '../../test/lease-builders';
import type { Lease } from './lease';
import {
  dueLeases,
  emptyView,
  hasExpired,
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
    expect(dueLeases(view, noneHeld, DURATION_MS)).toEqual([{ leaseKey: 'shard-0', dueMs: 10_001 }]);
    const reread = observeRow(view, 'shard-0', owned(1), read(10_001));
    expect(hasExpired(seenIn(reread), DURATION_MS)).toBe(true);
  });

  it('names it once: not again after it was read when due', () => {
    const reread = observeRow(view, 'shard-0', owned(1), read(10_001));
    expect(dueLeases(reread, noneHeld, DURATION_MS)).toEqual([]);
  });

  it('leaves out what this worker holds', () => {
    expect(dueLeases(view, new Map([['shard-0', true]]), DURATION_MS)).toEqual([]);
  });
});
