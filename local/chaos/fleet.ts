/**
 * The whole pipeline as processes of its own on free ports and one data folder: emulators, schema server, collector and
 * some enrichers, with short times so that much happens in a minute. What they say is counted where the verdict needs it.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { createDynamoDBClient, createKinesisClient, type AwsSettings } from '../../runtime/aws-clients';
import type { Clock } from '../../runtime/clock';
import { environmentHere } from '../../runtime/environment';
import { emulatorAwsSettings } from '../emulators';
import { FaultClient } from '../faults/fault-client';
import type { ServiceName } from './fault-cards';
import { FleetProcess } from './fleet-process';

export interface FleetOptions {
  readonly dataFolder: string;
  readonly shards: number;
  readonly enrichers: number;
  readonly clock: Clock;
}

/** What the enrichers' logs tell of the commit protocol. */
export interface FleetFacts {
  /** Commits that an earlier owner had prepared and a later one finished. */
  recoveries: number;
  /** Writes of former owners of a lease that were refused, heard by them or (writes of the dead that came late) not. */
  fencedWrites: number;
  /** Shards that stood still until a person decides: always a fault here. */
  stoppedShards: number;
}

/** The lines that count (telemetry.ts of sinks/ and kinesis-client/), by what they mean. */
const tellingLines: readonly [message: string, fact: keyof FleetFacts][] = [
  ['"msg":"commit of an earlier owner finished"', 'recoveries'],
  ['"msg":"lease write refused: another worker has the lease"', 'fencedWrites'],
  ['"msg":"shard stands still until a person decides"', 'stoppedShards'],
];

export const RAW_STREAM = 'raw';
const BAD_STREAM = 'bad';
const BUCKET = 'flotilla';
export const LEASE_TABLE = 'enricher';
export const LEASE_MS = 2_000;
const HOST = '127.0.0.1';
const STOP_WITHIN_MS = 60_000;
const root = resolve(__dirname, '..', '..', '..');

/** Short enough that a minute sees many commits and take-overs, long enough that a healthy worker keeps its leases. */
const shortTimes = {
  FLOTILLA_AWS_CONNECT_TIMEOUT_MS: '500',
  FLOTILLA_AWS_REQUEST_TIMEOUT_MS: '2000',
  FLOTILLA_AWS_S3_REQUEST_TIMEOUT_MS: '3000',
  FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: String(LEASE_MS),
  FLOTILLA_KINESIS_CLIENT_LOOK_INTERVAL_MS: '250',
  FLOTILLA_KINESIS_CLIENT_HAND_OFF_TIMEOUT_MS: '1000',
  FLOTILLA_KINESIS_CLIENT_HAND_OFF_POLL_MS: '200',
  FLOTILLA_KINESIS_CLIENT_FETCH_IDLE_MS: '250',
  FLOTILLA_KINESIS_CLIENT_EMPTY_TABLE_WAIT_MAX_MS: '0',
  FLOTILLA_KINESIS_CLIENT_LEASE_CLEANUP_INTERVAL_MS: '10000',
  FLOTILLA_ENRICHER_SCHEMA_BACKOFF_MAX_MS: '500',
  FLOTILLA_ENRICHER_DRAIN_TO_TIP_MS: '0',
  FLOTILLA_S3_BATCH_AGE_MS: '1000',
  FLOTILLA_S3_BACKOFF_MAX_MS: '500',
};

export class Fleet {
  readonly facts: FleetFacts = { recoveries: 0, fencedWrites: 0, stoppedShards: 0 };

  private constructor(
    private readonly options: FleetOptions,
    readonly collectorUrl: string,
    readonly faults: FaultClient,
    private readonly aws: AwsSettings,
    private readonly processes: Record<ServiceName, readonly FleetProcess[]>,
  ) {}

  /** Resolves when every process is ready; rejects, with none left running, when one refuses to start. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const { dataFolder, shards, enrichers, clock } = options;
    const [kinesis, dynamodb, s3, collector, schemas, ...metrics] = await freePorts(8 + enrichers);
    const aws = emulatorAwsSettings(HOST, { kinesis: kinesis!, dynamodb: dynamodb!, s3: s3! });
    const logFolder = join(dataFolder, 'logs');
    mkdirSync(logFolder, { recursive: true });
    const environment = {
      ...Object.fromEntries(Object.entries(environmentHere()).filter(([name]) => !name.startsWith('FLOTILLA_'))),
      ...shortTimes,
      FLOTILLA_STREAM_RAW: RAW_STREAM,
      FLOTILLA_STREAM_BAD: BAD_STREAM,
      FLOTILLA_AWS_KINESIS_ENDPOINT: aws.kinesisEndpoint,
      FLOTILLA_AWS_DYNAMODB_ENDPOINT: aws.dynamodbEndpoint,
      FLOTILLA_AWS_S3_ENDPOINT: aws.s3Endpoint,
      FLOTILLA_LOCAL_KINESIS_PORT: String(kinesis),
      FLOTILLA_LOCAL_DYNAMODB_PORT: String(dynamodb),
      FLOTILLA_LOCAL_S3_PORT: String(s3),
      FLOTILLA_LOCAL_DATA_FOLDER: dataFolder,
      FLOTILLA_LOCAL_BUCKET: BUCKET,
      FLOTILLA_LOCAL_RAW_SHARDS: String(shards),
      FLOTILLA_COLLECTOR_HOST: HOST,
      FLOTILLA_COLLECTOR_PORT: String(collector),
      FLOTILLA_SCHEMA_SERVER_PORT: String(schemas),
      FLOTILLA_SCHEMAS_URI: `http://${HOST}:${schemas}`,
      FLOTILLA_ENRICHER_APPLICATION_NAME: LEASE_TABLE,
      FLOTILLA_S3_BUCKET: BUCKET,
    };
    let port = 0;
    const make = (service: string, name: string, main: string, more: NodeJS.ProcessEnv = {}): FleetProcess =>
      new FleetProcess({
        name,
        script: join(root, 'dist', main),
        environment: { ...environment, FLOTILLA_METRICS_PORT: String(metrics[port++]), ...more },
        logFile: join(logFolder, `${name}.log`),
        clock,
        onLine: (line) => fleet.heard(service, line),
      });
    const adminUrl = `http://${HOST}:${metrics[0]}`;
    const processes = {
      emulators: [make('emulators', 'emulators', 'local/main.js')],
      'schema-server': [make('schema-server', 'schema-server', 'schema-server/main.js')],
      collector: [make('collector', 'collector', 'collector/main.js')],
      enricher: Array.from({ length: enrichers }, (_, index) =>
        make('enricher', `enricher-${index + 1}`, 'enricher/main.js', { FLOTILLA_LOG_LEVEL: 'debug' }),
      ),
    };
    const fleet = new Fleet(options, `http://${HOST}:${collector}`, new FaultClient(adminUrl), aws, processes);
    try {
      await processes.emulators[0]!.start();
      const others = [...processes['schema-server'], ...processes.collector, ...processes.enricher];
      await Promise.all(others.map((one) => one.start()));
      return fleet;
    } catch (error) {
      await fleet.kill();
      throw error;
    }
  }

  of(service: ServiceName): readonly FleetProcess[] {
    return this.processes[service];
  }

  /** Where a reader of the bucket finds its objects. */
  get bucketFolder(): string {
    return join(this.options.dataFolder, 's3', BUCKET);
  }

  /** Processes that ended though nobody had sent them a signal. */
  get crashes(): number {
    return this.all.reduce((sum, one) => sum + one.crashes, 0);
  }

  /** Whoever asks for a client ends it with `destroy`. */
  kinesis(): KinesisClient {
    return createKinesisClient(this.aws);
  }

  dynamodb(): DynamoDBClient {
    return createDynamoDBClient(this.aws);
  }

  /** Stops the processes of a service in order, for good. Names those that did not end well in time. */
  async stop(service: ServiceName): Promise<string[]> {
    return (await Promise.all(this.of(service).map((one) => this.stopInTime(one)))).flat();
  }

  /** At once. */
  async kill(): Promise<void> {
    await Promise.all(this.all.map((one) => one.end('SIGKILL')));
  }

  private get all(): FleetProcess[] {
    return Object.values(this.processes).flat();
  }

  private async stopInTime(one: FleetProcess): Promise<string[]> {
    const ended = new AbortController();
    const inTime = await Promise.race([
      one.end('SIGTERM'),
      this.options.clock.sleep(STOP_WITHIN_MS, ended.signal).then(() => 'not in time'),
    ]);
    ended.abort();
    return inTime === 0 ? [] : [`${one.name}: ${inTime}`];
  }

  private heard(service: string, line: string): void {
    if (service !== 'enricher') return;
    for (const [message, fact] of tellingLines) if (line.includes(message)) this.facts[fact]++;
  }
}

/** Free a moment ago. Asked for together, so that none comes twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
