/**
 * The emulators of a local stack as one process: Kinesis, DynamoDB and S3 on a data folder. Ready when all three answer
 * and the streams and the bucket are there. Its private port has the routes of holds and faults (tests hold and strike
 * calls there) beside metrics and health. Production never runs it.
 */
import { createDynamoDBClient, createKinesisClient, createS3Client } from '../runtime/aws-clients';
import type { Settings } from '../runtime/config';
import { createMetrics } from '../runtime/metrics';
import { runService, type RunningService, type ServiceContext } from '../runtime/service';
import { checkLocal, localSections } from './config';
import {
  dataFolders,
  emulatorAwsSettings,
  startEmulators,
  type Emulators,
  type EmulatorsDeps,
  type EmulatorsOptions,
} from './emulators';
import { registerFaultRoutes } from './faults/fault-routes';
import { createWire } from './faults/pass-call';
import { registerGateRoutes } from './gate';
import { makeMissing } from './make-missing';
import { createLocalTelemetry } from './telemetry';

void runService({
  name: 'emulators',
  sections: localSections,
  check: checkLocal,
  stopDeadlineMs: 4_000,
  start,
});

async function start(context: ServiceContext<typeof localSections>): Promise<RunningService> {
  const { settings, clock, random, metrics, log, admin } = context;
  const { local } = settings;
  const wire = createWire(clock);
  registerGateRoutes(admin, wire.gate);
  registerFaultRoutes(admin, wire.faults);
  const telemetry = createLocalTelemetry(metrics, log);
  const deps = { wire, clock, random, metrics, log, telemetry };
  await furnish(settings, { ...deps, wire: createWire(clock), metrics: createMetrics() });
  const ports = { kinesis: local.kinesisPort, dynamodb: local.dynamodbPort, s3: local.s3Port };
  const emulators = await startEmulators(optionsOf(local, ports), deps);
  return { health: () => null, stop: () => emulators.stop() };
}

type LocalSettings = Settings<typeof localSections>['local'];

function optionsOf(local: LocalSettings, ports: Emulators['ports']): EmulatorsOptions {
  return { host: local.host, ports, ...dataFolders(local.dataFolder), shardLimit: local.shardLimit };
}

/** Makes streams and bucket on ports that nobody knows: whoever reaches the real ones finds everything there. */
async function furnish({ local, stream }: Settings<typeof localSections>, deps: EmulatorsDeps): Promise<void> {
  const emulators = await startEmulators(optionsOf(local, { kinesis: 0, dynamodb: 0, s3: 0 }), deps);
  const aws = emulatorAwsSettings(local.host, emulators.ports);
  const clients = { kinesis: createKinesisClient(aws), dynamodb: createDynamoDBClient(aws), s3: createS3Client(aws) };
  const streams = [
    { name: stream.raw, shards: local.rawShards },
    { name: stream.bad, shards: local.badShards },
  ];
  await makeMissing({ streams, bucket: local.bucket }, { ...clients, clock: deps.clock, made: deps.telemetry.made });
  for (const client of Object.values(clients)) client.destroy();
  await emulators.stop();
}
