import type { Lease } from '../leases/lease';
import { startPosition } from './start-position';

const leaseAt = (sequenceNumber: string, more: Partial<Lease> = {}): Lease => ({
  leaseKey: 'shard',
  leaseCounter: 1n,
  ownerSwitchesSinceCheckpoint: 0n,
  checkpoint: { sequenceNumber, subSequenceNumber: 0 },
  parentShardIds: [],
  childShardIds: [],
  ...more,
});

describe('startPosition', () => {
  it.each([
    ['a row at TRIM_HORIZON', leaseAt('TRIM_HORIZON'), { type: 'TRIM_HORIZON' }],
    ['a row at LATEST, as Java stores it', leaseAt('LATEST'), { type: 'LATEST' }],
    [
      '#48 a row at LATEST with its time',
      leaseAt('LATEST', { latestSinceMs: 5 }),
      { type: 'AT_TIMESTAMP', timestampMs: 5 },
    ],
    ['a row at AT_TIMESTAMP', leaseAt('AT_TIMESTAMP'), { type: 'AT_TIMESTAMP', timestampMs: 7 }],
    ['a row at digits', leaseAt('49'), { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: '49' }],
  ])('%s', (_what, lease, expected) => {
    expect(startPosition(lease, { atTimestampMs: 7 })).toEqual(expected);
  });

  it('is unknown for AT_TIMESTAMP when no time is configured', () => {
    expect(startPosition(leaseAt('AT_TIMESTAMP'), 'TRIM_HORIZON')).toBeNull();
  });
});
