/**
 * One worker of an application: takes its share of the shards of a stream and runs a record processor on each.
 * Glue between the lease keeper (which shards are ours) and the shard consumers (what happens on each).
 */
import { hostname } from 'node:os';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Clock } from '../runtime/clock';
import type { Settings } from '../runtime/config';
import { FlotillaError } from '../runtime/errors';
import { limitWarnings } from '../runtime/limit-warnings';
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import type { Random } from '../runtime/random';
import { withRetries, type Retries } from '../runtime/retry';
import type { kinesisClientFields } from './config';
import { startBackoff } from './leases/config';
import { createDynamoDBKcl3Rows } from './leases/dynamodb-kcl3-rows';
import { createDynamoDBLeaseTable } from './leases/dynamodb-lease-table';
import type { HeldLease } from './leases/held-lease';
import { Kcl3FleetWatch, type Kcl3Rows } from './leases/kcl3-fleet-watch';
import { isFinished } from './leases/lease';
import { createLeaseKeeper, type LeaseKeeper, type LeaseListener } from './leases/lease-keeper';
import type { LeaseTable } from './leases/lease-table';
import type { InitialPosition } from './leases/plan-shard-sync';
import type { ShardLister } from './leases/shard-lister';
import { createLeaseTelemetry } from './leases/telemetry';
import { createWorkerId } from './leases/worker-id';
import { ByteBudget } from './shards/byte-budget';
import { findStall } from './shards/find-stall';
import { createKinesisShardLister } from './shards/kinesis-shard-lister';
import { createKinesisStream } from './shards/kinesis-stream';
import { KnownStream } from './shards/known-stream';
import type { RecordProcessor } from './shards/record-processor';
import { ShardConsumer, type ShardConsumerDeps } from './shards/shard-consumer';
import type { Stream, StreamDescription } from './shards/stream';
import { createShardsTelemetry, type ShardsTelemetry } from './shards/telemetry';

export type KinesisClientSettings = Settings<{ kinesisClient: typeof kinesisClientFields }>['kinesisClient'];

interface CommonOptions {
  readonly streamName: string;
  /** Called for every life of a processor; must give a new one each time. A throw here is fatal. */
  readonly processorFactory: (shardId: string) => RecordProcessor;
  readonly settings: KinesisClientSettings;
  /** Where a shard begins that nobody has read. Default LATEST, as the Java client. */
  readonly initialPosition?: InitialPosition;
  /** Names this worker in the lease table, with a suffix of this boot. Default: the name of the host. */
  readonly workerName?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Something that a restart may heal and this worker cannot (a permission, a broken invariant). Called at most once. */
  readonly onFatal: (error: unknown) => void;
}

export interface WorkerOptions extends CommonOptions {
  /** Names the lease table: all workers of one application share it. */
  readonly applicationName: string;
  /** Of the lease table, when it has a name of its own. */
  readonly tableName?: string;
  readonly kinesis: KinesisClient;
  readonly dynamodb: DynamoDBClient;
}

/** What a worker stands on, when it is not AWS: for tests and simulations. */
export interface WorkerParts extends CommonOptions {
  readonly table: LeaseTable;
  /** Absent: there can be no Java 3.x worker. */
  readonly kcl3Rows?: Kcl3Rows;
  readonly stream: Stream;
  readonly shards: ShardLister;
}

export interface Worker {
  /**
   * Resolves when the worker has its share of the leases, when its peers have kept what it asked them for longer than
   * `handOffTimeoutMs`, or when it is stopped meanwhile: it may hold leases by then, so it must be stopped also while it
   * starts. Rejects when the table or the stream is not usable, and with FLOTILLA_KCL3_FLEET when a Java 3.x fleet works on
   * the application in its own mode.
   */
  start(): Promise<void>;
  /**
   * Graceful stop: no new leases, running batches end, `shutdownRequested`, each lease is let go for others to take at
   * once, `leaseLost`. With `drainToTipMs` each shard is first read until its tip, for at most that long; children of
   * shards that end meanwhile are left to others. May be called again: it is one stop.
   */
  stop(options?: { drainToTipMs?: number }): Promise<void>;
  /** Null when all shards progress, else one sentence. */
  health(): string | null;
}

/** Nothing happens before `start`. The clients stay the caller's: to be destroyed after `stop`. */
export const createWorker = (options: WorkerOptions): Worker => {
  const { applicationName, tableName = applicationName } = options;
  const table = createDynamoDBLeaseTable({ ...options, tableName });
  return createWorkerOn({
    ...options,
    table,
    kcl3Rows: createDynamoDBKcl3Rows({ ...options, table, tableName }),
    stream: createKinesisStream(options.kinesis, options.streamName),
    shards: createKinesisShardLister(options.kinesis, options.streamName),
  });
};

export const createWorkerOn = (parts: WorkerParts): Worker => new ClientWorker(parts);

/** A consumer, and its end, whether it ran out or failed. */
interface RunningShard {
  readonly consumer: ShardConsumer;
  readonly over: Promise<void>;
}

class ClientWorker implements Worker, LeaseListener {
  private readonly running = new Set<RunningShard>();
  private readonly keeper: LeaseKeeper;
  private readonly startRetries: Retries;
  private readonly kcl3Watch: Kcl3FleetWatch | undefined;
  private readonly telemetry: ShardsTelemetry;
  private readonly memory: ByteBudget;
  private consumerDeps: ShardConsumerDeps | null = null;
  private readonly stopping = new AbortController();
  private stopped: Promise<void> | null = null;
  private failed = false;

  constructor(private readonly parts: WorkerParts) {
    const { metrics, random, settings, initialPosition = 'LATEST', workerName = hostname() } = parts;
    const log = limitWarnings(parts.log, parts.clock);
    this.telemetry = createShardsTelemetry(metrics, log);
    this.memory = new ByteBudget(settings.prefetchBytesMax, this.telemetry.bytesBuffered);
    const telemetry = createLeaseTelemetry(metrics, log);
    this.startRetries = {
      ...parts,
      attemptsMax: settings.startAttemptsMax,
      backoff: startBackoff(settings),
      signal: this.stopping.signal,
      onRetry: (error) => telemetry.taskFailed('start', error),
    };
    this.kcl3Watch = parts.kcl3Rows && new Kcl3FleetWatch({ ...parts, rows: parts.kcl3Rows, telemetry });
    this.keeper = createLeaseKeeper({
      ...parts,
      initialPosition,
      workerId: createWorkerId(workerName, random),
      listener: this,
      telemetry,
      onFatal: this.fail,
    });
  }

  async start(): Promise<void> {
    try {
      await this.startUp();
    } catch (error) {
      if (this.stopped === null) throw error;
    }
  }

  stop(options: { drainToTipMs?: number } = {}): Promise<void> {
    this.stopped ??= this.stopOnce(options.drainToTipMs ?? 0);
    return this.stopped;
  }

  health(): string | null {
    const shards = [...this.running].map(({ consumer }) => consumer.progress);
    return findStall(shards, this.parts.clock.monotonicMs(), this.parts.settings.stallMs);
  }

  /** Called by the lease keeper. A shard that comes back waits until the consumer of its earlier lease has ended. */
  won(held: HeldLease): void {
    const consumer = new ShardConsumer(held, this.consumerDeps as ShardConsumerDeps);
    const before = [...this.running].filter((one) => one.consumer.shardId === held.leaseKey);
    const over = this.untilEnded(before, held)
      .then(() => consumer.run())
      .catch(this.fail)
      .finally(() => this.running.delete(shard));
    const shard = { consumer, over };
    this.running.add(shard);
  }

  /** An earlier consumer whose callback is stuck cost a lease already: this one does not wait here unread for good either. */
  private async untilEnded(before: readonly RunningShard[], held: HeldLease): Promise<void> {
    const { callbackSlowAction, callbackSlowMs } = this.parts.settings;
    const overs = before.map(({ over }) => over);
    if (before.length > 0 && callbackSlowAction === 'release') {
      await this.within(callbackSlowMs, overs);
      if (before.some((one) => this.running.has(one))) await held.release();
    }
    await Promise.all(overs);
  }

  /** The consumer hears it from the lease itself. */
  lost(): void {}

  private async startUp(): Promise<void> {
    const { initialPosition = 'LATEST' } = this.parts;
    const found = await withRetries(() => this.findStream(), this.startRetries);
    await this.kcl3Watch?.start(this.startRetries);
    if (this.stopped !== null) return;
    const { telemetry, memory } = this;
    const known = new KnownStream(found, this.parts);
    this.consumerDeps = { ...this.parts, initialPosition, known, telemetry, memory, onFatal: this.fail };
    await this.keeper.start();
    void this.kcl3Watch?.run(this.stopping.signal).catch(this.fail);
  }

  private async stopOnce(drainToTipMs: number): Promise<void> {
    const { settings } = this.parts;
    this.stopping.abort();
    this.keeper.stopTaking();
    const shards = [...this.running];
    if (drainToTipMs > 0)
      await this.within(
        drainToTipMs,
        shards.map(({ consumer }) => consumer.drained()),
      );
    for (const { consumer } of this.running) consumer.stop();
    const overs = [...this.running].map(({ over }) => over);
    await this.within(settings.stopGraceMs, [Promise.all(overs).then(() => this.letGoEnded())]);
    const busy = [...this.running];
    if (busy.length > 0) this.telemetry.stopRanOut(busy.map(({ consumer }) => consumer.shardId));
    for (const { consumer } of busy) consumer.closeCheckpointer();
    await this.keeper.stop();
  }

  /**
   * Leases of shards that have ended are held without a consumer. Left to expire they would keep this worker among the living
   * in the eyes of its peers, who would leave its share to it.
   */
  private async letGoEnded(): Promise<void> {
    const ended = [...this.keeper.held.values()].filter(({ lease }) => isFinished(lease));
    await Promise.all(ended.map((held) => held.release())).catch(this.fail);
  }

  private async within(ms: number, all: readonly Promise<void>[]): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([Promise.all(all), this.parts.clock.sleep(ms, waiting.signal)]);
    waiting.abort();
  }

  private async findStream(): Promise<StreamDescription> {
    const { stream, streamName } = this.parts;
    const found = await stream.describe();
    if (found === null)
      throw new FlotillaError('FLOTILLA_AWS_REFUSED', `there is no stream ${streamName}: make it, or name another`);
    return found;
  }

  private readonly fail = (error: unknown): void => {
    if (this.failed) return;
    this.failed = true;
    this.parts.onFatal(error);
  };
}
