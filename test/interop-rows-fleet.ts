/**
 * Java workers and ours on one lease table and one stream, on virtual time. Ours are the real thing, from the DynamoDB
 * adapter upwards; the Java ones speak row by row (java-kcl2-worker.ts, java-kcl3-worker.ts). Every record that a program
 * has worked off is noted, and every change of a row with who made it.
 */
import { kinesisClientFields } from '../kinesis-client/config';
import { createDynamoDBKcl3Rows } from '../kinesis-client/leases/dynamodb-kcl3-rows';
import { createDynamoDBLeaseTable } from '../kinesis-client/leases/dynamodb-lease-table';
import type { Checkpointer } from '../kinesis-client/shards/checkpointer';
import type { ClientRecord } from '../kinesis-client/shards/client-record';
import type { RecordProcessor } from '../kinesis-client/shards/record-processor';
import { createWorkerOn, type KinesisClientSettings, type Worker } from '../kinesis-client/worker';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { seededRandom } from '../runtime/random';
import { VirtualClock, type VirtualProcessClock } from '../runtime/virtual-clock';
import { defaultsOf } from './default-settings';
import { FakeDynamoDB, type FakeDynamoDBOptions } from './fake-dynamodb';
import { FakeStream } from './fake-stream';
import { JavaKcl2Worker } from './java-kcl2-worker';
import { JavaKcl3Worker, type JavaKcl3Options } from './java-kcl3-worker';
import type { JavaWorker, JavaWorkerOptions } from './java-worker';
import { short } from './shard-world';

export const APPLICATION = 'leases';

/** A program of the fleet, from its start to its end. */
export interface Member {
  readonly name: string;
  readonly clock: VirtualProcessClock;
  /** Resolves when it runs, or could not start. */
  readonly started: Promise<unknown>;
  /** SIGTERM. Resolves at its end. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): void;
}

export interface JavaMember<T extends JavaWorker> extends Member {
  readonly worker: T;
}

export interface OurHabits {
  readonly settings?: Partial<KinesisClientSettings>;
  /** How long a batch takes. Default 0. */
  readonly batchMs?: number;
  /** Checkpoints when so much has passed since the last one. Default 0: after each batch. */
  readonly checkpointIntervalMs?: number;
  /** How long `shutdownRequested` takes. Default 0. */
  readonly shutdownMs?: number;
  /** Checkpoints in two phases, and resolves what an earlier owner left prepared. */
  readonly twoPhase?: boolean;
}

/** A record that a program has worked off. */
export interface Processed {
  readonly by: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly atMs: number;
}

export class InteropFleet {
  readonly clock = new VirtualClock();
  readonly dynamodb: FakeDynamoDB;
  readonly stream: FakeStream;
  /** What processors of all programs hear, in order, as `ours s0: initialize`. */
  readonly heard: string[] = [];
  /** What each program worked off, in order. */
  readonly processed: Processed[] = [];
  readonly fatal: unknown[] = [];
  private readonly dead = new Set<string>();
  private seeds: number;

  constructor(options: { readonly shards: number; readonly seed?: number } & Partial<FakeDynamoDBOptions>) {
    this.stream = new FakeStream(this.clock, options.shards);
    this.dynamodb = new FakeDynamoDB({ ...options, clock: this.clock });
    this.seeds = (options.seed ?? 0) * 1_000;
  }

  /** One of our workers, with a processor that checkpoints after each batch and in `shutdownRequested`. */
  ours(name: string, habits: OurHabits = {}): Member {
    const clock = this.clock.process();
    const settings = { ...defaultsOf(kinesisClientFields), ...habits.settings };
    const dynamodb = this.dynamodb.clientOf(name);
    const parts = { dynamodb, tableName: APPLICATION, settings, clock };
    const table = createDynamoDBLeaseTable(parts);
    const worker: Worker = createWorkerOn({
      ...{ clock, table, settings, stream: this.stream, shards: this.stream },
      kcl3Rows: createDynamoDBKcl3Rows({ ...parts, table }),
      streamName: 'raw',
      workerName: name,
      initialPosition: 'TRIM_HORIZON',
      processorFactory: (shardId) => this.processor(name, shardId, clock, habits),
      random: seededRandom(this.seeds++),
      metrics: createMetrics(),
      log: silentLogger,
      onFatal: (error) => this.fatal.push(error),
    });
    const started = worker.start().catch((error: unknown) => this.fatal.push(error));
    return { name, clock, started, stop: () => worker.stop(), kill: () => this.kill(name, clock) };
  }

  java2(name: string, more: Partial<JavaWorkerOptions> = {}): JavaMember<JavaKcl2Worker> {
    return this.java(name, more, (options) => new JavaKcl2Worker(options));
  }

  java3(name: string, kcl3: JavaKcl3Options, more: Partial<JavaWorkerOptions> = {}): JavaMember<JavaKcl3Worker> {
    return this.java(name, more, (options) => new JavaKcl3Worker(options, kcl3));
  }

  /** Its worker id is its name; given again, it is a restart of the same. */
  private java<T extends JavaWorker>(
    name: string,
    more: Partial<JavaWorkerOptions>,
    make: (options: JavaWorkerOptions) => T,
  ): JavaMember<T> {
    const clock = this.clock.process();
    const by = `${name}#${this.seeds}`; // a restart is another process
    const worker = make({
      ...{ workerId: name, applicationName: APPLICATION, clock, stream: this.stream },
      dynamodb: this.dynamodb.clientOf(by),
      random: seededRandom(this.seeds++),
      habits: { batchMs: 0, checkpointIntervalMs: 0, shutdownMs: 0 },
      hear: (what) => this.heard.push(`${name} ${short(what)}`),
      onProcessed: (shardId, sequenceNumber) => this.note(name, shardId, sequenceNumber),
      ...more,
    });
    const kill = (): void => {
      worker.kill();
      this.kill(by, clock);
    };
    const stop = async (): Promise<void> => {
      await worker.stop();
      this.kill(by, clock); // the process is over
    };
    return { name, clock, worker, started: worker.start(), stop, kill };
  }

  row(shardId: string) {
    return this.dynamodb.row(APPLICATION, shardId);
  }

  /** How many shards each program owns; ours without the suffix of the boot. */
  holdings(): Record<string, number> {
    const count: Record<string, number> = {};
    for (const { leaseOwner, leaseCounter } of this.dynamodb.rows(APPLICATION)) {
      if (leaseCounter === undefined) continue;
      const owner = leaseOwner?.S?.replace(/\.boot-.*/, '') ?? 'nobody';
      count[owner] = (count[owner] ?? 0) + 1;
    }
    return count;
  }

  processedIn(shardId: string): readonly string[] {
    return this.processed.filter((one) => one.shardId === shardId).map(({ sequenceNumber }) => sequenceNumber);
  }

  /** Lets time pass until it is so; fails when it is not within `ms`. */
  async until(what: string, isSo: () => boolean, ms: number, stepMs = 100): Promise<void> {
    for (const endMs = this.clock.monotonicMs() + ms; !isSo(); await this.clock.advance(stepMs))
      if (this.clock.monotonicMs() >= endMs) throw new Error(`not within ${ms} ms: ${what}`);
  }

  /** Lets time pass until the promise is settled. */
  async ended(what: Promise<unknown>, ms = 120_000): Promise<void> {
    let isOver = false;
    void what.finally(() => (isOver = true));
    await this.until('the end', () => isOver, ms);
  }

  private note(by: string, shardId: string, sequenceNumber: string): void {
    this.processed.push({ by, shardId, sequenceNumber, atMs: this.clock.monotonicMs() });
  }

  private kill(by: string, clock: VirtualProcessClock): void {
    this.dead.add(by);
    this.dynamodb.kill(by);
    clock.pause();
  }

  private processor(name: string, shardId: string, clock: VirtualProcessClock, habits: OurHabits): RecordProcessor {
    const { batchMs = 0, checkpointIntervalMs = 0, shutdownMs = 0 } = habits;
    let checkpointedAtMs = clock.monotonicMs();
    const checkpoint = async (checkpointer: Checkpointer, last?: ClientRecord): Promise<unknown> => {
      if (last === undefined || habits.twoPhase !== true) return checkpointer.checkpoint();
      const { sequenceNumber, subSequenceNumber } = last;
      const prepared = await checkpointer.prepareCheckpoint(sequenceNumber, subSequenceNumber, Buffer.from('state'));
      return prepared.commit();
    };
    const hear = (what: string): void => {
      if (!this.dead.has(name)) this.heard.push(`${name} ${short(shardId)}: ${what}`);
    };
    return {
      pending: true,
      initialize: async ({ pending }) => {
        hear('initialize');
        await pending?.commit();
      },
      processRecords: async ({ records, checkpointer }) => {
        await clock.sleep(batchMs);
        if (this.dead.has(name)) return;
        for (const { sequenceNumber } of records) this.note(name, shardId, sequenceNumber);
        if (clock.monotonicMs() - checkpointedAtMs < checkpointIntervalMs) return;
        await checkpoint(checkpointer, records.at(-1));
        checkpointedAtMs = clock.monotonicMs();
      },
      shutdownRequested: async ({ checkpointer }) => {
        hear('shutdownRequested');
        await clock.sleep(shutdownMs);
        await checkpointer.checkpoint().catch((error: Error) => hear(`checkpoint refused: ${error.name}`));
      },
      leaseLost: async () => hear('leaseLost'),
      shardEnded: async ({ checkpointer }) => {
        await checkpointer.checkpoint();
        hear('shardEnded');
      },
    };
  }
}
