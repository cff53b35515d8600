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
    ['TRIM_HORIZON', leaseAt('TRIM_HORIZON'), { type: 'TRIM_HORIZON' }],
    ['LATEST, as Java stores it', leaseAt('LATEST'), { type: 'LATEST' }],
    ['LATEST with its time (48)', leaseAt('LATEST', { latestSinceMs: 5 }), { type: 'AT_TIMESTAMP', timestampMs: 5 }],
    ['AT_TIMESTAMP', leaseAt('AT_TIMESTAMP'), { type: 'AT_TIMESTAMP', timestampMs: 7 }],
    ['digits', leaseAt('49'), { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: '49' }],
  ])('of a row at %s', (_what, lease, expected) => {
    expect(startPosition(lease, { atTimestampMs: 7 })).toEqual(expected);
  });

  it('is unknown for AT_TIMESTAMP when no time is configured', () => {
    expect(startPosition(leaseAt('AT_TIMESTAMP'), 'TRIM_HORIZON')).toBeNull();
  });
});
