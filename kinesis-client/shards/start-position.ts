/**
 * Where the reading of a lease's shard begins: pure. The table is "Where a shard starts" in the client's README.
 */
import { AT_TIMESTAMP, LATEST, TRIM_HORIZON, type Lease } from '../leases/lease';
import type { InitialPosition } from '../leases/plan-shard-sync';
import type { Position } from './stream';

/**
 * At digits the record of the checkpoint comes first and is dropped: an aggregate may hold records after it, and its
 * absence tells that records have expired.
 * @returns null when the row waits for a time that the configuration does not give.
 */
export function startPosition(lease: Lease, initialPosition: InitialPosition): Position | null {
  const { sequenceNumber } = lease.checkpoint;
  switch (sequenceNumber) {
    case TRIM_HORIZON:
      return { type: 'TRIM_HORIZON' };
    case LATEST:
      return lease.latestSinceMs === undefined
        ? { type: 'LATEST' }
        : { type: 'AT_TIMESTAMP', timestampMs: lease.latestSinceMs };
    case AT_TIMESTAMP:
      return typeof initialPosition === 'object'
        ? { type: 'AT_TIMESTAMP', timestampMs: initialPosition.atTimestampMs }
        : null;
    default:
      return { type: 'AT_SEQUENCE_NUMBER', sequenceNumber };
  }
}
