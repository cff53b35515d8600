/**
 * The fence. Between one take and the next only the taker writes, and every write moves the counter by one: whoever comes
 * late fails. Only facts about the stream (children, hash range) and the start of a hand-over leave the counter alone.
 */
import type { Lease } from '../../../kinesis-client/leases/lease';
import { compareCheckpoints, sameHolding } from '../../../kinesis-client/leases/lease';
import { ownerOf, processOf } from '../facts';
import type { Invariant } from '../invariant';

export const oneOwner = (): Invariant => ({
  name: 'one owner',
  check(event) {
    if (event.kind !== 'rowChanged') return null;
    const { before, after, process } = event;
    if (before === undefined)
      return ownerOf(after) === undefined && after?.leaseCounter === 0n ? null : 'a row is made that somebody owns';
    if (after === undefined || sameHolding(before, after)) return null;
    if (after.leaseCounter === before.leaseCounter) return startsHandOver(before, after, process);
    if (after.leaseCounter !== before.leaseCounter + 1n)
      return `${process} moves the counter from ${before.leaseCounter} to ${after.leaseCounter}`;
    const owner = ownerOf(before);
    const takes = ownerOf(after) === process;
    return owner === process || takes ? null : `${process} writes to a lease of ${owner ?? 'nobody'}`;
  },
});

/** Java's start of a hand-over: the next owner is named, the present one goes on writing. */
function startsHandOver(before: Lease, after: Lease, process: string): string | null {
  const starts =
    before.checkpointOwner === undefined &&
    after.checkpointOwner === before.leaseOwner &&
    after.leaseOwner !== before.leaseOwner;
  const keeps = compareCheckpoints(before.checkpoint, after.checkpoint) === 0;
  if (starts && keeps && processOf(after.leaseOwner) === process) return null;
  return `${process} changes the row and leaves its counter at ${before.leaseCounter}`;
}
