/** Lease keepers over one table and one stream, all on one virtual clock; what their listeners hear goes into one list. */
import type { LeaseSettings } from '../kinesis-client/leases/config';
import type { HeldLease } from '../kinesis-client/leases/held-lease';
import { InMemoryLeaseTable } from '../kinesis-client/leases/in-memory-lease-table';
import { createLeaseKeeper, type LeaseKeeper } from '../kinesis-client/leases/lease-keeper';
import type { LeaseTable } from '../kinesis-client/leases/lease-table';
import type { Shard } from '../kinesis-client/leases/plan-shard-sync';
import { createLeaseTelemetry } from '../kinesis-client/leases/telemetry';
import { silentLogger } from '../runtime/log';
import { createMetrics, type Metrics } from '../runtime/metrics';
import { seededRandom } from '../runtime/random';
import { VirtualClock, type VirtualProcessClock } from '../runtime/virtual-clock';
import { evenShards, leaseSettings } from './lease-builders';

export interface KeeperUnderTest {
  readonly keeper: LeaseKeeper;
  readonly clock: VirtualProcessClock;
  readonly metrics: Metrics;
  /** Of the leases it holds, sorted. */
  keys(): string[];
}

export interface Peer extends KeeperUnderTest {
  readonly workerId: string;
  /** SIGKILL: nothing of it runs again, and nothing that it has not sent is sent. */
  crash(): void;
}

export class KeeperWorld {
  readonly clock = new VirtualClock();
  shards: readonly Shard[] = evenShards(4);
  listed = 0;
  /** Everything that listeners heard, in order: `1234 a won shard-0`, `5678 a lost shard-0 fenced`. */
  readonly heard: string[] = [];
  readonly fatal: unknown[] = [];
  private readonly keepers = new Set<LeaseKeeper>();

  constructor(readonly table = new InMemoryLeaseTable()) {}

  /** A worker whose id is its name: to others it looks like one of Java. It holds what it wins, and does nothing with it. */
  worker(
    name: string,
    settings: Partial<LeaseSettings> = {},
    clock: VirtualProcessClock = this.clock.process(),
  ): KeeperUnderTest {
    return this.keep(name, name, settings, clock, this.table, () => undefined);
  }

  /** A worker of ours, which hands a lease over `busyMs` after it was asked to; Infinity: it never does. */
  peer(name: string, options: { busyMs?: number; settings?: Partial<LeaseSettings> } = {}): Peer {
    const { busyMs = 0, settings = {} } = options;
    const workerId = `${name}.boot-${name.charCodeAt(0).toString(16).padStart(12, '0')}`;
    const clock = this.clock.process();
    const wire = new Wire(this.table);
    const handOver = async (held: HeldLease): Promise<void> => {
      if (busyMs === Infinity) return;
      await clock.sleep(busyMs, held.lost);
      await held.release();
    };
    const onWon = (held: HeldLease): void =>
      held.handOffRequested.addEventListener(
        'abort',
        () => void handOver(held).catch((error: unknown) => this.fatal.push(error)),
      );
    const under = this.keep(name, workerId, settings, clock, wire, onWon);
    const crash = (): void => {
      clock.pause();
      wire.isCut = true;
      this.keepers.delete(under.keeper);
    };
    return { ...under, workerId, crash };
  }

  private keep(
    name: string,
    workerId: string,
    settings: Partial<LeaseSettings>,
    clock: VirtualProcessClock,
    table: LeaseTable,
    onWon: (held: HeldLease) => void,
  ): KeeperUnderTest {
    const note = (what: string): void => {
      this.heard.push(`${Math.round(this.clock.monotonicMs())} ${name} ${what}`);
    };
    const metrics = createMetrics();
    const listShards = (): Promise<readonly Shard[]> => {
      this.listed++;
      return Promise.resolve(this.shards);
    };
    const keeper = createLeaseKeeper({
      table,
      shards: { listShards },
      workerId,
      initialPosition: 'TRIM_HORIZON',
      listener: {
        won: (held) => {
          note(`won ${held.leaseKey}`);
          onWon(held);
        },
        lost: ({ leaseKey, lost }) => note(`lost ${leaseKey} ${lost.reason}`),
      },
      settings: leaseSettings(settings),
      clock,
      random: seededRandom(name.charCodeAt(0)),
      telemetry: createLeaseTelemetry(metrics, silentLogger),
      onFatal: (error) => this.fatal.push(error),
    });
    this.keepers.add(keeper);
    return { keeper, clock, metrics, keys: () => [...keeper.held.keys()].sort() };
  }

  /** Starts it and lets the time pass that the start takes. */
  async start(keeper: LeaseKeeper, ms = 1_100): Promise<void> {
    const started = keeper.start();
    started.catch(() => undefined);
    await this.clock.advance(ms);
    await started;
  }

  owners(): Record<string, string | undefined> {
    return Object.fromEntries(this.table.leases().map(({ leaseKey, leaseOwner }) => [leaseKey, leaseOwner]));
  }

  /** Nothing may sleep or write after a stop; what a test made slow itself gets its time. */
  async stopAll(): Promise<void> {
    for (const keeper of this.keepers) await keeper.stop();
    await this.clock.advance(120_000);
    expect(this.clock.sleeping).toBe(0);
    expect(this.fatal).toEqual([]);
  }
}

/** The listener hears of each lease `won`, then `lost`, never twice the same. */
export function expectPairs(heard: readonly string[]): void {
  const open = new Set<string>();
  for (const line of heard) {
    const [, worker, what, leaseKey] = line.split(' ');
    const key = `${worker} ${leaseKey}`;
    expect([line, open.has(key)]).toEqual([line, what === 'lost']);
    if (what === 'won') open.add(key);
    else open.delete(key);
  }
}

/** The way of one process to the table. */
class Wire implements LeaseTable {
  isCut = false;

  constructor(private readonly table: LeaseTable) {}

  ensure = (): ReturnType<LeaseTable['ensure']> => this.call(() => this.table.ensure());
  scan = (): ReturnType<LeaseTable['scan']> => this.call(() => this.table.scan());
  get: LeaseTable['get'] = (leaseKey) => this.call(() => this.table.get(leaseKey));
  create: LeaseTable['create'] = (lease) => this.call(() => this.table.create(lease));
  write: LeaseTable['write'] = (write) => this.call(() => this.table.write(write));
  delete: LeaseTable['delete'] = (leaseKey) => this.call(() => this.table.delete(leaseKey));

  private async call<T>(send: () => Promise<T>): Promise<T> {
    const never = new Promise<T>(() => undefined);
    if (this.isCut) return never;
    const answer = await send();
    return this.isCut ? never : answer;
  }
}
