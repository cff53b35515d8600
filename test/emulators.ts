/**
 * Kinesis, DynamoDB and S3 for a test, in its own process and on free ports: the fronts that `npm start` runs, in memory
 * unless a data folder is given (S3 is always in a folder). Stop them in afterAll.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { S3Client } from '@aws-sdk/client-s3';
import { dataFolders, emulatorAwsSettings, startEmulators as start } from '../local/emulators';
import type { Faults } from '../local/faults/faults';
import { createWire } from '../local/faults/pass-call';
import type { Gate } from '../local/gate';
import { makeMissing } from '../local/make-missing';
import { createLocalTelemetry } from '../local/telemetry';
import { createDynamoDBClient, createKinesisClient, createS3Client, type AwsSettings } from '../runtime/aws-clients';
import { systemClock, type Clock } from '../runtime/clock';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { systemRandom } from '../runtime/random';

export interface TestEmulatorsOptions {
  /** Kept afterwards; start again with the same one to go on. */
  readonly dataFolder?: string;
  readonly clock?: Clock;
  /** Made before `startEmulators` returns: stream name to number of shards. */
  readonly streams?: Readonly<Record<string, number>>;
  /** Made before `startEmulators` returns; default `flotilla`. */
  readonly bucket?: string;
}

export interface TestEmulators {
  readonly kinesisEndpoint: string;
  readonly dynamodbEndpoint: string;
  readonly s3Endpoint: string;
  /** For createKinesisClient and its like. */
  readonly aws: AwsSettings;
  /** Clients of these emulators; `stop` destroys them. */
  readonly kinesis: KinesisClient;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  /** Holds calls on their way. */
  readonly gate: Gate;
  /** Lets calls fail, on their way and in their answers. */
  readonly faults: Faults;
  /** Where S3 keeps its buckets. */
  readonly s3Folder: string;
  stop(): Promise<void>;
}

export async function startEmulators(options: TestEmulatorsOptions = {}): Promise<TestEmulators> {
  const { dataFolder, clock = systemClock, streams = {}, bucket = 'flotilla' } = options;
  const ownFolder = dataFolder === undefined ? await mkdtemp(join(tmpdir(), 'flotilla-')) : undefined;
  const folders = ownFolder === undefined ? dataFolders(dataFolder as string) : { s3Folder: join(ownFolder, 's3') };
  const wire = createWire(clock);
  const metrics = createMetrics();
  const host = '127.0.0.1';
  const emulators = await start(
    { host, ports: { kinesis: 0, dynamodb: 0, s3: 0 }, ...folders, shardLimit: 1000 },
    {
      wire,
      clock,
      random: systemRandom,
      metrics,
      log: silentLogger,
      telemetry: createLocalTelemetry(metrics, silentLogger),
    },
  );
  const aws = emulatorAwsSettings(host, emulators.ports);
  const clients = { kinesis: createKinesisClient(aws), dynamodb: createDynamoDBClient(aws), s3: createS3Client(aws) };
  await makeMissing(
    { streams: Object.entries(streams).map(([name, shards]) => ({ name, shards })), bucket },
    { ...clients, clock: systemClock, made: () => undefined },
  );
  return {
    kinesisEndpoint: aws.kinesisEndpoint,
    dynamodbEndpoint: aws.dynamodbEndpoint,
    s3Endpoint: aws.s3Endpoint,
    aws,
    ...clients,
    ...wire,
    s3Folder: folders.s3Folder,
    async stop() {
      for (const client of Object.values(clients)) client.destroy();
      await emulators.stop();
      if (ownFolder !== undefined) await rm(ownFolder, { recursive: true, force: true });
    },
  };
}
