/**
 * Which leases this worker should go for now: pure. The algorithm of the Java KCL 2.x (DynamoDBLeaseTaker), so that a
 * mixed fleet settles, with differences, each because the Java rule makes fleets uneven, slow or restless:
 * - of the workers that may have one lease more than the others, everyone knows which they are (plan-shares.ts), and who gives
 *   which lease to whom: what is free or too much goes where it stays;
 * - "very old" counts only what this observer watched itself; a lease first *seen* free is taken up to the share;
 * - who holds nothing takes one lease first, to be seen by those who start at the same time, and its share a moment later;
 * - leases of ended shards are no load; free ones are still taken, by anyone, to be cleaned up;
 * - a lease in a hand-off counts for its receiver and is never stolen;
 * - a worker that was seen to let a lease go is on its way out and has no share: what it lets go is taken at once, not
 *   when its last shard is done.
 */
import type { Random } from '../../runtime/random';
import { actualOwner, isFinished, type Lease } from './lease';
import type { TakenHow } from './lease-writes';
import {
  handingOverMs,
  hasExpired,
  isOverdue,
  isPromised,
  silentMs,
  type LeaseView,
  type SeenLease,
} from './observe-leases';
import { compareTexts, isParked, parkedFirst, parkMs, planShares, type Holding } from './plan-shares';
import { isOurWorkerId } from './worker-id';

/** The worker that plans. */
export interface Planner {
  readonly workerId: string;
  /** The leases that it holds; they may be newer than the view. */
  readonly held: ReadonlyMap<string, { readonly lease: Lease }>;
  /** It has not had its share yet since it started. */
  readonly isNew: boolean;
  /** Epoch milliseconds. */
  readonly wallMs: number;
}

export interface LeaseLimits {
  readonly leaseDurationMs: number;
  readonly handOffTimeoutMs: number;
  readonly leasesMax: number;
  readonly stealMax: number;
  readonly takeVeryOld: boolean;
}

export interface PlannedTake {
  readonly lease: Lease;
  readonly how: Exclude<TakenHow, 'stolen'>;
}

export interface LeasePlan {
  /** Of no living owner, left behind by an earlier holding of this very worker, or handed over to it. */
  readonly take: readonly PlannedTake[];
  /** From live owners. Only when nothing is free. */
  readonly steal: readonly Lease[];
  /** What is taken of leases that had an owner is parked at this time. */
  readonly parkMs: number;
  /** The most that a worker has of the leases of shards that have not ended when they lie evenly. */
  readonly target: number;
  /** How much the target exceeds `leasesMax`: this many leases a worker have nobody to read them. */
  readonly spillover: number;
  /** Live workers that stay, this one counted. */
  readonly workers: number;
  /** It has its share. */
  readonly isSettled: boolean;
  /** It goes for its first lease and has a greater share: the next look should come soon. */
  readonly isFirst: boolean;
}

/** Free for this many lease durations in our own sight: something is wrong with the fleet, take it whatever the share. */
const VERY_OLD_DURATIONS = 3;

export function planLeases(view: LeaseView, planner: Planner, limits: LeaseLimits, random: Random): LeasePlan {
  const { workerId, held, isNew, wallMs } = planner;
  const { claims, free, mine, others } = sortOut(view, planner, limits);
  const leaving = new Set(free.map(({ letGoBy }) => letGoBy));
  const workers = [mine, ...others.filter((other) => !leaving.has(other.workerId))];
  const freeOpen = free.filter(({ lease }) => !isFinished(lease));
  const leases = [mine, ...others].reduce((sum, holding) => sum + holding.leases.length, freeOpen.length);
  const shares = planShares({ leases, workers, wallMs, ...(isNew ? { newcomer: workerId } : {}) });

  const count = mine.leases.length;
  const target = Math.ceil(leases / workers.length);
  const share = Math.min(shares.get(workerId) ?? 0, limits.leasesMax);
  const room: Room = { count, share, target, workers: workers.length };
  const found = [...planCleanUp(free, workers.length, random), ...planTakes(freeOpen, room, limits, random)];
  const isStealing = freeOpen.length === 0 && share > count;
  const mayGive = readiness(view, isNew || count < Math.floor(leases / workers.length) ? undefined : wallMs);
  return {
    take: [
      ...claims.slice(0, Math.max(0, limits.leasesMax - held.size)),
      ...found.map(({ lease }) => ({ lease, how: 'free' as const })),
    ],
    steal: isStealing ? planSteals(slotsFor(workerId, workers, shares, wallMs), mayGive, room, limits, random) : [],
    parkMs: parkMs([...view.values()].map(({ lease }) => lease), wallMs), // prettier-ignore
    target,
    spillover: Math.max(0, target - limits.leasesMax),
    workers: workers.length,
    isSettled: count >= share,
    isFirst: count === 0 && share > 1,
  };
}

interface Sight {
  /** By their rows they are this worker's already. */
  readonly claims: readonly PlannedTake[];
  readonly free: readonly SeenLease[];
  /** Held, claimed or promised. */
  readonly mine: Holding;
  /** Of every other living worker, also of one that owns leases of ended shards only. */
  readonly others: readonly Holding[];
}

function sortOut(view: LeaseView, { workerId: me, held }: Planner, limits: LeaseLimits): Sight {
  const claims: PlannedTake[] = [];
  const free: SeenLease[] = [];
  const mine: Lease[] = [];
  const others = new Map<string, Lease[]>();
  /** A lease in a hand-off is its receiver's already. */
  const count = (owner: string, lease: Lease): void => {
    const holding = owner === me ? mine : (others.get(owner) ?? []);
    if (owner !== me) others.set(owner, holding);
    if (!isFinished(lease)) holding.push(lease);
  };
  for (const { lease } of held.values()) count(lease.leaseOwner ?? me, lease);
  for (const seen of [...view.values()].filter(({ lease }) => !held.has(lease.leaseKey))) {
    const { lease } = seen;
    const claim = claimOf(seen, me, limits);
    if (claim !== undefined) claims.push(claim);
    if (claim === undefined && isFree(seen, limits)) free.push(seen);
    else count(lease.leaseOwner ?? lease.checkpointOwner ?? '', lease);
  }
  const holdings = [...others].map(([workerId, leases]) => ({ workerId, leases }));
  return { claims, free, mine: { workerId: me, leases: mine }, others: holdings };
}

const isFree = (seen: SeenLease, { leaseDurationMs }: LeaseLimits): boolean =>
  actualOwner(seen.lease) === undefined || hasExpired(seen, leaseDurationMs);

/**
 * A row that says that this worker owns the lease, which it does not hold. Nobody else has its id: an earlier holding was lost, or
 * the answer to its take was, or it was handed over. Of a hand-off that does not end it becomes the owner by force.
 */
function claimOf(seen: SeenLease, me: string, limits: LeaseLimits): PlannedTake | undefined {
  const { lease, isHandedOver = false } = seen;
  if (lease.leaseOwner !== me) return undefined;
  if (!isPromised(lease, me)) return { lease, how: isHandedOver ? 'handed-over' : 'resumed' };
  const hadItsTime = handingOverMs(seen) > limits.handOffTimeoutMs + limits.leaseDurationMs;
  return hadItsTime || isFree(seen, limits) ? { lease, how: 'handed-over' } : undefined;
}

/** Every worker a part of them. */
function planCleanUp(free: readonly SeenLease[], workers: number, random: Random): SeenLease[] {
  const ended = free.filter(({ lease }) => isFinished(lease));
  return random.shuffle(ended).slice(0, Math.ceil(ended.length / workers));
}

/** Where this worker stands. */
interface Room {
  /** How many it has of the leases of shards that have not ended. */
  readonly count: number;
  readonly share: number;
  readonly target: number;
  readonly workers: number;
}

function planTakes(free: readonly SeenLease[], room: Room, limits: LeaseLimits, random: Random): SeenLease[] {
  const { leaseDurationMs, leasesMax, takeVeryOld } = limits;
  const take = (leases: readonly SeenLease[], upTo: number): SeenLease[] =>
    random.shuffle(leases).slice(0, Math.max(0, Math.min(upTo, leasesMax) - room.count));
  const veryOld = takeVeryOld ? free.filter((seen) => silentMs(seen) > VERY_OLD_DURATIONS * leaseDurationMs) : [];
  if (veryOld.length > 0) return take(veryOld, leasesMax);
  const fair = fairCount(free, room, leaseDurationMs);
  return take(free, room.count === 0 ? Math.min(fair, 1) : fair);
}

/** How many this worker may have when it takes of these. */
function fairCount(
  free: readonly SeenLease[],
  { count, share, target, workers }: Room,
  leaseDurationMs: number,
): number {
  // Nobody has read it since its owner died: whoever comes first takes one, were it the odd one.
  const isUrgent = free.some(({ lease }) => actualOwner(lease) !== undefined);
  // Whoever lacks some has not come for them: he may have started late, and know less of the silence. Everyone takes a part.
  const overdue = free.filter((seen) => isOverdue(seen, leaseDurationMs)).length;
  return Math.max(share, isUrgent ? Math.min(count + 1, target) : 0, count + Math.ceil(overdue / workers));
}

interface Slots {
  /** Every lease that is too much where it is. */
  readonly all: readonly Lease[];
  /** Those that are there for this worker: each other one that lacks some has a part of its own. */
  readonly mine: readonly Lease[];
}

function slotsFor(me: string, workers: readonly Holding[], shares: ReadonlyMap<string, number>, wallMs: number): Slots {
  const surplus = ({ workerId, leases }: Holding): number => leases.length - (shares.get(workerId) ?? 0);
  const all = parkedFirst(
    workers.flatMap((holding) => parkedFirst(holding.leases, wallMs).slice(0, Math.max(0, surplus(holding)))),
    wallMs,
  );
  const before = workers.filter(({ workerId }) => compareTexts(workerId, me) < 0);
  const first = before.reduce((sum, holding) => sum + Math.max(0, -surplus(holding)), 0);
  return { all, mine: all.slice(first) };
}

function planSteals(
  slots: Slots,
  mayGive: (lease: Lease) => boolean,
  { count, share }: Room,
  { stealMax }: LeaseLimits,
  random: Random,
): Lease[] {
  if (count === 0) return random.shuffle(slots.all.filter(mayGive)).slice(0, 1);
  return slots.mine.filter(mayGive).slice(0, Math.min(share - count, stealMax));
}

/**
 * Whether a lease can be had from its owner now. One that is on its way already cannot. A worker of ours is asked for it, and must
 * be known to live: the rows of one that died just before look like those of a living one. With `wallMs` what is parked
 * is left to whom it is parked for: a worker that lacks no more than the odd lease can wait.
 */
function readiness(view: LeaseView, wallMs: number | undefined): (lease: Lease) => boolean {
  const alive = new Set([...view.values()].filter(({ hasMoved }) => hasMoved).map(({ lease }) => actualOwner(lease)));
  return (lease) => {
    const { leaseOwner = '', checkpointOwner } = lease;
    const isLeft = wallMs !== undefined && isParked(lease, wallMs);
    return checkpointOwner === undefined && !isLeft && (alive.has(leaseOwner) || !isOurWorkerId(leaseOwner));
  };
}
