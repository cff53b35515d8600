/**
 * How many leases each worker of a fleet should have, and which of them go first when it has too many: pure. Every worker
 * that sees the same table comes to the same answer, so that no two take for themselves what is one's share.
 */
import type { Lease } from './lease';

/** What a worker has of the leases of shards that have not ended. */
export interface Holding {
  readonly workerId: string;
  readonly leases: readonly Lease[];
}

export interface SharesOf {
  /** All that there are, free ones too. */
  readonly leases: number;
  /** Those that stay; at least one. */
  readonly workers: readonly Holding[];
  /** One of them that has just started. */
  readonly newcomer?: string;
  /** Epoch milliseconds. */
  readonly wallMs: number;
}

/** A lease that was parked for so long has its home there; until then it goes to whoever comes in the place of its old owner. */
const PARKED_FOR_MS = 600_000;

/**
 * By worker id; together exactly all leases, and no two differ by more than one. The odd ones stay where they lie at home:
 * a fleet that is even has what it should, whatever moved before. Else a newcomer gets one, so that all that was parked
 * while it was away can come home; then those with whom they were parked, longest first; then anyone.
 */
export function planShares({ leases, workers, newcomer, wallMs }: SharesOf): ReadonlyMap<string, number> {
  const floor = Math.floor(leases / workers.length);
  const odd = leases % workers.length;
  const rankOf = (holding: Holding): number => {
    const wouldGo = parkedFirst(holding.leases, wallMs)[holding.leases.length - floor - 1];
    if (wouldGo !== undefined) return parkedAtMs(wouldGo, wallMs) ?? HAS_AT_HOME;
    return holding.workerId === newcomer ? IS_NEW : HAS_NONE;
  };
  const ranked = workers.map((holding) => ({ workerId: holding.workerId, rank: rankOf(holding) }));
  ranked.sort((a, b) => a.rank - b.rank || compareTexts(a.workerId, b.workerId));
  return new Map(ranked.map(({ workerId }, i) => [workerId, floor + (i < odd ? 1 : 0)]));
}

/** Ranks; between the last two lie the times at which leases were parked. */
const HAS_AT_HOME = 0;
const IS_NEW = 1;
const HAS_NONE = Number.MAX_SAFE_INTEGER;

/** In the order in which they go: those that were parked last first, then those that are at home. */
export const parkedFirst = (leases: readonly Lease[], wallMs: number): Lease[] =>
  [...leases].sort(
    (a, b) => (parkedAtMs(b, wallMs) ?? 0) - (parkedAtMs(a, wallMs) ?? 0) || compareTexts(a.leaseKey, b.leaseKey),
  );

/**
 * The time for what is parked now: later than all that was seen parked before, so that the order is right also among workers
 * whose clocks differ.
 */
export const parkMs = (leases: readonly Lease[], wallMs: number): number =>
  leases.reduce((latest, lease) => Math.max(latest, (parkedAtMs(lease, wallMs) ?? 0) + 1), wallMs);

/** It waits for the one who comes in the place of its old owner. */
export const isParked = (lease: Lease, wallMs: number): boolean => parkedAtMs(lease, wallMs) !== undefined;

/** Undefined for a lease that is at home, also for one that a clock far from ours says to be parked. */
const parkedAtMs = (lease: Lease, wallMs: number): number | undefined =>
  lease.parkedAtMs !== undefined && Math.abs(wallMs - lease.parkedAtMs) < PARKED_FOR_MS ? lease.parkedAtMs : undefined;

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
