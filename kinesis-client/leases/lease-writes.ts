/**
 * Every write to a lease as a value: the condition it stands under, what it changes, and the lease it leaves behind.
 * Pure; a LeaseTable carries it out, once or again until its fate is known. The conditions are the Java KCL's
 * (DynamoDBLeaseRefresher), the stricter ones of prepare and commit are those of docs/guarantees.md.
 *
 * Because each fenced write names the counter that it saw, repeating one is always safe: it is applied once or never.
 */
import {
  actualOwner,
  LATEST,
  receiverFrom,
  sameHolding,
  sameProgress,
  type Checkpoint,
  type HashRange,
  type Lease,
} from './lease';
import { checkpointAttributes, pendingAttributes, type Row } from './lease-row';

export type WriteKind =
  | 'renew'
  | 'take'
  | 'evict'
  | 'start-hand-off'
  | 'end-hand-off'
  | 'checkpoint'
  | 'prepare'
  | 'commit'
  | 'children'
  | 'hash-range';

/**
 * How a lease comes to its next holder. free: nobody had it, or its owner had let it go or was silent. resumed: its own, from an
 * earlier holding. stolen: from a live owner, for balance. handed-over: the same, but its owner was asked and had time.
 */
export type TakenHow = 'free' | 'resumed' | 'stolen' | 'handed-over';

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

/**
 * Java 3.x's condition: a hand-off that somebody started meanwhile stops the renewal instead of being overlooked. Once its owner
 * knows of it, the lease is renewed all the same until it is handed over.
 */
export function renewal(lease: Lease): LeaseWrite {
  const after = next(lease);
  return {
    kind: 'renew',
    leaseKey: lease.leaseKey,
    where: { ...seen(lease), ...(lease.checkpointOwner === undefined ? { checkpointOwner: null } : {}) },
    set: seen(after),
    remove: [],
    after,
  };
}

/**
 * However a lease is taken, it is the same write. A `checkpointOwner` goes, be it that of a hand-off that is over or a stale one
 * (Java 2.x leaves it behind). A lease that waits at LATEST and has no start yet gets one, so that nobody ever skips what came
 * before its own first look. `parkMs`: when it is parked, if it is (plan-shares.ts).
 */
export function taking(
  lease: Lease,
  workerId: string,
  wallMs: number,
  how: TakenHow = 'free',
  parkMs = wallMs,
): LeaseWrite {
  // Java 3.x counts also the owner who takes a lease back that he was to hand over.
  const switched =
    (lease.leaseOwner !== undefined && lease.leaseOwner !== workerId) || lease.checkpointOwner === workerId;
  const startsNow = lease.checkpoint.sequenceNumber === LATEST && lease.latestSinceMs === undefined;
  const parkedAtMs = parkedAtMsOf(lease, Math.trunc(parkMs), how);
  const { checkpointOwner: _over, parkedAtMs: _before, ...rest } = next(lease);
  const after: Lease = {
    ...rest,
    leaseOwner: workerId,
    ownerSwitchesSinceCheckpoint: lease.ownerSwitchesSinceCheckpoint + (switched ? 1n : 0n),
    ...(startsNow ? { latestSinceMs: Math.trunc(wallMs) } : {}),
    ...(parkedAtMs === undefined ? {} : { parkedAtMs }),
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
      ...(parkedAtMs === undefined ? {} : { parkedAt: { N: String(parkedAtMs) } }),
    },
    remove: ['checkpointOwner', ...(parkedAtMs === undefined ? ['parkedAt'] : [])],
    after,
  };
}

/** A lease that was never counted never had an owner: it comes to its first one, and is at home there. */
function parkedAtMsOf(lease: Lease, nowMs: number, how: TakenHow): number | undefined {
  if (how === 'resumed') return lease.parkedAtMs;
  return how === 'free' && lease.leaseCounter > 0n ? nowMs : undefined;
}

/** Lets go. Java 3.x's evict, and the counter on top: a write of ours that is still under way cannot follow it. */
export function eviction(lease: Lease): LeaseWrite {
  const { leaseOwner, ...after } = next(lease);
  return {
    kind: 'evict',
    leaseKey: lease.leaseKey,
    where: {
      ...seen(lease),
      leaseOwner: leaseOwner === undefined ? null : { S: leaseOwner },
      checkpointOwner: null,
    },
    set: seen(after),
    remove: ['leaseOwner'],
    after,
  };
}

/**
 * Asks the live owner of a lease to hand it over to `to`; exactly Java 3.x's write. The counter stays, so that the heartbeat of the
 * owner is not broken. Throws for a lease without an owner.
 */
export function startingHandOff(lease: Lease, to: string): LeaseWrite {
  const owner = lease.leaseOwner;
  if (owner === undefined) throw new Error(`lease ${lease.leaseKey}: nobody is there to hand it over`);
  return {
    kind: 'start-hand-off',
    leaseKey: lease.leaseKey,
    where: { leaseOwner: { S: owner }, checkpointOwner: null },
    set: { leaseOwner: { S: to }, checkpointOwner: { S: owner } },
    remove: [],
    after: { ...lease, leaseOwner: to, checkpointOwner: owner },
  };
}

/**
 * The last write of an owner that hands over: Java 3.x's, with the counter in the condition as in every write of ours. The switches
 * stay. Throws for a lease that is not being handed over.
 */
export function endingHandOff(lease: Lease): LeaseWrite {
  const { leaseOwner, checkpointOwner } = lease;
  if (leaseOwner === undefined || checkpointOwner === undefined)
    throw new Error(`lease ${lease.leaseKey}: there is no hand-off to end`);
  const { checkpointOwner: _over, ...after } = next(lease);
  return {
    kind: 'end-hand-off',
    leaseKey: lease.leaseKey,
    where: { ...seen(lease), leaseOwner: { S: leaseOwner }, checkpointOwner: { S: checkpointOwner } },
    set: seen(after),
    remove: ['checkpointOwner'],
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

/**
 * A checkpoint or a prepare as the Java client writes it: what was pending before goes, whatever it was. Only for a record
 * processor that says that it ignores pending checkpoints.
 */
export function clearingPending(write: LeaseWrite): LeaseWrite {
  const { pendingCheckpoint: _any, ...where } = write.where;
  const { pending, ...cleared } = write.after;
  const gone = PENDING.filter((name) => !(name in write.set));
  const after: Lease = write.kind === 'prepare' ? { ...cleared, pending } : cleared;
  return { ...write, where, remove: [...write.remove, ...gone], after };
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

/** The same for a row of an old Java client, which did not store it. Anyone may do it: it tells a fact about the stream. */
export function settingHashRange(lease: Lease, hashRange: HashRange): LeaseWrite {
  return {
    kind: 'hash-range',
    leaseKey: lease.leaseKey,
    where: { leaseKey: { S: lease.leaseKey } },
    set: { startingHashKey: { S: hashRange.start }, endingHashKey: { S: hashRange.end } },
    remove: [],
    after: { ...lease, hashRange },
  };
}

/**
 * Whether the row shows that this write was applied and nothing after it: the answer was lost, not the lease. Every
 * fenced attribute must stand as we left it; the counter alone proves nothing. Only a hand-off may have started since: it changes
 * the owners and nothing else.
 */
export function isApplied(write: LeaseWrite, row: Lease): boolean {
  const { after, kind } = write;
  if (kind === 'start-hand-off') return row.leaseOwner === after.leaseOwner;
  const isAskedSince = receiverFrom(actualOwner(after), row) !== undefined;
  return sameHolding(after, row) || (isAskedSince && sameProgress(after, row));
}
