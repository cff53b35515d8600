/**
 * A stream, a lease table and workers on one virtual time, for tests of whole workers. What the record processors hear goes
 * into one list, in the order in which it happened.
 */
import { kinesisClientFields } from '../kinesis-client/config';
import { InMemoryLeaseTable } from '../kinesis-client/leases/in-memory-lease-table';
import type { RecordProcessor } from '../kinesis-client/shards/record-processor';
import { createWorkerOn, type Worker, type WorkerParts } from '../kinesis-client/worker';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { seededRandom } from '../runtime/random';
import { VirtualClock } from '../runtime/virtual-clock';
import { defaultsOf } from './default-settings';
import { FakeStream } from './fake-stream';
import { short } from './shard-world';

export class WorkerFleet {
  readonly clock = new VirtualClock();
  readonly stream: FakeStream;
  readonly table = new InMemoryLeaseTable();
  /** What processors heard, in order, as `worker s0: what`. */
  readonly heard: string[] = [];
  readonly fatal: unknown[] = [];
  /** How many processors of one shard live at the same time in one worker, at most. A steal overlaps two workers. */
  overlapMax = 0;
  private readonly living = new Map<string, number>();
  private seed = 1;

  constructor(shardCount: number) {
    this.stream = new FakeStream(this.clock, shardCount);
  }

  worker(name: string, more: Partial<WorkerParts> & { slow?: () => Promise<void> } = {}): Worker {
    const metrics = createMetrics();
    return createWorkerOn({
      ...{ clock: this.clock, table: this.table, stream: this.stream, shards: this.stream, metrics, log: silentLogger },
      streamName: 'raw',
      workerName: name,
      random: seededRandom(this.seed++),
      settings: defaultsOf(kinesisClientFields),
      initialPosition: 'TRIM_HORIZON',
      processorFactory: (shardId) => this.processor(`${name} ${short(shardId)}`, more.slow),
      onFatal: (error) => this.fatal.push(error),
      ...more,
    });
  }

  /** Checkpoints after each batch. */
  private processor(name: string, slow = (): Promise<void> => Promise.resolve()): RecordProcessor {
    const live = (change: number): void => {
      const alive = (this.living.get(name) ?? 0) + change;
      this.living.set(name, alive);
      this.overlapMax = Math.max(this.overlapMax, alive);
    };
    return {
      initialize: async () => {
        live(1);
        this.heard.push(`${name}: initialize`);
      },
      processRecords: async ({ records, checkpointer }) => {
        await slow();
        for (const record of records) this.heard.push(`${name}: ${record.bytes}`);
        await checkpointer.checkpoint();
      },
      leaseLost: async () => {
        live(-1);
        this.heard.push(`${name}: leaseLost`);
      },
      shardEnded: async ({ checkpointer }) => {
        await checkpointer.checkpoint();
        live(-1);
        this.heard.push(`${name}: shardEnded`);
      },
      shutdownRequested: async () => void this.heard.push(`${name}: shutdownRequested`),
    };
  }

  records(): string[] {
    return this.heard.map((line) => line.split(': ')[1] ?? '').filter((word) => /\d$/.test(word));
  }

  holdings(): Record<string, number> {
    const count: Record<string, number> = {};
    for (const { leaseOwner = 'nobody' } of this.table.leases()) {
      const owner = leaseOwner.split('.')[0] as string;
      count[owner] = (count[owner] ?? 0) + 1;
    }
    return count;
  }
}

/** Gives it five seconds to start. */
export const started = async (fleet: WorkerFleet, worker: Worker): Promise<void> => {
  const start = worker.start();
  await fleet.clock.advance(5_000);
  await start;
};
