/** Every telemetry of the system, with the processes that have it. */
import { createCollectorTelemetry } from '../collector/telemetry';
import { createEnricherTelemetry, createSchemasTelemetry } from '../enricher/telemetry';
import { createLeaseTelemetry } from '../kinesis-client/leases/telemetry';
import { createProducerTelemetry } from '../kinesis-client/producer/telemetry';
import { createShardsTelemetry } from '../kinesis-client/shards/telemetry';
import { createLocalS3Telemetry } from '../local/s3/telemetry';
import { createLocalTelemetry } from '../local/telemetry';
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import { createSchemaServerTelemetry } from '../schema-server/telemetry';
import { createUpstreamTelemetry } from '../schema-server/upstream/telemetry';
import { createS3Telemetry } from '../sinks/s3/telemetry';
import { createSinksTelemetry } from '../sinks/telemetry';

export interface Telemetry {
  readonly name: string;
  create(metrics: Metrics, log: Logger): unknown;
}

export const telemetries: readonly Telemetry[] = [
  { name: 'Collector', create: createCollectorTelemetry },
  { name: 'Producer (in the collector)', create: createProducerTelemetry },
  { name: 'Enricher', create: createEnricherTelemetry },
  { name: 'Schemas (in the enricher)', create: createSchemasTelemetry },
  { name: 'Leases (in the enricher)', create: createLeaseTelemetry },
  { name: 'Shards (in the enricher)', create: createShardsTelemetry },
  { name: 'Sinks (in the enricher)', create: createSinksTelemetry },
  { name: 'S3 sink (in the enricher)', create: createS3Telemetry },
  { name: 'Schema server', create: createSchemaServerTelemetry },
  { name: 'Upstream repositories (in the schema server)', create: createUpstreamTelemetry },
  { name: 'Emulators', create: createLocalTelemetry },
  { name: 'S3 emulator', create: createLocalS3Telemetry },
];
