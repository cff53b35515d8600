/** What a change of a lease row was: pure. For the chronicle, and for whoever asks how a lease changed hands. */
import { compareCheckpoints, sameHolding, type Lease } from '../../kinesis-client/leases/lease';
import { ownerOf } from './facts';

export type RowChange =
  | 'created'
  | 'deleted'
  | 'described'
  | 'hand-over started'
  | 'handed over'
  | 'taken'
  | 'let go'
  | 'committed'
  | 'prepared'
  | 'checkpointed'
  | 'renewed';

/** `process`: who sent the write. */
export function rowChange(process: string, before: Lease | undefined, after: Lease | undefined): RowChange {
  if (before === undefined) return 'created';
  if (after === undefined) return 'deleted';
  if (sameHolding(before, after)) return 'described';
  const [from, to] = [ownerOf(before), ownerOf(after)];
  if (before.checkpointOwner === undefined && after.checkpointOwner !== undefined) return 'hand-over started';
  if (from !== to && to === process) return 'taken';
  if (from !== to) return to === undefined ? 'let go' : 'handed over';
  if (before.pending !== undefined && after.pending === undefined) return 'committed';
  if (before.pending === undefined && after.pending !== undefined) return 'prepared';
  return compareCheckpoints(before.checkpoint, after.checkpoint) === 0 ? 'renewed' : 'checkpointed';
}
