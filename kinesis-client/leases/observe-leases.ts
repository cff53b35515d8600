/**
 * What one worker has seen of the lease table: pure. Two machines' clocks are never compared: a lease is silent since
 * *this* observer first saw its counter stand where it still stands, a hand-off lasts since he first saw its two workers.
 */
import { actualOwner, type Lease } from './lease';

export interface SeenLease {
  readonly lease: Lease;
  /** When this counter was first seen: the end of that read, so it may count the lease too young, never too old. */
  readonly sinceMs: number;
  /** The start of the newest read: until then it is known to stand still. */
  readonly readMs: number;
  /** The counter was seen to move: its owner was alive then. A row of a worker that died long ago looks the same but for that. */
  readonly hasMoved: boolean;
  /** Free, and seen to be this worker's before: it let the lease go of itself. */
  readonly letGoBy?: string;
  /** In a hand-off: when it was first seen between these two workers. */
  readonly handOffSinceMs?: number;
  /** A hand-off to its owner was seen to end, and the owner has not begun. */
  readonly isHandedOver?: true;
}

/** By lease key. */
export type LeaseView = ReadonlyMap<string, SeenLease>;

/** A read, on the observer's monotonic clock. */
export interface ReadTime {
  readonly startedMs: number;
  readonly endedMs: number;
}

export const emptyView: LeaseView = new Map();

function seeAgain(before: SeenLease | undefined, lease: Lease, { startedMs, endedMs }: ReadTime): SeenLease {
  const still = before !== undefined && before.lease.leaseCounter === lease.leaseCounter;
  return {
    lease,
    sinceMs: still ? before.sinceMs : endedMs,
    readMs: startedMs,
    hasMoved: before !== undefined && (before.hasMoved || !still),
    ...lettingGo(before, lease),
    ...handingOver(before, lease, still, endedMs),
  };
}

function lettingGo(before: SeenLease | undefined, lease: Lease): Pick<SeenLease, 'letGoBy'> {
  const letGoBy = before?.lease.leaseOwner ?? before?.letGoBy;
  return actualOwner(lease) === undefined && letGoBy !== undefined ? { letGoBy } : {};
}

function handingOver(
  before: SeenLease | undefined,
  lease: Lease,
  still: boolean,
  endedMs: number,
): Pick<SeenLease, 'handOffSinceMs' | 'isHandedOver'> {
  const sameReceiver = before !== undefined && before.lease.leaseOwner === lease.leaseOwner;
  if (lease.checkpointOwner !== undefined) {
    const same = sameReceiver && before.lease.checkpointOwner === lease.checkpointOwner;
    return { handOffSinceMs: same ? (before.handOffSinceMs ?? endedMs) : endedMs };
  }
  const hasJustEnded = before?.lease.checkpointOwner !== undefined;
  return sameReceiver && (hasJustEnded || (before.isHandedOver === true && still)) ? { isHandedOver: true } : {};
}

/** The view after a scan of the whole table: rows that are gone are forgotten. */
export const observeScan = (view: LeaseView, leases: readonly Lease[], time: ReadTime): LeaseView =>
  new Map(leases.map((lease) => [lease.leaseKey, seeAgain(view.get(lease.leaseKey), lease, time)]));

/** The view after one row was read (undefined: it is gone). */
export function observeRow(view: LeaseView, leaseKey: string, lease: Lease | undefined, time: ReadTime): LeaseView {
  const next = new Map(view);
  if (lease === undefined) next.delete(leaseKey);
  else next.set(leaseKey, seeAgain(view.get(leaseKey), lease, time));
  return next;
}

/** How long the counter is known to have stood still, on this observer's clock. */
export const silentMs = (seen: SeenLease): number => seen.readMs - seen.sinceMs;

/** Whether another worker may take it: silent for more than its duration. */
export const hasExpired = (seen: SeenLease, leaseDurationMs: number): boolean => silentMs(seen) > leaseDurationMs;

/** A part of the duration on top: time enough for whoever should take an expired lease first. */
const GRACE = 1 / 4;

/** Whether it has expired so long ago that whoever should have taken it did not. */
export const isOverdue = (seen: SeenLease, leaseDurationMs: number): boolean =>
  silentMs(seen) > leaseDurationMs * (1 + GRACE);

/** How long it is known to be between the same two workers of a hand-off; 0 when it is in none. */
export const handingOverMs = ({ handOffSinceMs, readMs }: SeenLease): number =>
  handOffSinceMs === undefined ? 0 : readMs - handOffSinceMs;

/** Whether its owner was asked to hand it over to this worker, and has not yet. */
export const isPromised = (lease: Lease, workerId: string): boolean =>
  lease.leaseOwner === workerId && lease.checkpointOwner !== undefined && lease.checkpointOwner !== workerId;

export interface DueTimes {
  readonly leaseDurationMs: number;
  readonly handOffPollMs: number;
}

/**
 * When a lease must be read again to know that it has expired, and again that it is overdue. A look may come long after those
 * moments; reading the one row when it falls due makes take-over after a crash as fast as the lease duration allows.
 */
function silenceDueMs({ sinceMs, readMs }: SeenLease, leaseDurationMs: number): number {
  const expiresMs = Math.floor(sinceMs + leaseDurationMs) + 1;
  return readMs < expiresMs ? expiresMs : Math.floor(sinceMs + leaseDurationMs * (1 + GRACE)) + 1;
}

/** The rows of others that must be read before the next look, with the moment at which they must, soonest first. */
export function dueLeases(
  view: LeaseView,
  workerId: string,
  held: ReadonlyMap<string, unknown>,
  { leaseDurationMs, handOffPollMs }: DueTimes,
): readonly { readonly leaseKey: string; readonly dueMs: number }[] {
  const dueMs = (seen: SeenLease): number =>
    isPromised(seen.lease, workerId) ? seen.readMs + handOffPollMs : silenceDueMs(seen, leaseDurationMs);
  return [...view.values()]
    .filter(({ lease }) => (lease.leaseOwner ?? lease.checkpointOwner) !== undefined && !held.has(lease.leaseKey))
    .filter((seen) => seen.readMs < dueMs(seen))
    .map((seen) => ({ leaseKey: seen.lease.leaseKey, dueMs: dueMs(seen) }))
    .sort((a, b) => a.dueMs - b.dueMs);
}
