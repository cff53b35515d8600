/**
 * One worker of an application: takes its share of the shards of a stream and runs a record processor on each.
 * Glue between the lease keeper (which shards are ours) and the shard consumers (what happens on each).
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Clock } from '../runtime/clock';
import type { Settings } from '../runtime/config';
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import type { Random } from '../runtime/random';
import type { fetchFields } from './shards/config';
import type { RecordProcessor } from './shards/record-processor';

export type KinesisClientSettings = Settings<{ kinesisClient: typeof fetchFields }>['kinesisClient'];

/** Where a shard without any checkpoint begins. */
export type InitialPosition = 'LATEST' | 'TRIM_HORIZON' | { readonly atTimestampMs: number };

export interface WorkerOptions {
  /** Names the lease table: all workers of one application share it. */
  readonly applicationName: string;
  readonly streamName: string;
  /** Called for every life of a processor; must give a new one each time. A throw here is fatal. */
  readonly processorFactory: (shardId: string) => RecordProcessor;
  readonly kinesis: KinesisClient;
  readonly dynamodb: DynamoDBClient;
  readonly settings: KinesisClientSettings;
  /** Default LATEST, as the Java client. */
  readonly initialPosition?: InitialPosition;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Something that a restart may heal and this worker cannot (a permission, a broken invariant). Called at most once. */
  readonly onFatal: (error: unknown) => void;
}

export interface Worker {
  /** Resolves when the first look at the leases is done. Rejects when the table or the stream is not usable. */
  start(): Promise<void>;
  /**
   * Graceful stop: no new leases, batches end, `shutdownRequested`, each lease is let go for others to take at once.
   * With `drainToTipMs` each shard is first read until its tip, for at most that long.
   */
  stop(options?: { drainToTipMs?: number }): Promise<void>;
  /** Null when all shards progress, else one sentence. */
  health(): string | null;
}

export declare function createWorker(options: WorkerOptions): Worker;
