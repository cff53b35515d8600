/**
 * The enricher itself in a storm: its pipeline, its batches and its S3 sink as they are, on a stream, a lease table, an S3 and
 * schemas that all fail in their ways. What must hold whatever happens: every record of the stream is a line of the output
 * exactly once, no process fails, and nothing of a shard is there before its parents are done.
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
import { seededRandom } from '../../runtime/random';
import { Turns } from '../../runtime/turns';
import { s3Fields, type S3Settings } from '../../sinks/s3/config';
import { createS3Sink } from '../../sinks/s3/s3-sink';
import { createS3Telemetry } from '../../sinks/s3/telemetry';
import { createSinksTelemetry } from '../../sinks/telemetry';
import { defaultsOf } from '../default-settings';
import type { VirtualProcessClock } from '../../runtime/virtual-clock';
import { FakeS3Store } from '../fake-s3-store';
import { anything } from '../known-schemas';
import { overNetwork } from '../s3-network';
import { Storm, type StormApplication } from '../storm';

const SEEDS = [1, 2, 3, 4, 5, 6];

const settings: S3Settings = {
  ...defaultsOf(s3Fields),
  ...{ batchRecordsMax: 9, batchAgeMs: 3_000, uploadAttemptsMax: 3, backoffMaxMs: 2_000 },
};

class EnricherStorm extends Storm {
  /** Event ids. */
  readonly put: string[] = [];
  readonly store = new FakeS3Store();
  /** Keys of the tables, in the order in which they became visible. */
  private readonly visible = new Set<string>();
  private schemasAreDown = false;

  constructor(seed: number) {
    super(seed);
    this.store.after = () => this.store.keys().forEach((key) => this.visible.add(key));
  }

  /** The first and the last file of the shard, as places in the order in which files became visible; none: after all. */
  visibleSpan(shardId: string): { first: number; last: number } {
    const places = [...this.visible].flatMap((key, place) => (key.includes(shardId) ? [place] : []));
    return { first: Math.min(...places), last: Math.max(-1, ...places) };
  }

  /** Of two hours, so that a batch has two files; some name a schema that may not be known. */
  protected override nextRecord(): Uint8Array {
    const n = this.put.length;
    const eventId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    this.put.push(eventId);
    const schema = `iglu:com.acme/event_${this.random.integer(50)}/jsonschema/1-0-0`;
    const envelope = {
      schema: 'iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0',
      data: { schema, data: {} },
    };
    const event = n % 5 === 0 ? `e=ue&ue_pr=${encodeURIComponent(JSON.stringify(envelope))}` : 'e=pv';
    return encodeCollectorPayload({
      schema: 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0',
      ipAddress: '192.0.2.1',
      timestamp: Date.UTC(2026, 0, 1, n % 2),
      encoding: 'UTF-8',
      collector: 'test',
      path: '/i',
      querystring: `${event}&p=web&tv=js-4&eid=${eventId}`,
    });
  }

  protected override strikeMore(): void {
    this.schemasAreDown = true;
    void this.clock.sleep(this.random.integer(20_000)).then(() => (this.schemasAreDown = false));
  }

  /** What enricher/main.ts puts together. */
  protected override application(time: VirtualProcessClock): StormApplication {
    const random = seededRandom(this.random.integer(2 ** 31));
    const metrics = createMetrics();
    const backoff = { minMs: 100, maxMs: 2_000 };
    const stopping = new AbortController();
    const network = { time, clock: this.clock, random: this.random, isCalm: () => this.calm };
    const sink = createS3Sink({
      store: overNetwork(this.store, network),
      settings,
      application: 'enricher',
      clock: time,
      random,
      telemetry: createS3Telemetry(metrics, silentLogger),
    });
    const processorFactory = createPipeline({
      streamName: 'raw',
      sinks: { committing: [sink], acknowledging: [] },
      limits: settings,
      checkpointRetries: { clock: time, random, backoff },
      enriching: { schemas: this.schemaClient(time), clock: time, random, backoff, turns: new Turns(time, 20) },
      processor: { artifact: 'test', version: '1.0.0' },
      recordBytesMax: 1_000_000,
      telemetry: createEnricherTelemetry(metrics, silentLogger),
      sinksTelemetry: createSinksTelemetry(metrics, silentLogger),
      stopping: stopping.signal,
      onFatal: (error) => this.fatal.push(error),
    });
    return { processorFactory, onStop: () => stopping.abort() };
  }

  private schemaClient(time: VirtualProcessClock): SchemaClient {
    const known = new Map<string, SchemaState>();
    return {
      get: (key) => known.get(schemaUri(key)),
      fetch: async (keys) => {
        await time.sleep(this.random.integer(200));
        if (this.schemasAreDown && !this.calm) throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'schemas are down');
        for (const key of keys) known.set(schemaUri(key), anything);
      },
    };
  }
}

describe('enrichers in a storm', () => {
  it.each(SEEDS)(
    'leave every record in the output exactly once (seed %i)',
    async (seed) => {
      const storm = new EnricherStorm(seed);
      await storm.run();
      expect(storm.fatal).toEqual([]);
      expect(storm.put.length).toBeGreaterThan(100);
      const ids = storm.store.lines().map((line) => (JSON.parse(line) as { event_id: string }).event_id);
      expect(ids.sort()).toEqual([...storm.put].sort());
      for (const shard of await storm.stream.listShards()) {
        for (const parent of [shard.parentShardId, shard.adjacentParentShardId].filter((id) => id !== undefined))
          expect(storm.visibleSpan(parent).last).toBeLessThan(storm.visibleSpan(shard.shardId).first);
      }
    },
    60_000,
  );
});
