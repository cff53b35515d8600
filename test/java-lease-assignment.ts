/**
 * What the leader of a Java 3.x fleet does every 20 s (LeaseAssignmentManager): it gives leases that nobody owns to workers
 * with fresh reports, forces hand-overs that hang, and every third run moves load by starting hand-overs. All workers are
 * without metrics of their own here, so load is the throughput of their leases.
 */
import type { Clock } from '../runtime/clock';
import type { Random } from '../runtime/random';
import { actualOwnerOf, assign, isAtEnd, startHandOff, type JavaLease } from './java-lease-rows';
import type { JavaLeaseTable } from './java-lease-table';

export interface JavaLeaderOptions {
  readonly table: JavaLeaseTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly failoverMs: number;
  readonly activeWorkers: () => Promise<readonly string[]>;
}

const HAND_OFF_TIMEOUT_MS = 30_000;
const RUNS_PER_BALANCING = 3;
/** reBalanceThresholdPercentage and dampeningPercentage. */
const [THRESHOLD, DAMPENING] = [0.1, 0.6];

interface Seen {
  readonly counter: bigint;
  readonly changedAtMs: number;
}

export class JavaLeaseAssignment {
  private seen = new Map<string, Seen>();
  /** Of hand-overs under way, by lease and both owners: when the leader will end them. */
  private deadlines = new Map<string, number>();
  private runs = 0;

  constructor(private readonly options: JavaLeaderOptions) {}

  /** A new leader knows nothing of what an earlier one saw. */
  forget(): void {
    this.seen = new Map();
    this.deadlines = new Map();
    this.runs = 0;
  }

  async run(): Promise<void> {
    const leases = await this.options.table.leases();
    const workers = await this.options.activeWorkers();
    this.observe(leases);
    const loads = new Map(workers.map((worker) => [worker, 0]));
    const weigh = weigher(leases);
    for (const lease of leases) {
      const owner = lease.leaseOwner ?? '';
      if (loads.has(owner) && !this.isOrphan(lease)) loads.set(owner, (loads.get(owner) ?? 0) + weigh(lease));
    }
    await this.endHandOffs(leases);
    await this.assignOrphans(leases, loads, weigh);
    if (this.runs++ % RUNS_PER_BALANCING === 0) await this.balance(leases, loads, weigh);
  }

  private observe(leases: readonly JavaLease[]): void {
    const nowMs = this.options.clock.monotonicMs();
    const changedAtMs = (lease: JavaLease): number => {
      const before = this.seen.get(lease.leaseKey);
      if (before === undefined) return actualOwnerOf(lease) === undefined ? -Infinity : nowMs;
      return lease.leaseCounter > before.counter ? nowMs : before.changedAtMs;
    };
    const next = leases.map((lease): [string, Seen] => [
      lease.leaseKey,
      { counter: lease.leaseCounter, changedAtMs: changedAtMs(lease) },
    ]);
    this.seen = new Map(next);
    const untilMs = nowMs + HAND_OFF_TIMEOUT_MS + this.options.failoverMs;
    const handOffs = leases.filter(({ checkpointOwner }) => checkpointOwner !== undefined).map(handOffOf);
    this.deadlines = new Map(handOffs.map((handOff) => [handOff, this.deadlines.get(handOff) ?? untilMs]));
  }

  private changedAtMs({ leaseKey }: JavaLease): number {
    return this.seen.get(leaseKey)?.changedAtMs ?? 0;
  }

  /** Nobody owns it, or its counter stood still for longer than the failover time. */
  private isOrphan(lease: JavaLease): boolean {
    const { clock, failoverMs } = this.options;
    return actualOwnerOf(lease) === undefined || clock.monotonicMs() - this.changedAtMs(lease) > failoverMs;
  }

  /** Those of dead owners, and those that take too long: the next owner gets the lease. */
  private async endHandOffs(leases: readonly JavaLease[]): Promise<void> {
    for (const lease of leases) {
      if (lease.checkpointOwner === undefined || lease.leaseOwner === undefined) continue;
      const isLate = this.options.clock.monotonicMs() >= (this.deadlines.get(handOffOf(lease)) ?? Infinity);
      if (isLate || this.isOrphan(lease))
        await this.options.table.update(lease.leaseKey, assign(lease, lease.leaseOwner));
    }
  }

  /** A worker that died a moment ago still counts; what falls to it and was its own stays as it is. */
  private async assignOrphans(leases: readonly JavaLease[], loads: Map<string, number>, weigh: Weigh): Promise<void> {
    const orphans = leases.filter((lease) => lease.checkpointOwner === undefined && this.isOrphan(lease));
    for (const lease of orphans.sort((a, b) => this.changedAtMs(a) - this.changedAtMs(b))) {
      const worker = leastLoaded(loads);
      if (worker === undefined) return;
      loads.set(worker, (loads.get(worker) ?? 0) + weigh(lease));
      if (worker !== lease.leaseOwner) await this.options.table.update(lease.leaseKey, assign(lease, worker));
    }
  }

  private async balance(leases: readonly JavaLease[], loads: Map<string, number>, weigh: Weigh): Promise<void> {
    const average = [...loads.values()].reduce((sum, load) => sum + load, 0) / loads.size;
    const isUneven = [...loads.values()].some((load) => Math.abs(load - average) > average * THRESHOLD);
    if (!isUneven) return;
    const byLoad = [...loads].sort(([, a], [, b]) => b - a);
    const over = byLoad.filter(([, load]) => load >= average * (1 + THRESHOLD));
    for (const [worker, load] of over.length > 0 ? over : byLoad.slice(0, 1)) {
      const owned = leases.filter((lease) => lease.leaseOwner === worker && this.isMovable(lease));
      for (const lease of this.pick(owned, (load - average) * DAMPENING, weigh)) {
        const to = leastLoaded(loads);
        if (to === undefined || to === worker || (loads.get(to) ?? 0) + weigh(lease) > average) break;
        loads.set(to, (loads.get(to) ?? 0) + weigh(lease));
        loads.set(worker, (loads.get(worker) ?? 0) - weigh(lease));
        await this.options.table.update(lease.leaseKey, isAtEnd(lease) ? assign(lease, to) : startHandOff(lease, to));
      }
    }
  }

  private isMovable(lease: JavaLease): boolean {
    return lease.checkpointOwner === undefined && !this.isOrphan(lease);
  }

  /** By chance, while they fit into the share; where none fits, the smallest. */
  private pick(owned: readonly JavaLease[], share: number, weigh: Weigh): readonly JavaLease[] {
    let left = share;
    const picked = this.options.random.shuffle(owned).filter((lease) => {
      const fits = weigh(lease) <= left;
      if (fits) left -= weigh(lease);
      return fits;
    });
    return picked.length > 0 ? picked : [...owned].sort((a, b) => weigh(a) - weigh(b)).slice(0, 1);
  }
}

type Weigh = (lease: JavaLease) => number;

/** A lease without a throughput counts as the average; without any, each counts the same. */
function weigher(leases: readonly JavaLease[]): Weigh {
  const known = leases.flatMap(({ throughputKBps }) => (throughputKBps ? [throughputKBps] : []));
  const average = known.length === 0 ? 1 : known.reduce((sum, one) => sum + one, 0) / known.length;
  return ({ throughputKBps }) => throughputKBps ?? average;
}

const leastLoaded = (loads: ReadonlyMap<string, number>): string | undefined =>
  [...loads].sort(([, a], [, b]) => a - b)[0]?.[0];

const handOffOf = ({ leaseKey, leaseOwner, checkpointOwner }: JavaLease): string =>
  [leaseKey, leaseOwner, checkpointOwner].join(' ');
