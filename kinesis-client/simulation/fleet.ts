/**
 * A fleet of real lease keepers on virtual time, over a lease table in memory: who owns which shard while workers join, stop
 * and die, and what it costs. For `flotilla simulate`, the lease bench and tests. It reads no shard. The same options and
 * the same calls give the same history, to the byte.
 */
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom, type Random } from '../../runtime/random';
import { VirtualClock } from '../../runtime/virtual-clock';
import { InMemoryLeaseTable } from '../leases/in-memory-lease-table';
import { newLease, type Shard } from '../leases/plan-shard-sync';
import { createLeaseTelemetry } from '../leases/telemetry';
import { createWorkerId } from '../leases/worker-id';
import { evenShards } from './even-shards';
import type { FleetHistory } from './fleet-history';
import { FleetRecorder } from './fleet-recorder';
import { SimulatedWorker, type WorkerHabits } from './simulated-worker';

export interface FleetOptions extends WorkerHabits {
  readonly shards: number;
  readonly seed: number;
  /** Whether the lease table has its rows already, all free; else the first worker makes it. */
  readonly hasRows: boolean;
}

const SECOND_MS = 1_000;
/** Rows of some 400 bytes, and half a unit for each 4 KB of an eventually consistent read. */
const ROWS_PER_UNIT = 20;
/** How much longer than its mean a pause of the lease keeper, or a way through the network, may be. */
const JITTER = { look: 1.1, network: 1.5 };

export class Fleet {
  private readonly world = new VirtualClock();
  readonly random: Random;
  private readonly table: InMemoryLeaseTable;
  private readonly shards: readonly Shard[];
  private readonly recorder: FleetRecorder;
  private readonly telemetry = createLeaseTelemetry(createMetrics(), silentLogger);
  /** Those that run and are not about to stop, in the order of their start. */
  private readonly running = new Map<string, SimulatedWorker>();
  private started = 0;
  private readonly faults: unknown[] = [];

  constructor(private readonly options: FleetOptions) {
    this.random = seededRandom(options.seed);
    this.shards = evenShards(options.shards);
    const rows = options.hasRows ? this.shards.map((shard) => newLease(shard, 'TRIM_HORIZON', 0)) : [];
    this.table = new InMemoryLeaseTable(rows);
    this.recorder = new FleetRecorder(options.shards, () => this.world.monotonicMs());
  }

  get history(): FleetHistory {
    return this.recorder;
  }

  get nowMs(): number {
    return this.world.monotonicMs();
  }

  get failoverMs(): number {
    return this.options.settings.leaseDurationMs;
  }

  /** The longest from one look of a worker to the end of its next, with the workers of now: all together stay under their read units. */
  get lookMsMax(): number {
    const { settings, shards, roundTripMs } = this.options;
    const scanUnits = Math.max(0.5, shards / ROWS_PER_UNIT);
    const affordableMs = (this.running.size * scanUnits * SECOND_MS) / settings.scanUnitsPerSecondMax;
    return Math.ceil(Math.max(settings.lookIntervalMs, affordableMs) * JITTER.look + roundTripMs * JITTER.network);
  }

  /** The ids of those that run and are not about to stop, in the order of their start. */
  get workers(): readonly string[] {
    return [...this.running.keys()];
  }

  /** A worker starts. Gives its id. `onStarted`: it has its share. */
  join(onStarted: () => void = () => undefined): string {
    const name = `worker-${String(++this.started).padStart(3, '0')}`;
    const worker = new SimulatedWorker({
      workerId: createWorkerId(name, this.random),
      habits: this.options,
      world: this.world,
      table: this.table,
      shards: { listShards: () => Promise.resolve(this.shards) },
      random: seededRandom(this.random.integer(2 ** 32)),
      recorder: this.recorder,
      telemetry: this.telemetry,
      onFault: (error) => this.faults.push(error),
    });
    this.running.set(worker.workerId, worker);
    void worker.start().then(onStarted);
    return worker.workerId;
  }

  /** One by chance. Throws when none runs. */
  anyWorker(): string {
    const [workerId] = this.random.shuffle(this.workers);
    if (workerId === undefined) throw new Error('no worker runs');
    return workerId;
  }

  /** A graceful stop begins. Resolves when the worker has let go of everything; somebody must advance the fleet. Never rejects. */
  async stop(workerId: string): Promise<void> {
    await this.take(workerId)
      .stop()
      .catch((error: unknown) => this.faults.push(error));
  }

  crash(workerId: string): void {
    this.take(workerId).crash();
  }

  /** Lets time pass. Throws what a worker could not go on after: that is a bug of the client or of the simulation. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      const nextSecondMs = (Math.floor(this.nowMs / SECOND_MS) + 1) * SECOND_MS;
      await this.world.advance(Math.min(nextSecondMs, endMs) - this.nowMs);
      if (this.nowMs === nextSecondMs) this.endSecond();
    }
    if (this.faults.length > 0) throw this.faults[0];
  }

  private endSecond(): void {
    this.recorder.endSecond(this.workers);
    // What the table notes for tests would grow with every second.
    for (const notes of [this.table.calls, this.table.applied, this.table.writes]) notes.length = 0;
  }

  private take(workerId: string): SimulatedWorker {
    const worker = this.running.get(workerId);
    if (worker === undefined) throw new Error(`${workerId} does not run`);
    this.running.delete(workerId);
    return worker;
  }
}
