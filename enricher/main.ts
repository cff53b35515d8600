/** The enricher: takes collector payloads from the raw stream and leaves enriched events and bad rows in S3. */
import { createWorker } from '../kinesis-client';
import { createDynamoDBClient, createKinesisClient, createS3Client } from '../runtime/aws-clients';
import { runService, type RunningService, type ServiceContext } from '../runtime/service';
import { Turns } from '../runtime/turns';
import { PROGRAM_VERSION } from '../runtime/version';
import { createAwsS3Store } from '../sinks/s3/aws-s3-store';
import { createS3Sink } from '../sinks/s3/s3-sink';
import { createS3Telemetry } from '../sinks/s3/telemetry';
import { createSinksTelemetry } from '../sinks/telemetry';
import { checkEnricher, enricherSections } from './config';
import { createSchemas } from './create-schemas';
import { createPipeline } from './pipeline';
import { createEnricherTelemetry } from './telemetry';

void runService({
  name: 'enricher',
  sections: enricherSections,
  check: checkEnricher,
  stopDeadlineMs: 1_300_000, // more than the longest drain and the longest grace together
  start,
});

async function start(context: ServiceContext<typeof enricherSections>): Promise<RunningService> {
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

  const schemas = await createSchemas({ settings: schemaSettings, clock, random, metrics, log });
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
        schemas: schemas.client,
        clock,
        random,
        turns: new Turns(clock, enricher.turnMs),
        backoff: { minMs: enricher.schemaBackoffMinMs, maxMs: enricher.schemaBackoffMaxMs },
      },
      processor: { artifact: enricher.processorArtifact, version: PROGRAM_VERSION },
      recordBytesMax: enricher.recordBytesMax,
      telemetry: createEnricherTelemetry(metrics, log),
      sinksTelemetry: createSinksTelemetry(metrics, log),
      stopping: stopping.signal,
      onFatal: die,
    }),
  });
  return {
    ready: worker.start(),
    health: () => worker.health(),
    async stop() {
      stopping.abort();
      await worker.stop({ drainToTipMs: enricher.drainToTipMs });
      await schemas.stop();
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
