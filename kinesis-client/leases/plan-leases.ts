/**
 * Which leases this worker should go for now: pure. The algorithm of the Java KCL 2.x (DynamoDBLeaseTaker), so that a
 * mixed fleet settles, with five differences, each because the Java rule makes fleets uneven or slow:
 * - "very old" counts only what this observer watched itself; a lease first *seen* free is taken up to the target;
 * - the steal limit grows with the surplus of the victim, shared out among all who are below the target;
 * - leases of ended shards are no load; free ones are still taken, by anyone, to be cleaned up;
 * - a lease in a hand-over counts for its receiver and is never stolen;
 * - a worker that was seen to let a lease go is on its way out and has no share: what it lets go is taken at once, not
 *   when its last shard is done.
 */
import type { Random } from '../../runtime/random';
import { actualOwner, isFinished, type Lease } from './lease';
import { hasExpired, silentMs, type LeaseView, type SeenLease } from './observe-leases';

export interface LeaseLimits {
  readonly leaseDurationMs: number;
  readonly leasesMax: number;
  readonly stealMax: number;
  readonly takeVeryOld: boolean;
}

export interface LeasePlan {
  /** Free: unowned, expired, or left behind by an earlier holding of this very worker. */
  readonly take: readonly Lease[];
  /** From live owners. Only when nothing is free. */
  readonly steal: readonly Lease[];
  /** An even share of the leases of shards that have not ended. */
  readonly target: number;
  /** How much the target exceeds `leasesMax`: this many leases a worker have nobody to read them. */
  readonly spillover: number;
  /** Live workers that stay, this one counted. */
  readonly workers: number;
}

/** Free for this many lease durations in our own sight: something is wrong with the fleet, take it whatever the target. */
const VERY_OLD_DURATIONS = 3;

/** `held`: the keys of the leases that this worker holds; they may be newer than the view. */
export function planLeases(
  view: LeaseView,
  me: string,
  held: ReadonlyMap<string, unknown>,
  limits: LeaseLimits,
  random: Random,
): LeasePlan {
  const others = [...view.values()].filter(({ lease }) => !held.has(lease.leaseKey));
  const { free, owned } = sortOut(others, me, limits.leaseDurationMs);
  const holdings = holdingsOf(owned);
  const mine = [...held.keys()].filter((leaseKey) => !isEnded(view.get(leaseKey))).length;
  const leaving = new Set(free.map(({ letGoBy }) => letGoBy));
  const owners = owned.map(({ lease }) => lease.leaseOwner ?? lease.checkpointOwner);
  const workers = new Set([me, ...owners.filter((owner) => !leaving.has(owner))]).size;
  const open = mine + others.filter((seen) => !isEnded(seen)).length;
  const target = Math.ceil(open / workers);
  const common = { target, workers, spillover: Math.max(0, target - limits.leasesMax) };

  const ended = free.filter(isEnded);
  const toCleanUp = random.shuffle(ended).slice(0, Math.ceil(ended.length / workers));
  const freeOpen = free.filter((seen) => !isEnded(seen));
  const veryOld = freeOpen.filter((seen) => silentMs(seen) > VERY_OLD_DURATIONS * limits.leaseDurationMs);
  const [candidates, room] =
    limits.takeVeryOld && veryOld.length > 0
      ? [veryOld, limits.leasesMax - mine]
      : [freeOpen, Math.min(target, limits.leasesMax) - mine];
  const take = [...toCleanUp, ...random.shuffle(candidates).slice(0, Math.max(0, room))].map(({ lease }) => lease);
  if (freeOpen.length > 0 || room <= 0) return { ...common, take, steal: [] };
  const steal = planSteals(holdings, { mine, target, needed: room, stealMax: limits.stealMax }, random);
  return { ...common, take, steal };
}

const isEnded = (seen: SeenLease | undefined): boolean => seen !== undefined && isFinished(seen.lease);

function sortOut(seen: readonly SeenLease[], me: string, leaseDurationMs: number) {
  const isFree = (one: SeenLease): boolean =>
    actualOwner(one.lease) === undefined ||
    // Nobody else has this id: an earlier holding of ours was lost, or the answer to our take was.
    (one.lease.leaseOwner === me && one.lease.checkpointOwner === undefined) ||
    hasExpired(one, leaseDurationMs);
  return { free: seen.filter(isFree), owned: seen.filter((one) => !isFree(one)) };
}

/** The live leases of each other worker, ended ones left out. A lease in a hand-over is its receiver's already. */
function holdingsOf(owned: readonly SeenLease[]): ReadonlyMap<string, readonly Lease[]> {
  const holdings = new Map<string, Lease[]>();
  for (const { lease } of owned) {
    const owner = lease.leaseOwner ?? lease.checkpointOwner ?? '';
    const holding = holdings.get(owner) ?? [];
    if (!isFinished(lease)) holding.push(lease);
    holdings.set(owner, holding);
  }
  return holdings;
}

interface Share {
  readonly mine: number;
  readonly target: number;
  readonly needed: number;
  readonly stealMax: number;
}

/**
 * From each worker above the target, the fullest first, this worker's part of the surplus. Nobody above it, but two or
 * more are missing here: one from a worker at the target, which then is one below. Missing one alone moves nothing: at
 * a gap of one the fleet is even, and stays so for ever.
 */
function planSteals(holdings: ReadonlyMap<string, readonly Lease[]>, share: Share, random: Random): Lease[] {
  const victims = random.shuffle([...holdings.values()]).sort((a, b) => b.length - a.length);
  const belowTarget = 1 + victims.filter((holding) => holding.length < share.target).length;
  const most = Math.min(share.needed, share.stealMax);
  const steal: Lease[] = [];
  for (const holding of victims) {
    const surplus = holding.length - share.target;
    const part = surplus > 0 ? byChance(surplus / belowTarget, random) : 0;
    steal.push(...pick(holding, Math.min(part, most - steal.length), random));
  }
  const [fullest] = victims;
  if (fullest?.length === share.target && share.needed > 1) steal.push(...pick(fullest, 1, random));
  return steal;
}

/** Leases in a hand-over are on their way already. */
const pick = (holding: readonly Lease[], count: number, random: Random): Lease[] =>
  random.shuffle(holding.filter((lease) => lease.checkpointOwner === undefined)).slice(0, count);

/** Rounds up or down so that it is right on average: five thieves of a surplus of one take one, not five. */
const byChance = (share: number, random: Random): number =>
  Math.floor(share) + (random.next() < share - Math.floor(share) ? 1 : 0);
