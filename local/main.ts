/**
 * The emulators of a local stack as one process: Kinesis, DynamoDB and S3 on a data folder. Ready when all three answer
 * and the streams and the bucket are there. Its private port has the gate's routes (tests hold calls there) beside
 * metrics and health. Production never runs it.
 */
import { createDynamoDBClient, createKinesisClient, createS3Client } from '../runtime/aws-clients';
import { runService, type RunningService, type ServiceContext } from '../runtime/service';
import { checkLocal, localSections } from './config';
import { dataFolders, emulatorAwsSettings, startEmulators } from './emulators';
import { Gate, registerGateRoutes } from './gate';
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
  const { local, stream } = settings;
  const gate = new Gate(clock);
  registerGateRoutes(admin, gate);
  const telemetry = createLocalTelemetry(metrics, log);
  const emulators = await startEmulators(
    {
      host: local.host,
      ports: { kinesis: local.kinesisPort, dynamodb: local.dynamodbPort, s3: local.s3Port },
      ...dataFolders(local.dataFolder),
      shardLimit: local.shardLimit,
    },
    { gate, clock, random, metrics, log, telemetry },
  );

  const aws = emulatorAwsSettings(local.host, emulators.ports);
  const clients = { kinesis: createKinesisClient(aws), dynamodb: createDynamoDBClient(aws), s3: createS3Client(aws) };
  await makeMissing(
    {
      streams: [
        { name: stream.raw, shards: local.rawShards },
        { name: stream.bad, shards: local.badShards },
      ],
      bucket: local.bucket,
    },
    { ...clients, clock, made: telemetry.made },
  );
  for (const client of Object.values(clients)) client.destroy();
  return { health: () => null, stop: () => emulators.stop() };
}
