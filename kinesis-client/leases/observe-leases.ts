/**
 * What one worker has seen of the lease table: pure. Two machines' clocks are never compared: a lease is silent since
 * *this* observer first saw its counter stand where it still stands.
 */
import { actualOwner, type Lease } from './lease';

export interface SeenLease {
  readonly lease: Lease;
  /** When this counter was first seen: the end of that read, so it may count the lease too young, never too old. */
  readonly sinceMs: number;
  /** The start of the newest read: until then it is known to stand still. */
  readonly readMs: number;
  /** Free, and seen to be this worker's before: it let the lease go of itself. */
  readonly letGoBy?: string;
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
  const seen = { lease, sinceMs: still ? before.sinceMs : endedMs, readMs: startedMs };
  const letGoBy = before?.lease.leaseOwner ?? before?.letGoBy;
  return actualOwner(lease) === undefined && letGoBy !== undefined ? { ...seen, letGoBy } : seen;
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

/**
 * When a lease must be read again to know that it has expired. A look may come long after that moment; reading the one
 * row when it falls due makes take-over after a crash as fast as the lease duration allows.
 */
const dueMs = (seen: SeenLease, leaseDurationMs: number): number => Math.floor(seen.sinceMs + leaseDurationMs) + 1;

/** The owned leases of others that were not read since they fell due, with the moment at which they do, soonest first. */
export function dueLeases(
  view: LeaseView,
  held: ReadonlyMap<string, unknown>,
  leaseDurationMs: number,
): readonly { readonly leaseKey: string; readonly dueMs: number }[] {
  return [...view.values()]
    .filter(({ lease }) => (lease.leaseOwner ?? lease.checkpointOwner) !== undefined && !held.has(lease.leaseKey))
    .filter((seen) => seen.readMs < dueMs(seen, leaseDurationMs))
    .map((seen) => ({ leaseKey: seen.lease.leaseKey, dueMs: dueMs(seen, leaseDurationMs) }))
    .sort((a, b) => a.dueMs - b.dueMs);
}
