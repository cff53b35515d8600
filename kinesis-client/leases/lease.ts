/**
 * A lease: who reads a shard, how far it has come, and the counter that fences its owner. Pure values; how they lie in
 * the table is told in lease-row.ts. Words and order are the Java KCL's (ExtendedSequenceNumber, Lease).
 */

/** In the stored checkpoint these stand where else there are digits. */
export const TRIM_HORIZON = 'TRIM_HORIZON';
export const LATEST = 'LATEST';
export const AT_TIMESTAMP = 'AT_TIMESTAMP';
export const SHARD_END = 'SHARD_END';

/** A position in a shard: everything up to it is done. */
export interface Checkpoint {
  /** Digits (about 56 of them: compare through BigInt only), or TRIM_HORIZON, LATEST, AT_TIMESTAMP, SHARD_END. */
  readonly sequenceNumber: string;
  /** The index of the user record inside a KPL aggregate, 0 otherwise. */
  readonly subSequenceNumber: number;
}

/** A checkpoint that was prepared and waits for its commit. */
export interface PendingCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The bytes that the application gave to prepare. Absent when it gave none. */
  readonly state?: Uint8Array;
}

/** Decimal 128-bit numbers, both inside the range. */
export interface HashRange {
  readonly start: string;
  readonly end: string;
}

export interface Lease {
  /** The shard id. */
  readonly leaseKey: string;
  /** The worker that owns it; during a hand-off the *next* owner. Absent: nobody does. */
  readonly leaseOwner?: string;
  /** Heartbeat and fence: changes with every renewal, take, evict and checkpoint (64 bits in Java). */
  readonly leaseCounter: bigint;
  readonly ownerSwitchesSinceCheckpoint: bigint;
  readonly checkpoint: Checkpoint;
  readonly pending?: PendingCheckpoint;
  /** Empty when the shard has none that are known. */
  readonly parentShardIds: readonly string[];
  /** Filled when the shard ends. */
  readonly childShardIds: readonly string[];
  readonly hashRange?: HashRange;
  /** The *current* owner while a hand-off (of Java 3.x, or ours) runs: it is asked to let go. */
  readonly checkpointOwner?: string;
  /** Ours: epoch milliseconds from which a lease at LATEST is read until its first checkpoint, whoever opens it. */
  readonly latestSinceMs?: number;
  /**
   * Ours: epoch milliseconds at which its owner took it over from one that had let it go or fell silent, absent when it moved for
   * balance since. A hint for choosing what to steal; nothing rests on it.
   */
  readonly parkedAtMs?: number;
}

const sentinels = new Map([
  [AT_TIMESTAMP, -3n],
  [TRIM_HORIZON, -2n],
  [LATEST, -1n],
]);

/** Whether the text can stand as the sequence number of a checkpoint. */
export const isSequenceNumber = (text: string): boolean =>
  text === SHARD_END || sentinels.has(text) || /^\d+$/.test(text);

/**
 * AT_TIMESTAMP < TRIM_HORIZON < LATEST < digits < SHARD_END, ties by sub-sequence number; SHARD_END equals only itself.
 * Negative, 0 or positive, for `sort`. Throws a SyntaxError for a text that is no sequence number (a bug of the caller:
 * rows are checked when they are read).
 */
export function compareCheckpoints(a: Checkpoint, b: Checkpoint): number {
  if (a.sequenceNumber === SHARD_END || b.sequenceNumber === SHARD_END)
    return Number(a.sequenceNumber === SHARD_END) - Number(b.sequenceNumber === SHARD_END);
  const left = sentinels.get(a.sequenceNumber) ?? BigInt(a.sequenceNumber);
  const right = sentinels.get(b.sequenceNumber) ?? BigInt(b.sequenceNumber);
  if (left === right) return a.subSequenceNumber - b.subSequenceNumber;
  return left < right ? -1 : 1;
}

/** The whole shard is done. */
export const isFinished = (lease: Lease): boolean => lease.checkpoint.sequenceNumber === SHARD_END;

/** Who works on the shard now: during a hand-off still the old owner. */
export const actualOwner = (lease: Lease): string | undefined => lease.checkpointOwner ?? lease.leaseOwner;

/** To whom `owner` is asked to hand this lease over; undefined when it is not. */
export const receiverFrom = (owner: string | undefined, lease: Lease): string | undefined =>
  lease.checkpointOwner !== undefined && lease.checkpointOwner === owner && lease.leaseOwner !== owner
    ? lease.leaseOwner
    : undefined;

const samePending = (a: PendingCheckpoint | undefined, b: PendingCheckpoint | undefined): boolean =>
  a === undefined || b === undefined
    ? a === b
    : compareCheckpoints(a.checkpoint, b.checkpoint) === 0 &&
      Buffer.compare(a.state ?? new Uint8Array(), b.state ?? new Uint8Array()) === 0;

const sameOwners = (a: Lease, b: Lease): boolean =>
  a.leaseOwner === b.leaseOwner && a.checkpointOwner === b.checkpointOwner;

/** Whether two values agree in everything that only the owner's writes change: counters, checkpoint, pending. */
export const sameProgress = (a: Lease, b: Lease): boolean =>
  a.leaseKey === b.leaseKey &&
  a.leaseCounter === b.leaseCounter &&
  a.ownerSwitchesSinceCheckpoint === b.ownerSwitchesSinceCheckpoint &&
  a.latestSinceMs === b.latestSinceMs &&
  compareCheckpoints(a.checkpoint, b.checkpoint) === 0 &&
  samePending(a.pending, b.pending);

/** Whether two values agree in everything that a fenced write can change: progress and owners. */
export const sameHolding = (a: Lease, b: Lease): boolean => sameProgress(a, b) && sameOwners(a, b);
