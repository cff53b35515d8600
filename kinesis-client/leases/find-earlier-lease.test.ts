import { aLease, aShard, at } from '../../test/lease-builders';
import { findEarlierLease } from './find-earlier-lease';

const open = aShard('shard-1', { startingSequenceNumber: '100' });

describe('#46 a lease of an earlier stream of the same name', () => {
  it.each([
    ['stands before the start of its shard', aLease('shard-1', { checkpoint: at('99') }), open, true],
    ['has ended, and its shard is open', aLease('shard-1', { checkpoint: at('SHARD_END') }), open, true],
    ['not: it stands in its shard', aLease('shard-1', { checkpoint: at('100') }), open, false],
    ['not: it waits for its first record', aLease('shard-1'), open, false],
    ['not: it has ended as its shard has', aLease('shard-1', { checkpoint: at('SHARD_END') }), { ...open, isClosed: true }, false], // prettier-ignore
    ['not: its shard is not listed', aLease('shard-0', { checkpoint: at('1') }), open, false],
  ])('%s', (_what, lease, shard, isEarlier) => {
    expect(findEarlierLease([aLease('shard-9'), lease], [shard])?.leaseKey).toBe(
      isEarlier ? lease.leaseKey : undefined,
    );
  });

  it('is named with the two numbers that contradict each other', () => {
    expect(findEarlierLease([aLease('shard-1', { checkpoint: at('99') })], [open])).toEqual({
      leaseKey: 'shard-1',
      evidence: 'stands at 99, and its shard begins at 100',
    });
  });
});
