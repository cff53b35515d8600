/**
 * A fleet of lease keepers on virtual time, with everything that goes wrong: requests that are slow, lost before or
 * after they were applied, processes that stand still and wake, or die. On each lease runs a processor that does
 * nothing but move its checkpoint by one, in two phases. What must always hold is read off the writes that the table
 * accepted.
 */
import { createLeaseKeeper, type LeaseKeeper } from '../../kinesis-client/leases/lease-keeper';
import type { HeldLease } from '../../kinesis-client/leases/held-lease';
import type { LeaseTable } from '../../kinesis-client/leases/lease-table';
import type { LeaseWrite } from '../../kinesis-client/leases/lease-writes';
import { createLeaseTelemetry } from '../../kinesis-client/leases/telemetry';
import { FlotillaError } from '../../runtime/errors';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom, type Random } from '../../runtime/random';
import { VirtualClock, type VirtualProcessClock } from '../../runtime/virtual-clock';
import { InMemoryLeaseTable } from '../../kinesis-client/leases/in-memory-lease-table';
import { aLease, at, bytes, leaseSettings } from '../lease-builders';

const DURATION_MS = 10_000;

interface Trouble {
  /** Of requests: how many are lost on the way there, and on the way back. */
  readonly lost: number;
  /** The longest that a request is under way, each way. */
  readonly latencyMaxMs: number;
  /** How often a process stands still, and for how long at most. */
  readonly pauseEachMs: number;
  readonly pauseMaxMs: number;
}

/** The network of one process: it stands still with it. */
function networkOf(table: LeaseTable, clock: VirtualProcessClock, random: Random, trouble: () => Trouble): LeaseTable {
  const travel = async (): Promise<void> => {
    const { lost, latencyMaxMs } = trouble();
    const isLost = random.next() < lost;
    await clock.sleep(random.next() * latencyMaxMs);
    if (isLost) throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'lost by the simulation');
  };
  const over = async <T>(call: () => Promise<T>): Promise<T> => {
    await travel();
    const answer = await call();
    await travel();
    return answer;
  };
  return {
    ensure: () => over(() => table.ensure()),
    scan: () => over(() => table.scan()),
    get: (leaseKey) => over(() => table.get(leaseKey)),
    create: (lease) => over(() => table.create(lease)),
    write: (write) => over(() => table.write(write)),
    delete: (leaseKey) => over(() => table.delete(leaseKey)),
  };
}

/** Moves the checkpoint by one, again and again, finishing what is pending first. Ends when the lease is lost. */
async function process(held: HeldLease, clock: VirtualProcessClock, random: Random): Promise<void> {
  while (!held.lost.aborted) {
    if (held.lease.pending !== undefined) {
      await held.commit();
    } else {
      const next = Number(held.lease.checkpoint.sequenceNumber) + 1;
      await held.prepare(at(next), bytes(`${held.lease.leaseOwner} makes ${next}`));
    }
    await clock.sleep(random.next() * 2_000, held.lost);
  }
}

class Fleet {
  readonly clock = new VirtualClock();
  readonly table: InMemoryLeaseTable;
  readonly faults: string[] = [];
  trouble: Trouble;
  private readonly random: Random;
  private readonly keepers: LeaseKeeper[] = [];
  private readonly held = new Map<HeldLease, string>();

  constructor(
    readonly seed: number,
    shards: number,
    trouble: Trouble,
  ) {
    this.random = seededRandom(seed);
    this.trouble = trouble;
    this.table = new InMemoryLeaseTable(
      Array.from({ length: shards }, (_, i) => aLease(`shard-${i}`, { checkpoint: at(0) })),
    );
  }

  async add(workerId: string): Promise<void> {
    const clock = this.clock.process({ monotonicMs: this.random.integer(1e9), wallMs: this.random.integer(1e9) });
    const keeper = createLeaseKeeper({
      table: networkOf(this.table, clock, this.random, () => this.trouble),
      shards: { listShards: () => Promise.resolve([]) },
      workerId,
      initialPosition: 'LATEST',
      listener: {
        won: (lease) => {
          this.held.set(lease, workerId);
          this.onWon(lease);
          process(lease, clock, this.random).catch((error: unknown) => this.faults.push(String(error)));
        },
        lost: (lease) => this.held.delete(lease),
      },
      settings: leaseSettings({ leaseDurationMs: DURATION_MS, startAttemptsMax: 1_000, auditIntervalMs: 1e9 }),
      clock,
      random: this.random,
      telemetry: createLeaseTelemetry(createMetrics(), silentLogger),
      onFatal: (error) => this.faults.push(`${workerId} ${String(error)}`),
    });
    this.keepers.push(keeper);
    void this.standStill(clock);
    const started = keeper.start();
    await this.clock.advance(1_000);
    started.catch((error: unknown) => this.faults.push(`${workerId} ${String(error)}`));
  }

  /** May be replaced: what must hold when a lease is won. */
  onWon: (lease: HeldLease) => void = () => undefined;

  /** Those who believe to hold the lease, by their own clocks, and are not this one. */
  othersThatTrust(lease: HeldLease): string[] {
    return [...this.held].flatMap(([other, workerId]) =>
      other !== lease && other.leaseKey === lease.leaseKey && other.isValid() ? [workerId] : [],
    );
  }

  private async standStill(clock: VirtualProcessClock): Promise<void> {
    for (;;) {
      await this.clock.sleep(this.random.next() * 2 * this.trouble.pauseEachMs);
      if (this.trouble.pauseMaxMs === 0) return;
      clock.pause();
      await this.clock.sleep(this.random.next() * this.trouble.pauseMaxMs);
      clock.resume();
    }
  }

  async calm(): Promise<void> {
    this.trouble = { lost: 0, latencyMaxMs: 5, pauseEachMs: 1_000, pauseMaxMs: 0 };
    await this.clock.advance(120_000);
  }

  async stop(): Promise<void> {
    const stopped = Promise.all(this.keepers.map((keeper) => keeper.stop()));
    await this.clock.advance(60_000);
    await stopped;
    expect(this.clock.sleeping).toBe(0);
  }
}

/** Prepares and commits of each shard make one chain: 1, 2, 3, each prepared once and then committed once. */
function expectOneChain(writes: readonly LeaseWrite[], seed: number): Map<string, number> {
  const done = new Map<string, number>();
  const open = new Map<string, string>();
  for (const { kind, leaseKey, after } of writes) {
    if (kind === 'prepare') {
      const { checkpoint, state } = after.pending ?? { checkpoint: at('none') };
      expect({ seed, leaseKey, prepares: checkpoint.sequenceNumber, over: open.get(leaseKey) }).toEqual({
        seed,
        leaseKey,
        prepares: String((done.get(leaseKey) ?? 0) + 1),
        over: undefined,
      });
      open.set(leaseKey, Buffer.from(state ?? []).toString());
    } else if (kind === 'commit') {
      const next = (done.get(leaseKey) ?? 0) + 1;
      expect({ seed, leaseKey, commits: after.checkpoint.sequenceNumber }).toEqual({
        seed,
        leaseKey,
        commits: String(next),
      });
      expect(open.get(leaseKey)).toMatch(new RegExp(` makes ${next}$`));
      open.delete(leaseKey);
      done.set(leaseKey, next);
    }
  }
  return done;
}

/** Between a take and the next one only the taker writes; each write adds one to the counter. */
function expectOneOwnerPerEpoch(writes: readonly LeaseWrite[]): void {
  const rows = new Map<string, { owner?: string; counter: bigint }>();
  for (const { kind, leaseKey, after } of writes) {
    const row = rows.get(leaseKey) ?? { counter: 0n };
    expect(after.leaseCounter).toBe(row.counter + 1n);
    if (kind !== 'take') expect(after.leaseOwner).toBe(row.owner);
    rows.set(leaseKey, { owner: after.leaseOwner, counter: after.leaseCounter });
  }
}

const storm: Trouble = { lost: 0.1, latencyMaxMs: 400, pauseEachMs: 30_000, pauseMaxMs: 25_000 };

describe('a fleet in trouble', () => {
  it.each([1, 2, 3, 4])('commits form one chain a shard, from one owner per epoch (seed %i)', async (seed) => {
    const fleet = new Fleet(seed, 6, storm);
    for (let i = 0; i < 4; i++) await fleet.add(`worker-${i}`);
    await fleet.clock.advance(200_000);
    const inTrouble = expectOneChain(fleet.table.writes, seed);
    await fleet.calm();
    expectOneOwnerPerEpoch(fleet.table.writes);
    const done = expectOneChain(fleet.table.writes, seed);
    for (const { leaseKey, leaseOwner } of fleet.table.leases()) {
      expect([leaseKey, leaseOwner]).toEqual([leaseKey, expect.any(String)]);
      expect(done.get(leaseKey) ?? 0).toBeGreaterThan((inTrouble.get(leaseKey) ?? 0) + 20);
    }
    const takes = fleet.table.writes.length;
    await fleet.clock.advance(60_000);
    expect(fleet.table.writes.slice(takes).filter(({ kind }) => kind === 'take')).toEqual([]); // it has settled
    await fleet.stop();
    expect(fleet.faults).toEqual([]);
  });

  it.each([11, 12, 13, 14])('one shard never has two workers that trust in its lease (seed %i)', async (seed) => {
    const fleet = new Fleet(seed, 1, storm); // one shard: nothing is ever stolen from a live worker
    const trusted: string[][] = [];
    fleet.onWon = (lease) => trusted.push(fleet.othersThatTrust(lease));
    for (let i = 0; i < 3; i++) await fleet.add(`worker-${i}`);
    await fleet.clock.advance(400_000);
    expect(trusted.length).toBeGreaterThan(2);
    expect(trusted.flat()).toEqual([]);
    await fleet.calm();
    await fleet.stop();
    expect(fleet.faults).toEqual([]);
  });
});
