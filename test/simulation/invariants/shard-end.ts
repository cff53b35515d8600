/**
 * A shard ends in the table (or is prepared to) only when it is closed and every child has a row; a child of a merge gets
 * its row only beside the rows of both parents. Rows are deleted only at their end, when the children are being read.
 */
import { AT_TIMESTAMP, LATEST, SHARD_END, TRIM_HORIZON, type Lease } from '../../../kinesis-client/leases/lease';
import type { Facts } from '../facts';
import type { Invariant } from '../invariant';

export const shardEnd = (): Invariant => ({
  name: 'shard end',
  check(event, facts) {
    if (event.kind !== 'rowChanged') return null;
    const { leaseKey, before, after } = event;
    if (after === undefined) return before === undefined ? null : mayGo(before, facts);
    if (before === undefined) return mayCome(after, facts);
    return endsIn(after) && !endsIn(before) ? mayEnd(leaseKey, facts) : null;
  },
});

const endsIn = ({ checkpoint, pending }: Lease): boolean =>
  checkpoint.sequenceNumber === SHARD_END || pending?.checkpoint.sequenceNumber === SHARD_END;

function mayEnd(shardId: string, facts: Facts): string | null {
  const { isClosed, childShardIds } = facts.shard(shardId);
  if (!isClosed) return `${shardId} ends in the table and is open`;
  const missing = childShardIds.find((child) => !facts.rows.has(child));
  return missing === undefined ? null : `${shardId} ends before its child ${missing} has a row`;
}

/** A row that nobody read before its parents began would let it overtake them; one at LATEST follows no parent. */
function mayCome({ leaseKey, checkpoint }: Lease, facts: Facts): string | null {
  if (facts.rows.get(leaseKey)?.hasEnded) return `the row of ${leaseKey} comes back after the shard has ended`;
  if (checkpoint.sequenceNumber === LATEST) return null;
  const missing = facts.shard(leaseKey).parentShardIds.find((parent) => !facts.rows.has(parent));
  return missing === undefined ? null : `${leaseKey} gets a row before its parent ${missing} has one`;
}

function mayGo({ leaseKey, checkpoint, pending }: Lease, facts: Facts): string | null {
  if (checkpoint.sequenceNumber !== SHARD_END)
    return `the row of ${leaseKey} is deleted at ${checkpoint.sequenceNumber}`;
  if (pending !== undefined) return `the row of ${leaseKey} is deleted with something pending`;
  const waiting = facts.shard(leaseKey).childShardIds.find((child) => {
    const row = facts.rows.get(child)?.lease;
    return row !== undefined && [TRIM_HORIZON, AT_TIMESTAMP].includes(row.checkpoint.sequenceNumber);
  });
  return waiting === undefined ? null : `the row of ${leaseKey} is deleted before its child ${waiting} is read`;
}
