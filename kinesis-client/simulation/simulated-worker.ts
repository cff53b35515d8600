/**
 * One process of a simulated fleet: a real lease keeper on a clock and a connection of its own. In place of shard consumers
 * it only holds what it wins, with a checkpoint now and then, and lets go as a consumer does: after its running batch.
 */
import type { Random } from '../../runtime/random';
import type { VirtualClock, VirtualProcessClock } from '../../runtime/virtual-clock';
import type { LeaseSettings } from '../leases/config';
import type { HeldLease } from '../leases/held-lease';
import { createLeaseKeeper, type LeaseKeeper } from '../leases/lease-keeper';
import type { LeaseTable } from '../leases/lease-table';
import type { ShardLister } from '../leases/shard-lister';
import type { LeaseTelemetry } from '../leases/telemetry';
import { connect, type Connection } from './connection';
import type { FleetRecorder } from './fleet-recorder';

/** How the processes of a fleet behave. */
export interface WorkerHabits {
  readonly settings: LeaseSettings;
  /** The mean of a round trip to the lease table. */
  readonly roundTripMs: number;
  /** The longest that a shard still works on its last batch when it is asked to let go. */
  readonly batchMsMax: number;
  /** How often each shard checkpoints, by chance half as long or half as long again; 0: never. */
  readonly checkpointIntervalMs: number;
}

export interface SimulatedWorkerDeps {
  readonly workerId: string;
  readonly habits: WorkerHabits;
  readonly world: VirtualClock;
  readonly table: LeaseTable;
  readonly shards: ShardLister;
  readonly random: Random;
  readonly recorder: FleetRecorder;
  readonly telemetry: LeaseTelemetry;
  /** What should never happen. */
  readonly onFault: (error: unknown) => void;
}

/** Longer than any simulation. */
const NEVER_MS = 1e12;

export class SimulatedWorker {
  readonly workerId: string;
  private readonly clock: VirtualProcessClock;
  private readonly connection: Connection;
  private readonly keeper: LeaseKeeper;

  constructor(private readonly deps: SimulatedWorkerDeps) {
    const { world, random, habits, recorder, onFault } = deps;
    this.workerId = deps.workerId;
    // No two machines agree on the time, and nothing may rest on it.
    this.clock = world.process({ monotonicMs: random.integer(1e9), wallMs: random.integer(60_000) });
    this.connection = connect({ ...deps, clock: world, roundTripMs: habits.roundTripMs });
    this.keeper = createLeaseKeeper({
      ...deps,
      table: this.connection,
      clock: this.clock,
      settings: habits.settings,
      initialPosition: 'TRIM_HORIZON',
      listener: {
        won: (held) => {
          recorder.tell({ kind: 'won', workerId: this.workerId, leaseKey: held.leaseKey });
          this.work(held).catch(onFault);
        },
        lost: ({ leaseKey, lost }) =>
          recorder.tell({ kind: 'lost', workerId: this.workerId, leaseKey, reason: lost.reason }),
      },
      onFatal: onFault,
    });
  }

  /** Resolves when it has its share. */
  start(): Promise<void> {
    this.deps.recorder.tell({ kind: 'join', workerId: this.workerId });
    return this.keeper.start().catch(this.deps.onFault);
  }

  /** Graceful. Resolves when every lease was let go. */
  async stop(): Promise<void> {
    const { recorder, workerId } = this.deps;
    recorder.tell({ kind: 'stop', workerId });
    this.keeper.stopTaking();
    await Promise.all([...this.keeper.held.values()].map((held) => this.letGo(held)));
    await this.keeper.stop();
    recorder.tell({ kind: 'left', workerId });
  }

  /** SIGKILL: nothing of it ever runs again. Requests that are on their way arrive. */
  crash(): void {
    this.connection.cut();
    this.clock.pause();
    this.deps.recorder.tell({ kind: 'crash', workerId: this.workerId, leaseKeys: [...this.keeper.held.keys()] });
  }

  /** Until it is lost, or another worker asks for it. */
  private async work(held: HeldLease): Promise<void> {
    const { habits, random } = this.deps;
    const over = AbortSignal.any([held.lost, held.handOffRequested]);
    while (!over.aborted) {
      const pauseMs =
        habits.checkpointIntervalMs === 0 ? NEVER_MS : habits.checkpointIntervalMs * (0.5 + random.next());
      await this.clock.sleep(pauseMs, over);
      if (!over.aborted) await held.checkpoint(nextCheckpoint(held));
    }
    if (held.handOffRequested.aborted) await this.letGo(held);
  }

  private async letGo(held: HeldLease): Promise<void> {
    await this.clock.sleep(this.deps.random.next() * this.deps.habits.batchMsMax, held.lost);
    await held.release();
  }
}

const nextCheckpoint = ({ lease }: HeldLease) => ({
  sequenceNumber: /^\d+$/.test(lease.checkpoint.sequenceNumber)
    ? String(BigInt(lease.checkpoint.sequenceNumber) + 1n)
    : '1',
  subSequenceNumber: 0,
});
