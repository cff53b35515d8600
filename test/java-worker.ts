/**
 * What every Java worker of tests is made of: leases that it renews, a consumer for each, a start that is tried 20 times, a
 * stop and a kill. How it comes to its leases is what java-kcl2-worker.ts and java-kcl3-worker.ts add.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Shard } from '../kinesis-client/leases/plan-shard-sync';
import type { ShardLister } from '../kinesis-client/leases/shard-lister';
import type { Stream } from '../kinesis-client/shards/stream';
import type { Clock } from '../runtime/clock';
import type { Random } from '../runtime/random';
import { isAtEnd, type JavaLease, type JavaReader } from './java-lease-rows';
import { JavaLeaseRenewer, type OwnedLease } from './java-lease-renewer';
import { JavaLeaseTable } from './java-lease-table';
import { JavaLeaseTaker } from './java-lease-taker';
import { JavaShardConsumer, type JavaHabits } from './java-shard-consumer';

export interface JavaWorkerOptions {
  /** Java's own default is random; a stable one takes its old leases up again at a restart. */
  readonly workerId: string;
  /** One of its own: a killed worker must be cut off. */
  readonly dynamodb: DynamoDBClient;
  /** Names the lease table. */
  readonly applicationName: string;
  readonly stream: Stream & ShardLister;
  readonly clock: Clock;
  readonly random: Random;
  readonly habits: JavaHabits;
  /** Default 10 s, Java's. */
  readonly failoverMs?: number;
  /** What happens to it, as `s0: initialize`. */
  readonly hear?: (what: string) => void;
  readonly onProcessed?: (shardId: string, sequenceNumber: string) => void;
}

const START_TRIES = 20;
const START_RETRY_MS = 1_000;
/** Interop tests set Java's shardSyncIntervalMillis to this; its default would add a minute to each cold start. */
const SHARD_SYNC_IDLE_MS = 500;
const CLEANUP_MS = 60_000;
const EPSILON_MS = 25;

export abstract class JavaWorker {
  /** Runs of its tasks that ended in an exception, by message. */
  readonly failures: string[] = [];
  protected readonly failoverMs: number;
  protected readonly table: JavaLeaseTable;
  protected readonly renewer: JavaLeaseRenewer;
  /** Aborted at the end of the process, however it came. */
  protected readonly ended = new AbortController();
  protected readonly taking = new AbortController();
  private readonly consumers = new Map<OwnedLease, { readonly consumer: JavaShardConsumer; readonly over: Promise<void> }>(); // prettier-ignore

  constructor(
    protected readonly options: JavaWorkerOptions,
    line: '2.7' | '3.x',
    read: JavaReader,
    private readonly entityType?: 'LEASE',
  ) {
    const { dynamodb, applicationName, failoverMs = 10_000 } = options;
    this.failoverMs = failoverMs;
    this.table = new JavaLeaseTable(dynamodb, applicationName, read);
    this.renewer = new JavaLeaseRenewer({
      ...options,
      ...{ table: this.table, failoverMs, line },
      onHandOff: (owned) => this.handOff(owned),
      throughputOf: () => this.throughputKBps,
    });
  }

  get isRunning(): boolean {
    return !this.ended.signal.aborted;
  }

  get holds(): readonly string[] {
    return [...this.renewer.owned.keys()].sort();
  }

  /** False: after 20 failed attempts the process exits. */
  async start(): Promise<boolean> {
    const { clock } = this.options;
    for (let tries = 1; this.isRunning; tries++) {
      if (await this.attempt(() => this.startUp())) break;
      if (tries === START_TRIES) this.end();
      await clock.sleep(START_RETRY_MS, this.ended.signal);
    }
    if (!this.isRunning) return false;
    for (const owned of this.renewer.owned.values()) this.consume(owned);
    void this.every(this.failoverMs / 3 - EPSILON_MS, () => this.renewer.renewAll());
    void this.every(CLEANUP_MS, () => this.cleanUp());
    this.startTaking();
    return true;
  }

  /** SIGKILL. Cut its client off too: what it has sent is carried out. */
  kill(): void {
    this.end();
  }

  /** From now on it only keeps what it has, as one of the mode 3X to which the leader gives nothing. */
  stopTaking(): void {
    this.taking.abort();
  }

  /** SIGTERM: no row is released, peers wait until it expires. Resolves at the end of the process. */
  async stop(): Promise<void> {
    this.stopTaking();
    await this.onStop();
    for (const { consumer } of this.consumers.values()) consumer.requestShutdown();
    await Promise.all([...this.consumers.values()].map(({ over }) => over));
    this.end();
  }

  /** Starts the loops through which it comes to leases. */
  protected abstract startTaking(): void;

  /** What is due once at start, after the shards are in the table. */
  protected async prepare(): Promise<void> {}

  protected async onStop(): Promise<void> {}

  /** Lets a lease go that its consumer has finished with. */
  protected async letGo(owned: OwnedLease): Promise<void> {
    this.renewer.drop(owned);
  }

  /** The algorithm of 2.x: a first run at once, then one every (failover + 25 ms) x 2. */
  protected async takeOnAndOn(line: '2.7' | '3.x'): Promise<void> {
    const { failoverMs, table, options, taking } = this;
    const taker = new JavaLeaseTaker({ ...options, table, failoverMs, line });
    const run = async (): Promise<void> => {
      for (const lease of await taker.run()) this.own(lease);
    };
    await this.attempt(run);
    await this.every((failoverMs + EPSILON_MS) * 2, run, taking.signal);
  }

  /** 3.x: another worker shall have this lease. */
  protected handOff(owned: OwnedLease): void {
    this.consumers.get(owned)?.consumer.requestShutdown();
  }

  /** Undefined: renewals do not write it. */
  protected get throughputKBps(): number | undefined {
    return undefined;
  }

  /** From now on the lease is ours. One that comes during the stop has an owner in its row and nobody who reads. */
  protected own(lease: JavaLease): void {
    if (!this.taking.signal.aborted && this.isRunning) this.consume(this.renewer.add(lease));
  }

  /** Java's fixed delay. A run that fails is noted, and the next is on time. */
  protected async every(ms: number, run: () => Promise<unknown>, signal = this.ended.signal): Promise<void> {
    while (!signal.aborted && this.isRunning) {
      await this.options.clock.sleep(ms, signal);
      if (!signal.aborted && this.isRunning) await this.attempt(run);
    }
  }

  protected async attempt(run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      this.failures.push((error as Error).message);
      return false;
    }
  }

  private async startUp(): Promise<void> {
    const { clock, stream } = this.options;
    await this.table.ensure();
    if ((await this.table.leases()).length === 0) {
      for (const shard of await stream.listShards('AT_TRIM_HORIZON'))
        await this.table.create(leaseOf(shard), this.entityType);
      await clock.sleep(SHARD_SYNC_IDLE_MS, this.ended.signal);
    }
    await this.prepare();
    await this.renewer.initialize();
  }

  private end(): void {
    this.ended.abort();
    for (const owned of this.consumers.keys()) owned.gone.abort();
  }

  private consume(owned: OwnedLease): void {
    const { leaseKey } = owned.lease;
    const { hear = () => undefined, onProcessed = () => undefined } = this.options;
    const consumer = new JavaShardConsumer(owned, {
      ...this.options,
      ...{ renewer: this.renewer, table: this.table, entityType: this.entityType },
      hear: (what) => this.isRunning && hear(`${leaseKey}: ${what}`),
      onProcessed: (sequenceNumber) => this.isRunning && onProcessed(leaseKey, sequenceNumber),
      letGo: (lease) => this.letGo(lease),
    });
    const over = consumer.run().finally(() => this.consumers.delete(owned));
    this.consumers.set(owned, { consumer, over });
  }

  /** Rows of ended shards that are read on in their children, and whose own parents are gone. */
  private async cleanUp(): Promise<void> {
    const leases = new Map((await this.table.leases()).map((lease) => [lease.leaseKey, lease]));
    for (const owned of [...this.renewer.owned.values()]) {
      if (!isFinished(owned.lease, leases)) continue;
      await this.table.delete(owned.lease.leaseKey);
      this.renewer.drop(owned);
    }
  }
}

const leaseOf = ({ shardId, parentShardId, adjacentParentShardId, hashRange }: Shard): JavaLease => ({
  leaseKey: shardId,
  leaseCounter: 0n,
  ownerSwitches: 0n,
  checkpoint: { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 },
  parentShardIds: [parentShardId, adjacentParentShardId].filter((id) => id !== undefined),
  childShardIds: [],
  hashRange,
});

/** Every child has been read from (LATEST counts), and no own parent has a row any more. */
function isFinished(lease: JavaLease, leases: ReadonlyMap<string, JavaLease>): boolean {
  const unread = ['TRIM_HORIZON', 'AT_TIMESTAMP'];
  const children = lease.childShardIds.map((id) => leases.get(id)?.checkpoint.sequenceNumber ?? 'TRIM_HORIZON');
  const areRead = children.every((sequenceNumber) => !unread.includes(sequenceNumber));
  return isAtEnd(lease) && areRead && lease.parentShardIds.every((id) => !leases.has(id));
}
