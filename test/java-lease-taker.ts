/**
 * How a Java worker of the 2.x algorithm comes to its leases (DynamoDBLeaseTaker): a look at the whole table, a share of it,
 * a steal. 3.x uses it too while it lives beside 2.x. Differences to ours: plan-leases.ts tells them.
 */
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../runtime/clock';
import type { Random } from '../runtime/random';
import { take2, take3, type JavaLease } from './java-lease-rows';
import type { JavaLeaseTable } from './java-lease-table';

export interface JavaTakerOptions {
  readonly table: JavaLeaseTable;
  readonly workerId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly failoverMs: number;
  readonly line: '2.7' | '3.x';
}

const TAKE_TRIES = 3;
const VERY_OLD_FAILOVERS = 3;
/** Java's default: maxLeasesToStealAtOneTime. */
const STEAL_MAX = 1;

export class JavaLeaseTaker {
  /** Each row's counter, and when it was last seen to change. */
  private seen = new Map<string, { readonly counter: bigint; readonly changedAtMs: number }>();

  constructor(private readonly options: JavaTakerOptions) {}

  /** One run: the leases that were taken. Throws when the table cannot be read, or one row of it; nothing is taken then. */
  async run(): Promise<readonly JavaLease[]> {
    const leases = await this.look();
    const taken: JavaLease[] = [];
    for (const lease of this.choose(leases)) {
      const after = await this.take(lease);
      if (after !== undefined) taken.push(after);
    }
    return taken;
  }

  private async look(): Promise<readonly JavaLease[]> {
    const leases = await this.options.table.leases();
    const scannedAtMs = this.options.clock.monotonicMs();
    this.seen = new Map(
      leases.map(({ leaseKey, leaseCounter: counter, leaseOwner }) => {
        const before = this.seen.get(leaseKey);
        if (before?.counter === counter) return [leaseKey, before];
        const isNewAndFree = before === undefined && leaseOwner === undefined;
        return [leaseKey, { counter, changedAtMs: isNewAndFree ? -Infinity : scannedAtMs }];
      }),
    );
    return leases;
  }

  private silentMs({ leaseKey }: JavaLease): number {
    return this.options.clock.monotonicMs() - (this.seen.get(leaseKey)?.changedAtMs ?? 0);
  }

  /** Ended shards count as load; whoever first sees unowned rows takes all of them. */
  private choose(leases: readonly JavaLease[]): readonly JavaLease[] {
    const { workerId, failoverMs, random } = this.options;
    const isAvailable = (lease: JavaLease): boolean => lease.leaseOwner === undefined || this.silentMs(lease) > failoverMs; // prettier-ignore
    const available = leases.filter(isAvailable);
    const holdings = new Map<string, JavaLease[]>([[workerId, []]]);
    for (const lease of leases.filter((one) => !isAvailable(one)))
      holdings.set(lease.leaseOwner ?? '', [...(holdings.get(lease.leaseOwner ?? '') ?? []), lease]);
    const veryOld = available.filter((lease) => this.silentMs(lease) > VERY_OLD_FAILOVERS * failoverMs);
    if (veryOld.length > 0) return random.shuffle(veryOld);
    const target = Math.ceil(leases.length / holdings.size);
    const needed = target - (holdings.get(workerId) ?? []).length;
    if (needed <= 0) return [];
    return available.length > 0 ? random.shuffle(available).slice(0, needed) : this.steal(holdings, target, needed);
  }

  private steal(holdings: ReadonlyMap<string, readonly JavaLease[]>, target: number, needed: number) {
    const others = [...holdings].filter(([owner]) => owner !== this.options.workerId).map(([, leases]) => leases);
    const [victim = []] = others.sort((a, b) => b.length - a.length);
    if (victim.length < target) return [];
    const surplus = Math.min(needed, victim.length - target);
    const count = needed > 1 && surplus === 0 ? 1 : surplus;
    return this.options.random.shuffle(victim).slice(0, Math.min(count, STEAL_MAX));
  }

  private async take(lease: JavaLease): Promise<JavaLease | undefined> {
    const { table, workerId, line } = this.options;
    const request = line === '2.7' ? take2(lease, workerId) : take3(lease, workerId);
    for (let tries = 1; ; tries++) {
      try {
        const { kind } = await table.update(lease.leaseKey, request);
        if (kind === 'refused') return undefined;
        const isSwitch = 'ownerSwitchesSinceCheckpoint' in request.AttributeUpdates;
        const ownerSwitches = lease.ownerSwitches + (isSwitch ? 1n : 0n);
        const { checkpointOwner, ...rest } = lease;
        const after = { ...rest, leaseOwner: workerId, leaseCounter: lease.leaseCounter + 1n, ownerSwitches };
        return line === '2.7' ? { ...after, checkpointOwner } : after;
      } catch (error) {
        if (!(error instanceof ProvisionedThroughputExceededException) || tries === TAKE_TRIES) return undefined;
      }
    }
  }
}
