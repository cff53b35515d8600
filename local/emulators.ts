/**
 * The three emulators of one data folder, behind one wire of holds and faults. Started by the emulators process and, in process and in
 * memory, by tests; what it starts, it stops in reverse order.
 */
import assert from 'node:assert';
import { join } from 'node:path';
import { awsFields, type AwsSettings } from '../runtime/aws-clients';
import type { Clock } from '../runtime/clock';
import { loadSettings } from '../runtime/config';
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import type { Random } from '../runtime/random';
import { createDynamoDBFront } from './dynamodb/dynamodb-front';
import { closeWire, type Wire } from './faults/pass-call';
import { createKinesisFront } from './kinesis/kinesis-front';
import { createS3Server } from './s3/s3-server';
import type { LocalTelemetry } from './telemetry';

export interface EmulatorsDeps {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly telemetry: LocalTelemetry;
}

export interface EmulatorsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly ports: { readonly kinesis: number; readonly dynamodb: number; readonly s3: number };
  /** S3 is always on disk. */
  readonly s3Folder: string;
  /** Without folders Kinesis and DynamoDB keep everything in memory. */
  readonly kinesisFolder?: string;
  readonly dynamodbFolder?: string;
  readonly shardLimit: number;
}

export interface Emulators {
  readonly ports: EmulatorsOptions['ports'];
  /** Lets go what the wire holds, ends every connection and closes the data. */
  stop(): Promise<void>;
}

/** Where a data folder keeps what. */
export const dataFolders = (dataFolder: string) => ({
  kinesisFolder: join(dataFolder, 'kinesis'),
  dynamodbFolder: join(dataFolder, 'dynamodb'),
  s3Folder: join(dataFolder, 's3'),
});

/** The settings of AWS clients for emulators at these ports; what else they hold is the default. */
export function emulatorAwsSettings(host: string, ports: Emulators['ports']): AwsSettings {
  const at = (port: number): string => `http://${host}:${port}`;
  const environment = {
    FLOTILLA_AWS_KINESIS_ENDPOINT: at(ports.kinesis),
    FLOTILLA_AWS_DYNAMODB_ENDPOINT: at(ports.dynamodb),
    FLOTILLA_AWS_S3_ENDPOINT: at(ports.s3),
  };
  const loaded = loadSettings({ aws: awsFields }, { argv: [], environment, readFile: String });
  assert(loaded.kind === 'settings');
  return loaded.settings.aws;
}

/** Rejects, with nothing left running, when a port is taken or a folder is used by another process. */
export async function startEmulators(options: EmulatorsOptions, deps: EmulatorsDeps): Promise<Emulators> {
  const { wire, clock, random, metrics, log, telemetry } = deps;
  const onFault = (service: 'kinesis' | 'dynamodb') => (operation: string, error: unknown) =>
    telemetry.callFailed(service, operation, error);
  const kinesis = createKinesisFront({
    wire, clock, path: options.kinesisFolder, shardLimit: options.shardLimit, onFault: onFault('kinesis'),
  }); // prettier-ignore
  const dynamodb = createDynamoDBFront({ wire, clock, path: options.dynamodbFolder, onFault: onFault('dynamodb') });
  const s3 = createS3Server({ folder: options.s3Folder, wire, clock, random, metrics, log });

  const stop = async (): Promise<void> => {
    closeWire(wire);
    await Promise.all([s3.close(), dynamodb.close(), kinesis.close()]);
  };
  const started = await Promise.allSettled([
    kinesis.listen(options.ports.kinesis, options.host),
    dynamodb.listen(options.ports.dynamodb, options.host),
    s3.listen(options.ports.s3, options.host),
  ]);
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const [kinesisPort, dynamodbPort, s3Port] = started.map((one) => (one as PromiseFulfilledResult<number>).value);
  const ports = { kinesis: kinesisPort!, dynamodb: dynamodbPort!, s3: s3Port! };
  telemetry.listening(ports);
  return { ports, stop };
}
