/** The enricher: takes collector payloads from the raw stream and leaves enriched events and bad rows in S3. */
import { createWorker, kinesisClientFields } from '../kinesis-client';
import { awsFields, createDynamoDBClient, createKinesisClient, createS3Client } from '../runtime/aws-clients';
import type { Settings } from '../runtime/config';
import { runService, type RunningService, type ServiceContext } from '../runtime/service';
import { streamFields } from '../runtime/streams';
import { Turns } from '../runtime/turns';
import { PROGRAM_VERSION } from '../runtime/version';
import { createAwsS3Store } from '../sinks/s3/aws-s3-store';
import { checkS3Settings, s3Fields } from '../sinks/s3/config';
import { createS3Sink } from '../sinks/s3/s3-sink';
import { createS3Telemetry } from '../sinks/s3/telemetry';
import { createSinksTelemetry } from '../sinks/telemetry';
import { enricherFields } from './config';
import { createPipeline } from './pipeline';
import { createSchemaClient, schemasFields } from './schema-client';
import { createEnricherTelemetry } from './telemetry';

const sections = {
  aws: awsFields,
  stream: streamFields,
  kinesisClient: kinesisClientFields,
  enricher: enricherFields,
  s3: s3Fields,
  schemas: schemasFields,
};

void runService({
  name: 'enricher',
  sections,
  check: (settings) => [...checkS3Settings(settings.s3), ...checkEnricher(settings)],
  stopDeadlineMs: 1_300_000, // more than the longest drain and the longest grace together
  start,
});

async function start(context: ServiceContext<typeof sections>): Promise<RunningService> {
  const { settings, clock, random, metrics, log, die } = context;
  const { enricher, s3, schemas: schemaSettings } = settings;
  const clients = {
    kinesis: createKinesisClient(settings.aws),
    dynamodb: createDynamoDBClient(settings.aws),
    s3: createS3Client(settings.aws),
  };
  const sink = createS3Sink({
    store: createAwsS3Store({
      s3: clients.s3,
      endpoint: settings.aws.s3Endpoint,
      conditionalWrites: s3.conditionalWrites,
    }),
    settings: s3,
    application: enricher.applicationName,
    clock,
    random,
    telemetry: createS3Telemetry(metrics, log),
  });
  await sink.probe();

  const schemas = createSchemaClient({ settings: schemaSettings, clock, metrics, log });
  const stopping = new AbortController();
  const worker = createWorker({
    applicationName: enricher.applicationName,
    streamName: settings.stream.raw,
    initialPosition: enricher.initialPosition,
    settings: settings.kinesisClient,
    kinesis: clients.kinesis,
    dynamodb: clients.dynamodb,
    clock,
    random,
    metrics,
    log,
    onFatal: die,
    processorFactory: createPipeline({
      streamName: settings.stream.raw,
      sinks: { committing: [sink], acknowledging: [] },
      limits: s3,
      checkpointRetries: { clock, random, backoff: { minMs: s3.backoffMinMs, maxMs: s3.backoffMaxMs } },
      enriching: {
        schemas,
        clock,
        random,
        turns: new Turns(clock, enricher.turnMs),
        backoff: { minMs: enricher.schemaBackoffMinMs, maxMs: enricher.schemaBackoffMaxMs },
      },
      processor: { artifact: enricher.processorArtifact, version: PROGRAM_VERSION },
      recordBytesMax: enricher.recordBytesMax,
      telemetry: createEnricherTelemetry(metrics, log),
      sinksTelemetry: createSinksTelemetry(metrics, log, clock),
      stopping: stopping.signal,
      onFatal: die,
    }),
  });
  await worker.start();
  return {
    health: () => worker.health(),
    async stop() {
      stopping.abort();
      await worker.stop({ drainToTipMs: enricher.drainToTipMs });
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

/** Rules between the settings: each fault one line. */
function checkEnricher({ enricher }: Settings<typeof sections>): string[] {
  const { schemaBackoffMinMs: min, schemaBackoffMaxMs: max } = enricher;
  return min > max
    ? [`enricher.schemaBackoffMinMs is ${min}: it must not be more than enricher.schemaBackoffMaxMs (${max})`]
    : [];
}
