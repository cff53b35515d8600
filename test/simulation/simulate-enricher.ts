/**
 * The enricher itself in a storm: its pipeline, its batches and its S3 sink as they are, beside a sink that acknowledges; on a
 * stream, a lease table, an S3 and schemas that all fail in their ways.
 *
 * A seed gives the same trouble each time, not the same order to the millisecond: gzip works on real threads.
 */
import { createPipeline } from '../../enricher/pipeline';
import type { SchemaClient, SchemaState } from '../../enricher/schema-client';
import { createEnricherTelemetry } from '../../enricher/telemetry';
import { encodeCollectorPayload } from '../../protocol/collector-payload';
import { schemaUri } from '../../protocol/schema-key';
import { FlotillaError } from '../../runtime/errors';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom, type Random } from '../../runtime/random';
import { Turns } from '../../runtime/turns';
import { s3Fields, type S3Settings } from '../../sinks/s3/config';
import { createS3Sink } from '../../sinks/s3/s3-sink';
import { createS3Telemetry } from '../../sinks/s3/telemetry';
import type { AcknowledgingSink, Output } from '../../sinks/sink';
import { createSinksTelemetry } from '../../sinks/telemetry';
import { defaultsOf } from '../default-settings';
import { anything } from '../known-schemas';
import type { Connection } from './connection';
import type { Application } from './fleet';
import { ObservedBucket } from './observed-bucket';
import { reportOf, type Report } from './report';
import { s3OverNetwork } from './s3-over-network';
import type { SimulateOptions } from './simulate';
import { Storm } from './storm';
import type { RecordToPut } from './stream-feed';

const LEASE_DURATION_MS = 10_000;

const settings: S3Settings = {
  ...defaultsOf(s3Fields),
  ...{ batchRecordsMax: 9, batchAgeMs: 3_000, uploadAttemptsMax: 3, backoffMaxMs: 2_000 },
};

export async function simulateEnricher(seed: number, options: SimulateOptions = {}): Promise<Report> {
  const storm: Storm = new Storm({
    ...{ seed, leaseDurationMs: LEASE_DURATION_MS, stormDurations: 20, calmDurations: 60, nextRecord },
    ...{ ...options, acknowledges: true },
    startOf: (state) => bucket.startOf(state),
    application: (connection, onFatal) => enricher(connection, storm, bucket, onFatal),
  });
  const bucket = new ObservedBucket(storm.chronicle);
  await storm.run();
  return reportOf(storm, seed);
}

/** Of two hours, so that a batch has two files; some name a schema that may not be known. */
function nextRecord(n: number, random: Random): RecordToPut {
  const eventId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const envelope = {
    schema: 'iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0',
    data: { schema: `iglu:com.acme/event_${random.integer(50)}/jsonschema/1-0-0`, data: {} },
  };
  const event = n % 5 === 0 ? `e=ue&ue_pr=${encodeURIComponent(JSON.stringify(envelope))}` : 'e=pv';
  const data = encodeCollectorPayload({
    schema: 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0',
    ipAddress: '192.0.2.1',
    timestamp: Date.UTC(2026, 0, 1, n % 2),
    encoding: 'UTF-8',
    collector: 'test',
    path: '/i',
    querystring: `${event}&p=web&tv=js-4&eid=${eventId}`,
  });
  return { data, outputs: [eventId] };
}

/** What enricher/main.ts puts together. */
function enricher(
  connection: Connection,
  storm: Storm,
  bucket: ObservedBucket,
  onFatal: (error: unknown) => void,
): Application {
  const { time } = connection;
  const random = seededRandom(connection.random.integer(2 ** 31));
  const metrics = createMetrics();
  const backoff = { minMs: 100, maxMs: 2_000 };
  const stopping = new AbortController();
  const s3 = createS3Sink({
    store: s3OverNetwork(bucket.requests, connection),
    settings,
    application: 'enricher',
    clock: time,
    random,
    telemetry: createS3Telemetry(metrics, silentLogger),
  });
  const processor = createPipeline({
    streamName: 'raw',
    sinks: { committing: [s3], acknowledging: [acknowledgingSink(connection)] },
    limits: settings,
    checkpointRetries: { clock: time, random, backoff },
    enriching: { schemas: schemaClient(connection, storm), clock: time, random, backoff, turns: new Turns(time, 20) },
    processor: { artifact: 'test', version: '1.0.0' },
    recordBytesMax: 1_000_000,
    telemetry: createEnricherTelemetry(metrics, silentLogger),
    sinksTelemetry: createSinksTelemetry(metrics, silentLogger),
    stopping: stopping.signal,
    onFatal,
  });
  return { processor, onStop: () => stopping.abort() };
}

/** A sink that writes at once and says later that it is durable; at times it cannot. */
function acknowledgingSink({ time, random, weather, chronicle }: Connection): AcknowledgingSink {
  return {
    name: 'stream',
    open({ shardId }) {
      const outputs: string[] = [];
      return {
        add: (output) => void outputs.push(eventIdOf(output)),
        async acknowledged() {
          await time.sleep(random.integer(LEASE_DURATION_MS / 10));
          if (random.next() < weather().requestLost)
            throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'not acknowledged');
          chronicle.note({ kind: 'acknowledged', shardId, outputs: [...outputs] });
        },
      };
    },
  };
}

const eventIdOf = (output: Output): string => {
  if (output.kind === 'bad') throw new Error('every event of this stream is good');
  return output.event.event_id as string;
};

/** Schemas are down now and then, for a while. */
function schemaClient({ time, random, weather }: Connection, storm: Storm): SchemaClient {
  const known = new Map<string, SchemaState>();
  let downUntilMs = -Infinity;
  return {
    get: (key) => known.get(schemaUri(key)),
    fetch: async (keys) => {
      await time.sleep(random.integer(200));
      if (random.next() < weather().requestLost)
        downUntilMs = time.monotonicMs() + random.integer(2 * LEASE_DURATION_MS);
      if (!storm.isCalm && time.monotonicMs() < downUntilMs)
        throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'schemas are down');
      for (const key of keys) known.set(schemaUri(key), anything);
    },
  };
}
