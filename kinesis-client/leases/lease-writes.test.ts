import { aLease, at } from '../../test/lease-builders';
import type { Lease } from './lease';
import { endingHandOff, isApplied, renewal, startingHandOff, taking, type TakenHow } from './lease-writes';

const NOW_MS = 1_700_000_000_000;
const held = aLease('shard-0', {
  leaseOwner: 'me',
  leaseCounter: 7n,
  ownerSwitchesSinceCheckpoint: 2n,
  checkpoint: at(9),
});
const promised: Lease = { ...held, leaseOwner: 'you', checkpointOwner: 'me' };
const { leaseOwner: _nobody, ...free } = held;

describe('taking', () => {
  it.each<[string, Lease, string, bigint]>([
    ['from nobody', free, 'you', 2n],
    ['from another owner', held, 'you', 3n],
    ['from himself', held, 'me', 2n],
    ['as the receiver of a hand-off', promised, 'you', 2n],
    ['as the owner who was to hand it over', promised, 'me', 3n],
    ['the same, with a row that hands over to itself', { ...promised, leaseOwner: 'me' }, 'me', 3n],
    ['from both sides of a hand-off', promised, 'she', 3n],
  ])('%s counts an owner switch where Java does', (_who, lease, taker, switches) => {
    const { set, after, remove } = taking(lease, taker, NOW_MS);
    expect(after.ownerSwitchesSinceCheckpoint).toBe(switches);
    expect(set.ownerSwitchesSinceCheckpoint).toEqual(switches === 2n ? undefined : { N: String(switches) });
    expect([after.checkpointOwner, remove.includes('checkpointOwner')]).toEqual([undefined, true]);
  });

  it.each<[string, Lease, TakenHow, number | undefined]>([
    ['a lease that was let go is parked', free, 'free', NOW_MS],
    ['and that of an owner who fell silent', held, 'free', NOW_MS],
    ['a lease that never had an owner is at home', { ...free, leaseCounter: 0n }, 'free', undefined],
    ['one that was stolen is at home', { ...held, parkedAtMs: 5 }, 'stolen', undefined],
    ['and one that was handed over', { ...promised, parkedAtMs: 5 }, 'handed-over', undefined],
    ['one that was resumed stays parked', { ...held, parkedAtMs: 5 }, 'resumed', 5],
    ['or at home', held, 'resumed', undefined],
  ])('%s', (_what, lease, how, parkedAtMs) => {
    const { set, remove, after } = taking(lease, 'you', NOW_MS, how);
    expect(after.parkedAtMs).toBe(parkedAtMs);
    expect(set.parkedAt).toEqual(parkedAtMs === undefined ? undefined : { N: String(parkedAtMs) });
    expect(remove.includes('parkedAt')).toBe(parkedAtMs === undefined);
  });
});

describe('a hand-off', () => {
  it('cannot start without an owner, nor end when none runs', () => {
    expect(() => startingHandOff(free, 'you')).toThrow(/nobody/);
    expect(() => endingHandOff(held)).toThrow(/no hand-off/);
  });

  it('ends with the receiver as the only owner, and the switches as they were', () => {
    expect(endingHandOff(promised).after).toEqual({ ...held, leaseOwner: 'you', leaseCounter: 8n });
  });

  it('is overlooked by a renewal only when the holder knows of it', () => {
    expect(renewal(held).where).toHaveProperty('checkpointOwner', null);
    expect(renewal(promised).where).not.toHaveProperty('checkpointOwner');
  });
});

describe('isApplied', () => {
  const renewed = renewal(held).after;
  it.each<[string, Lease, boolean]>([
    ['as it was written', renewed, true],
    ['and then a hand-off was asked for', { ...renewed, leaseOwner: 'you', checkpointOwner: 'me' }, true],
    ['and then another owner took it', { ...renewed, leaseOwner: 'you' }, false],
    ['by another owner who hands over', { ...renewed, leaseOwner: 'you', checkpointOwner: 'she' }, false],
    ['to himself', { ...renewed, leaseOwner: 'me', checkpointOwner: 'me' }, false],
    ['not at all: a hand-off was asked for before', promised, false],
  ])('a renewal: %s', (_what, row, applied) => expect(isApplied(renewal(held), row)).toBe(applied));

  it.each<[string, Lease, boolean]>([
    ['and the owner has renewed since', { ...promised, leaseCounter: 9n }, true],
    ['and has handed over since', { ...held, leaseOwner: 'you', leaseCounter: 9n }, true],
    ['not at all: another one asked first', { ...promised, leaseOwner: 'she' }, false],
    ['not at all: the owner let go', free, false],
  ])('the start of a hand-off: %s', (_what, row, applied) => {
    expect(isApplied(startingHandOff(held, 'you'), row)).toBe(applied);
  });
});
