/**
 * Every write to a lease as a value: the condition it stands under, what it changes, and the lease it leaves behind.
 * Pure; a LeaseTable carries it out, once or again until its fate is known. The conditions are the Java KCL's
 * (DynamoDBLeaseRefresher), the stricter ones of prepare and commit are those of docs/guarantees.md.
 *
 * Because each fenced write names the counter that it saw, repeating one is always safe: it is applied once or never.
 */
import { LATEST, sameHolding, type Checkpoint, type Lease } from './lease';
import { checkpointAttributes, pendingAttributes, type Row } from './lease-row';

export type WriteKind = 'renew' | 'take' | 'evict' | 'checkpoint' | 'prepare' | 'commit' | 'children';

export interface LeaseWrite {
  readonly kind: WriteKind;
  readonly leaseKey: string;
  /** All must hold. Null: the attribute must not be there. */
  readonly where: Readonly<Record<string, Row[string] | null>>;
  readonly set: Row;
  readonly remove: readonly string[];
  /** The lease as it stands when this write was applied. */
  readonly after: Lease;
}

const PENDING = ['pendingCheckpoint', 'pendingCheckpointSubSequenceNumber', 'pendingCheckpointState'] as const;

const counter = (value: bigint): Row => ({ leaseCounter: { N: String(value) } });
const seen = (lease: Lease): Row => counter(lease.leaseCounter);
const next = (lease: Lease): Lease => ({ ...lease, leaseCounter: lease.leaseCounter + 1n });

/** Java 3.x's condition: a hand-over that somebody started meanwhile stops the renewal instead of being overlooked. */
export function renewal(lease: Lease): LeaseWrite {
  const after = next(lease);
  return {
    kind: 'renew',
    leaseKey: lease.leaseKey,
    where: { ...seen(lease), checkpointOwner: null },
    set: seen(after),
    remove: [],
    after,
  };
}

/**
 * Free, expired or stolen, it is the same write. A stale `checkpointOwner` goes (Java 2.x leaves it behind). A lease
 * that waits at LATEST and has no start yet gets one, so that nobody ever skips what came before its own first look.
 */
export function taking(lease: Lease, workerId: string, wallMs: number): LeaseWrite {
  const switched = lease.leaseOwner !== undefined && lease.leaseOwner !== workerId;
  const startsNow = lease.checkpoint.sequenceNumber === LATEST && lease.latestSinceMs === undefined;
  const { checkpointOwner: _stale, ...rest } = next(lease);
  const after: Lease = {
    ...rest,
    leaseOwner: workerId,
    ownerSwitchesSinceCheckpoint: lease.ownerSwitchesSinceCheckpoint + (switched ? 1n : 0n),
    ...(startsNow ? { latestSinceMs: Math.trunc(wallMs) } : {}),
  };
  return {
    kind: 'take',
    leaseKey: lease.leaseKey,
    where: seen(lease),
    set: {
      ...seen(after),
      leaseOwner: { S: workerId },
      ...(switched ? { ownerSwitchesSinceCheckpoint: { N: String(after.ownerSwitchesSinceCheckpoint) } } : {}),
      ...(startsNow ? { latestSince: { N: String(after.latestSinceMs) } } : {}),
    },
    remove: ['checkpointOwner'],
    after,
  };
}

/** Lets go. Java 3.x's evict, and the counter on top: a write of ours that is still under way cannot follow it. */
export function eviction(lease: Lease): LeaseWrite {
  const { leaseOwner, checkpointOwner, ...rest } = next(lease);
  const handedOver = checkpointOwner !== undefined;
  const after: Lease = handedOver ? { ...rest, leaseOwner } : rest;
  return {
    kind: 'evict',
    leaseKey: lease.leaseKey,
    where: {
      ...seen(lease),
      leaseOwner: leaseOwner === undefined ? null : { S: leaseOwner },
      checkpointOwner: checkpointOwner === undefined ? null : { S: checkpointOwner },
    },
    set: seen(after),
    remove: handedOver ? ['checkpointOwner'] : ['leaseOwner', 'checkpointOwner'],
    after,
  };
}

/** Never over a pending checkpoint: that one is finished first, by whoever owns the shard. */
export function checkpointing(lease: Lease, to: Checkpoint): LeaseWrite {
  const { latestSinceMs: _started, ...rest } = next(lease);
  const after: Lease = { ...rest, checkpoint: to, ownerSwitchesSinceCheckpoint: 0n };
  return {
    kind: 'checkpoint',
    leaseKey: lease.leaseKey,
    where: { ...seen(lease), pendingCheckpoint: null },
    set: { ...seen(after), ...checkpointAttributes(to), ownerSwitchesSinceCheckpoint: { N: '0' } },
    remove: ['latestSince'],
    after,
  };
}

/** First phase: the checkpoint stays, the plan to move it is written down, fenced by where it starts. */
export function preparing(lease: Lease, to: Checkpoint, state: Uint8Array): LeaseWrite {
  const pending = state.length > 0 ? { checkpoint: to, state } : { checkpoint: to };
  const after: Lease = { ...next(lease), pending };
  return {
    kind: 'prepare',
    leaseKey: lease.leaseKey,
    where: { ...seen(lease), ...checkpointAttributes(lease.checkpoint), pendingCheckpoint: null },
    set: { ...seen(after), ...pendingAttributes(pending) },
    remove: [],
    after,
  };
}

/** Second phase: what was prepared, and nothing else, becomes the checkpoint. Throws when nothing is prepared. */
export function committing(lease: Lease): LeaseWrite {
  const { pending, latestSinceMs: _started, ...rest } = next(lease);
  if (pending === undefined) throw new Error(`lease ${lease.leaseKey}: commit without a pending checkpoint`);
  const after: Lease = { ...rest, checkpoint: pending.checkpoint, ownerSwitchesSinceCheckpoint: 0n };
  return {
    kind: 'commit',
    leaseKey: lease.leaseKey,
    where: { ...seen(lease), ...pendingAttributes(pending) },
    set: { ...seen(after), ...checkpointAttributes(pending.checkpoint), ownerSwitchesSinceCheckpoint: { N: '0' } },
    remove: [...PENDING, 'latestSince'],
    after,
  };
}

/** Java's meta update: the row must exist, the counter stays. `childShardIds` must not be empty. */
export function settingChildren(lease: Lease, childShardIds: readonly string[]): LeaseWrite {
  const sorted = [...childShardIds].sort();
  return {
    kind: 'children',
    leaseKey: lease.leaseKey,
    where: { leaseKey: { S: lease.leaseKey } },
    set: { childShardIds: { SS: sorted } },
    remove: [],
    after: { ...lease, childShardIds: sorted },
  };
}

/**
 * Whether the row shows that this write was applied and nothing after it: the answer was lost, not the lease. Every
 * fenced attribute must stand as we left it; the counter alone proves nothing.
 */
export const isApplied = (write: LeaseWrite, row: Lease | undefined): boolean =>
  row !== undefined && sameHolding(write.after, row);
