/**
 * Which leases the shards of a stream need: pure. The lease keeper calls it with what it listed and scanned; every
 * lease planned here is created only if its row is still missing, so several workers may run it at once.
 * The rules are those of the Java KCL (HierarchicalShardSyncer), and one repair that Java lacks.
 */
import { AT_TIMESTAMP, isFinished, LATEST, TRIM_HORIZON, type HashRange, type Lease } from './lease';

/** A shard as the stream lists it. */
export interface Shard {
  readonly shardId: string;
  readonly parentShardId?: string;
  /** The second parent of a merge. */
  readonly adjacentParentShardId?: string;
  /** Decimal 128-bit numbers, both inside. */
  readonly hashRange: HashRange;
  readonly startingSequenceNumber: string;
  /** Takes no more records: it was split or merged. */
  readonly isClosed: boolean;
}

/** Where a shard that nobody has read begins. */
export type InitialPosition = 'LATEST' | 'TRIM_HORIZON' | { readonly atTimestampMs: number };

export interface ShardSyncPlan {
  /** In ascending order of their starting sequence numbers: a run that breaks off can simply be repeated. */
  readonly create: readonly Lease[];
  /** Listed as children of a shard that is open: not possible at one moment, so left for the next sync. */
  readonly childrenOfOpen: readonly string[];
}

/** The end of the hash range of every stream: 2^128 - 1. */
const HASH_KEY_MAX = 2n ** 128n - 1n;

/**
 * The first hash key that none of the ranges covers, or undefined when all are. Overlaps are fine: a child lies beside
 * a parent that is still read.
 */
export function findGap(ranges: readonly HashRange[]): string | undefined {
  let next = 0n;
  const sorted = ranges
    .map(({ start, end }) => ({ start: BigInt(start), end: BigInt(end) }))
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  for (const { start, end } of sorted) {
    if (start > next) return String(next);
    if (end >= next) next = end + 1n;
  }
  return next > HASH_KEY_MAX ? undefined : String(next);
}

/** Their ids: none, one after a split, two after a merge. */
export const parentsOf = (shard: Shard): readonly string[] =>
  [shard.parentShardId, shard.adjacentParentShardId].filter((id) => id !== undefined);

/** The lease of a shard that has none yet. `wallMs`: from when on a shard at LATEST is read. */
export function newLease(shard: Shard, position: InitialPosition, wallMs: number): Lease {
  const sequenceNumber = typeof position === 'object' ? AT_TIMESTAMP : position;
  return {
    leaseKey: shard.shardId,
    leaseCounter: 0n,
    ownerSwitchesSinceCheckpoint: 0n,
    checkpoint: { sequenceNumber, subSequenceNumber: 0 },
    parentShardIds: [...parentsOf(shard)].sort(),
    childShardIds: [],
    hashRange: shard.hashRange,
    ...(sequenceNumber === LATEST ? { latestSinceMs: Math.trunc(wallMs) } : {}),
  };
}

/**
 * For an empty table. `shards`: those that stand at the initial position, as ListShards filters them. Undefined when
 * they do not cover the whole hash range: a list in the middle of a reshard; list again.
 */
export function planFirstLeases(
  shards: readonly Shard[],
  position: InitialPosition,
  wallMs: number,
): readonly Lease[] | undefined {
  const listed = new Set(shards.map(({ shardId }) => shardId));
  // A service that does not know the filter lists all shards: then those that stand first, or still stand, are meant.
  const first = shards.filter((shard) =>
    position === 'LATEST' ? !shard.isClosed : !parentsOf(shard).some((parent) => listed.has(parent)),
  );
  if (findGap(first.map(({ hashRange }) => hashRange)) !== undefined) return undefined;
  return bySequence(first).map((shard) => newLease(shard, position, wallMs));
}

/**
 * For a table with leases. `shards`: all that the stream lists. A shard whose ancestors have a lease gets its own from
 * its parent's end, never from here; what is made are the oldest missing ones, one level of an ancestry at a time.
 */
export function planShardSync(
  shards: readonly Shard[],
  leases: readonly Lease[],
  position: InitialPosition,
  wallMs: number,
): ShardSyncPlan {
  const listed = new Map(shards.map((shard) => [shard.shardId, shard]));
  const rows = new Map(leases.map((lease) => [lease.leaseKey, lease]));
  const listedParents = (shard: Shard): Shard[] => parentsOf(shard).flatMap((id) => listed.get(id) ?? []);
  const childrenOfOpen = shards.filter((shard) => listedParents(shard).some((parent) => !parent.isClosed));
  const passedOver = new Set(childrenOfOpen);

  const missing = findMissing(
    shards.filter((shard) => !shard.isClosed && !passedOver.has(shard)),
    { rows, listedParents, position },
  );
  // The repair: the parent ended, the child's row is gone. Java takes the child for a descendant and never makes it.
  for (const shard of shards) {
    if (rows.has(shard.shardId) || passedOver.has(shard) || missing.has(shard)) continue;
    const parents = listedParents(shard).map(({ shardId }) => rows.get(shardId));
    const allHaveRows = parents.every((parent) => parent !== undefined);
    if (allHaveRows && parents.some((parent) => parent !== undefined && isFinished(parent)))
      missing.set(shard, TRIM_HORIZON);
  }
  return {
    create: bySequence([...missing.keys()]).map((shard) => newLease(shard, missing.get(shard) ?? position, wallMs)),
    childrenOfOpen: childrenOfOpen.map(({ shardId }) => shardId),
  };
}

export interface MissingRange {
  readonly lease: Lease;
  readonly hashRange: HashRange;
}

/** The hash ranges of leases that have none: rows of old Java clients. A shard that is not listed stays without. */
export function planHashRanges(leases: readonly Lease[], shards: readonly Shard[]): readonly MissingRange[] {
  const ranges = new Map(shards.map(({ shardId, hashRange }) => [shardId, hashRange]));
  return leases.flatMap((lease) => {
    const hashRange = lease.hashRange === undefined ? ranges.get(lease.leaseKey) : undefined;
    return hashRange === undefined ? [] : [{ lease, hashRange }];
  });
}

interface Ancestry {
  readonly rows: ReadonlyMap<string, Lease>;
  readonly listedParents: (shard: Shard) => readonly Shard[];
  readonly position: InitialPosition;
}

interface Standing {
  readonly descendant: boolean;
  readonly marked: boolean;
}

/**
 * Walks up from each open shard without a row. A shard is a *descendant* when it has a row, or a listed parent of it is
 * a descendant or marked. One that is none is *marked* when the stream is wanted from its beginning.
 */
function findMissing(openShards: readonly Shard[], { rows, listedParents, position }: Ancestry) {
  const missing = new Map<Shard, InitialPosition>();
  const standings = new Map<Shard, Standing>();
  const fromBeginning = position !== 'LATEST';

  const standingOf = (shard: Shard): Standing => {
    if (rows.has(shard.shardId)) return { descendant: true, marked: false };
    const parents = listedParents(shard).map((parent) => ({ parent, standing: standings.get(parent) }));
    const descendant = parents.some(({ standing }) => standing?.descendant || standing?.marked);
    for (const { parent, standing } of descendant ? parents : []) {
      if (!standing?.descendant) missing.set(parent, position);
    }
    return { descendant, marked: !descendant && fromBeginning };
  };

  for (const shard of openShards) {
    if (rows.has(shard.shardId)) continue;
    for (const one of parentsFirst(shard, (each) => (rows.has(each.shardId) ? [] : listedParents(each)), standings))
      standings.set(one, standingOf(one));
    if (!standings.get(shard)?.descendant) missing.set(shard, position);
  }
  return missing;
}

/**
 * The shard and its ancestors, but for those that are known already; each after its parents. Without recursion: a stream may
 * have been split and merged thousands of times.
 */
function* parentsFirst(
  shard: Shard,
  parentsOf: (shard: Shard) => readonly Shard[],
  known: ReadonlyMap<Shard, unknown>,
): Generator<Shard> {
  const entered = new Set<Shard>();
  const path = [shard];
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    const next = entered.has(last) ? undefined : parentsOf(last).filter((parent) => !known.has(parent));
    entered.add(last);
    if (next !== undefined && next.length > 0) {
      path.push(...next);
      continue;
    }
    if (!known.has(last)) yield last;
    path.pop();
  }
}

const bySequence = (shards: readonly Shard[]): Shard[] =>
  [...shards].sort((a, b) => {
    const [left, right] = [BigInt(a.startingSequenceNumber), BigInt(b.startingSequenceNumber)];
    return left < right ? -1 : left > right ? 1 : a.shardId < b.shardId ? -1 : 1;
  });

/**
 * The rows of ended shards that nobody needs any more: every child is being read (or done), all parents' rows are gone,
 * nothing is pending. `mine`: the keys that this worker answers for. With `listed`, all shards that the stream lists,
 * also the rows of shards that it has forgotten; an empty list is a stream that is gone, and proves nothing.
 */
export function planLeaseCleanup(
  leases: readonly Lease[],
  mine: ReadonlyMap<string, unknown>,
  listed: readonly Shard[] = [],
): readonly string[] {
  const rows = new Map(leases.map((lease) => [lease.leaseKey, lease]));
  const listedIds = new Set(listed.map(({ shardId }) => shardId));
  const isRead = (lease: Lease | undefined): boolean =>
    lease !== undefined && ![TRIM_HORIZON, AT_TIMESTAMP].includes(lease.checkpoint.sequenceNumber);
  const isForgotten = (lease: Lease): boolean => listed.length > 0 && !listedIds.has(lease.leaseKey);
  const isHandedOn = ({ childShardIds, parentShardIds }: Lease): boolean =>
    childShardIds.length > 0 &&
    childShardIds.every((child) => isRead(rows.get(child))) &&
    !parentShardIds.some((parent) => rows.has(parent));
  return leases
    .filter((lease) => mine.has(lease.leaseKey) && isFinished(lease) && lease.pending === undefined)
    .filter((lease) => isHandedOn(lease) || isForgotten(lease))
    .map(({ leaseKey }) => leaseKey);
}
