/**
 * The leases that one Java worker owns: their heartbeats and their checkpoints (Java's DynamoDBLeaseRenewer). 2.7 and 3.x
 * differ in what a failed renewal means, and 3.x hears there that its lease shall be handed over.
 */
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../runtime/clock';
import {
  actualOwnerOf,
  renew2,
  renew3,
  SHARD_END,
  updateChildren,
  updateLease,
  type JavaLease,
  type JavaPosition,
  type JavaRow,
} from './java-lease-rows';
import type { JavaLeaseTable } from './java-lease-table';

/** One acquisition of a lease (Java's concurrency token): a checkpointer of an earlier one writes nothing. */
export interface OwnedLease {
  lease: JavaLease;
  /** Taken when an answer arrives, not when the request is sent. */
  incrementedAtMs: number;
  readonly gone: AbortController;
  /** Java locks the lease while it is written: the writes of one process follow each other. */
  lastWrite: Promise<unknown>;
}

export interface JavaRenewerOptions {
  readonly table: JavaLeaseTable;
  readonly workerId: string;
  readonly clock: Clock;
  readonly failoverMs: number;
  readonly line: '2.7' | '3.x';
  /** 3.x, in its own algorithm: written with every renewal. */
  readonly throughputOf?: (lease: JavaLease) => number | undefined;
  /** 3.x: called once when a renewal finds that this lease shall be handed over. */
  readonly onHandOff?: (owned: OwnedLease) => void;
}

const RENEWAL_TRIES = 2;

export class JavaLeaseRenewer {
  readonly owned = new Map<string, OwnedLease>();

  constructor(private readonly options: JavaRenewerOptions) {}

  /** At start: rows of an earlier process of the same id are renewed, also expired ones; those in a hand-over are not. */
  async initialize(): Promise<void> {
    const { table, workerId } = this.options;
    for (const lease of await table.leases()) {
      if (lease.leaseOwner !== workerId || lease.checkpointOwner !== undefined) continue;
      const owned = this.add(lease);
      await this.renew(owned, true).catch(() => this.drop(owned));
    }
  }

  add(lease: JavaLease): OwnedLease {
    const incrementedAtMs = this.options.clock.monotonicMs();
    const owned = { lease, incrementedAtMs, gone: new AbortController(), lastWrite: Promise.resolve() };
    this.owned.get(lease.leaseKey)?.gone.abort();
    this.owned.set(lease.leaseKey, owned);
    return owned;
  }

  isHeld(owned: OwnedLease): boolean {
    return this.owned.get(owned.lease.leaseKey) === owned && !this.isExpired(owned);
  }

  /** In memory only: the row keeps its owner and expires. */
  drop(owned: OwnedLease): void {
    if (this.owned.get(owned.lease.leaseKey) === owned) this.owned.delete(owned.lease.leaseKey);
    owned.gone.abort();
  }

  async renewAll(): Promise<void> {
    await Promise.all([...this.owned.values()].map((owned) => this.renew(owned).catch(() => undefined)));
  }

  /** False: the lease is not ours any more (Java: ShutdownException). A throttle or a lost answer is thrown on. */
  checkpoint(owned: OwnedLease, to: JavaPosition): Promise<boolean> {
    return this.locked(owned, async () => {
      if (!this.isHeld(owned)) return false;
      const { pending: _cleared, ...kept } = owned.lease;
      const lease: JavaLease = { ...kept, checkpoint: to, ownerSwitches: 0n };
      const { kind } = await this.options.table.update(lease.leaseKey, updateLease(lease));
      if (kind === 'done') this.written(owned, lease);
      else this.drop(owned); // also when it was its own write whose answer was lost
      return kind === 'done';
    });
  }

  /** Of a closed shard: its children first, then the end. */
  async setChildren(owned: OwnedLease, childShardIds: readonly string[]): Promise<void> {
    await this.options.table.update(owned.lease.leaseKey, updateChildren(owned.lease, childShardIds));
    owned.lease = { ...owned.lease, childShardIds };
  }

  endShard(owned: OwnedLease): Promise<boolean> {
    return this.checkpoint(owned, SHARD_END);
  }

  private async renew(owned: OwnedLease, evenIfExpired = false): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        const isRenewed = await this.locked(owned, async () => {
          if (this.isExpired(owned) && !evenIfExpired) return false;
          return this.options.line === '2.7' ? this.renewAs2(owned) : this.renewAs3(owned);
        });
        if (!isRenewed) this.drop(owned);
        return;
      } catch (error) {
        if (!(error instanceof ProvisionedThroughputExceededException) || tries === RENEWAL_TRIES) throw error;
      }
    }
  }

  private async renewAs2(owned: OwnedLease): Promise<boolean> {
    const { kind } = await this.options.table.update(owned.lease.leaseKey, renew2(owned.lease));
    if (kind === 'refused' && !(await this.wasOurOwnWrite(owned))) return false;
    this.written(owned, owned.lease);
    return true;
  }

  private async renewAs3(owned: OwnedLease): Promise<boolean> {
    const { lease } = owned;
    const throughput = this.options.throughputOf?.(lease);
    const answer = await this.options.table.update(lease.leaseKey, renew3(lease, throughput));
    if (answer.kind === 'refused') {
      const asked = lease.checkpointOwner === undefined ? this.handOffIn(answer.old) : undefined;
      if (asked === 'lost') return false;
      if (asked !== undefined) {
        owned.lease = { ...lease, leaseOwner: asked.leaseOwner, checkpointOwner: asked.checkpointOwner };
        this.options.onHandOff?.(owned);
        return this.renewAs3(owned);
      }
      if (!(await this.wasOurOwnWrite(owned))) return false;
    }
    this.written(owned, owned.lease);
    return true;
  }

  /** Undefined: the row that refused the renewal knows of no hand-over. */
  private handOffIn(row: JavaRow | undefined): JavaLease | 'lost' | undefined {
    const lease = row && this.options.table.read(row);
    if (lease?.checkpointOwner === undefined) return undefined;
    return actualOwnerOf(lease) === this.options.workerId && lease.leaseOwner !== lease.checkpointOwner
      ? lease
      : 'lost';
  }

  /** The answer to an earlier renewal was lost, not the lease (Java: spurious failure). */
  private async wasOurOwnWrite({ lease }: OwnedLease): Promise<boolean> {
    const row = await this.options.table.get(lease.leaseKey);
    if (row === undefined || row.leaseCounter !== lease.leaseCounter + 1n) return false;
    return actualOwnerOf(row) === actualOwnerOf(lease);
  }

  private isExpired({ incrementedAtMs }: OwnedLease): boolean {
    return this.options.clock.monotonicMs() - incrementedAtMs > this.options.failoverMs;
  }

  private written(owned: OwnedLease, lease: JavaLease): void {
    owned.lease = { ...lease, leaseCounter: lease.leaseCounter + 1n };
    owned.incrementedAtMs = this.options.clock.monotonicMs();
  }

  private locked<T>(owned: OwnedLease, run: () => Promise<T>): Promise<T> {
    const result = owned.lastWrite.then(run);
    owned.lastWrite = result.catch(() => undefined);
    return result;
  }
}
