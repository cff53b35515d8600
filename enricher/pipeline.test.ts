/**
 * The pipeline of one shard with fakes for all that is outside: what it writes, in which order, and what it waits for.
 */
import { defaultsOf } from '../test/default-settings';
import { VirtualClock } from '../runtime/virtual-clock';
import { FakeS3Store } from '../test/fake-s3-store';
import { fakeRecord, FakeShard } from '../test/fake-shard';
import { anything } from '../test/known-schemas';
import { encodeCollectorPayload } from '../protocol/collector-payload';
import { schemaUri, type SchemaKey } from '../protocol/schema-key';
import { FlotillaError } from '../runtime/errors';
import { silentLogger } from '../runtime/log';
import { createMetrics, type Metrics } from '../runtime/metrics';
import { seededRandom } from '../runtime/random';
import { Turns } from '../runtime/turns';
import { s3Fields } from '../sinks/s3/config';
import { createS3Sink } from '../sinks/s3/s3-sink';
import { createS3Telemetry } from '../sinks/s3/telemetry';
import { createSinksTelemetry } from '../sinks/telemetry';
import { createPipeline } from './pipeline';
import type { SchemaClient, SchemaState } from './schema-client';
import { createEnricherTelemetry } from './telemetry';

const settings = { ...defaultsOf(s3Fields), batchRecordsMax: 1_000, uploadParallel: 1 };

const collectedMs = Date.UTC(2026, 0, 31, 5, 6, 7);
const eventId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const payload = (querystring: string): Buffer =>
  encodeCollectorPayload({
    schema: 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0',
    ipAddress: '192.0.2.1',
    timestamp: collectedMs,
    encoding: 'UTF-8',
    collector: 'test',
    path: '/i',
    querystring,
  });
/** A page view, which needs no schema. */
const pageView = (n: number): Buffer =>
  payload(`e=pv&p=web&tv=js-4&eid=${eventId(n)}&url=http%3A%2F%2Fshop.example%2F`);
/** An event that names a schema. */
const ofSchema = (n: number, name: string): Buffer => {
  const event = { schema: `iglu:com.acme/${name}/jsonschema/1-0-0`, data: { n } };
  const envelope = { schema: 'iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0', data: event };
  return payload(`e=ue&p=web&tv=js-4&eid=${eventId(n)}&ue_pr=${encodeURIComponent(JSON.stringify(envelope))}`);
};

/** Knows nothing until it is fetched. While `down` is true nothing can be. */
class FakeSchemaClient implements SchemaClient {
  down = false;
  fetches = 0;
  private readonly states = new Map<string, SchemaState>();
  get(key: SchemaKey): SchemaState | undefined {
    return this.states.get(schemaUri(key));
  }
  async fetch(keys: readonly SchemaKey[]): Promise<void> {
    this.fetches++;
    if (this.down) throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'the schema server is down');
    for (const key of keys) this.states.set(schemaUri(key), anything);
  }
}

function world(records: readonly Buffer[]) {
  const clock = new VirtualClock({ wallMs: collectedMs + 5_000 });
  const store = new FakeS3Store();
  const shard = new FakeShard(
    records.map((bytes, index) => fakeRecord(100 + index, bytes)),
    store.requests,
  );
  const schemas = new FakeSchemaClient();
  const random = seededRandom(1);
  const metrics: Metrics = createMetrics();
  const fatal: unknown[] = [];
  const stopping = new AbortController();
  const backoff = { minMs: 100, maxMs: 1_000 };
  const s3 = createS3Sink({
    store, settings, application: 'enricher', clock, random, telemetry: createS3Telemetry(metrics, silentLogger),
  }); // prettier-ignore
  const open = createPipeline({
    streamName: 'raw',
    sinks: { committing: [s3], acknowledging: [] },
    limits: settings,
    checkpointRetries: { clock, random, backoff },
    enriching: { schemas, clock, random, backoff, turns: new Turns(clock, 20) },
    processor: { artifact: 'test', version: '1.0.0' },
    recordBytesMax: 1_000_000,
    telemetry: createEnricherTelemetry(metrics, silentLogger),
    sinksTelemetry: createSinksTelemetry(metrics, silentLogger),
    stopping: stopping.signal,
    onFatal: (error) => fatal.push(error),
  });
  const until = async (isTrue: () => boolean): Promise<void> => {
    for (let turns = 0; !isTrue(); turns++) {
      if (turns > 2_000) throw new Error('waited in vain');
      await clock.advance(10);
      await new Promise((resolve) => setTimeout(resolve, 1)); // gzip works on real threads
    }
  };
  const finished = async (work: Promise<unknown>): Promise<void> => {
    let done = false;
    await Promise.all([work.finally(() => (done = true)), until(() => done)]);
  };
  const lines = () => store.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  const processor = open(shard.shardId);
  const owner = shard.take();
  return { clock, store, shard, schemas, metrics, fatal, stopping, until, finished, lines, owner, processor };
}

test('an event travels from the raw stream into the folder of its hour', async () => {
  const { owner, processor, finished, store, lines } = world([pageView(1), ofSchema(2, 'order')]);
  await owner.initialize(processor);
  await finished(owner.deliver(processor));
  await finished(owner.stop(processor));
  expect(store.keys()).toEqual(['enriched/date=2026-01-31/hour=05/raw-shardId-000000000000-100-101-0.jsonl.gz']);
  expect(lines()).toEqual([
    expect.objectContaining({
      event_id: eventId(1),
      page_urlhost: 'shop.example',
      etl_tstamp: '2026-01-31T05:06:12.000Z',
    }),
    expect.objectContaining({ event_id: eventId(2), unstruct_event_com_acme_order_1: { n: 2 } }),
  ]);
});

test('what cannot be processed becomes a bad row in a folder of its type, and nothing is lost', async () => {
  const { owner, processor, finished, store, lines, metrics } = world([Buffer.from('no thrift'), pageView(1)]);
  await owner.initialize(processor);
  await finished(owner.deliver(processor));
  await finished(owner.stop(processor));
  expect(store.keys().map((key) => key.split('/date=')[0])).toEqual([
    'bad/type=collector_payload_format_violation',
    'enriched',
  ]);
  expect(lines().length).toBe(2);
  const text = await metrics.registry.metrics();
  expect(text).toContain('flotilla_enricher_events_total{outcome="enriched"} 1');
  expect(text).toContain('flotilla_enricher_bad_rows_total{type="collector_payload_format_violation"} 1');
});

test('while the schema server is down the shard waits, and goes on when it is back', async () => {
  const { owner, processor, finished, schemas, clock, shard, lines } = world([pageView(1), ofSchema(2, 'order')]);
  schemas.down = true;
  await owner.initialize(processor);
  let done = false;
  const delivering = owner.deliver(processor).then(() => (done = true));
  await clock.advance(60_000);
  expect(done).toBe(false);
  expect(schemas.fetches).toBeGreaterThan(50);
  schemas.down = false;
  await finished(delivering);
  await finished(owner.stop(processor));
  expect(lines().map((line) => line.event_id)).toEqual([eventId(1), eventId(2)]);
  expect(shard.chain.at(-1)?.to).toBe('101');
});

test('what was collected before a schema is missing is committed by its age meanwhile', async () => {
  const { owner, processor, schemas, clock, until, shard, lines } = world([pageView(1), ofSchema(2, 'order')]);
  schemas.down = true;
  await owner.initialize(processor);
  void owner.deliver(processor);
  await clock.advance(settings.batchAgeMs);
  await until(() => shard.chain.length > 0);
  expect(shard.chain).toEqual([{ from: 'TRIM_HORIZON', to: '100' }]);
  expect(lines().map((line) => line.event_id)).toEqual([eventId(1)]);
});

test('a stop does not wait for schemas: what was decided is committed, the rest is the next owner’s', async () => {
  const { owner, processor, schemas, clock, finished, stopping, lines, shard } = world([
    pageView(1),
    ofSchema(2, 'order'),
    pageView(3),
  ]);
  schemas.down = true;
  await owner.initialize(processor);
  const delivering = owner.deliver(processor, 1);
  await clock.advance(1_000);
  stopping.abort();
  await finished(delivering);
  await finished(owner.stop(processor));
  expect(lines().map((line) => line.event_id)).toEqual([eventId(1)]);
  expect(shard.row.checkpoint.sequenceNumber).toBe('100');
});

test('a shard that is lost while it waits for schemas is let go', async () => {
  const { owner, processor, schemas, clock, finished, store } = world([ofSchema(1, 'order')]);
  schemas.down = true;
  await owner.initialize(processor);
  const delivering = owner.deliver(processor);
  await clock.advance(1_000);
  await owner.lose(processor);
  await finished(delivering);
  expect([store.requests, clock.sleeping]).toEqual([[], 0]);
});

test('the end of a shard commits what is collected, and the end itself, in one', async () => {
  const { owner, processor, finished, store, shard } = world([pageView(1)]);
  await owner.initialize(processor);
  await finished(owner.deliver(processor));
  await finished(owner.end(processor));
  expect(store.requests.filter((request) => /^(prepare|commit|checkpoint)/.test(request))).toEqual([
    'prepare SHARD_END',
    'commit SHARD_END',
  ]);
  expect(shard.row.checkpoint.sequenceNumber).toBe('SHARD_END');
});

test('the end of a shard is not committed over records that a stop left undecided', async () => {
  const { owner, processor, schemas, clock, finished, stopping, lines, shard } = world([
    pageView(1),
    ofSchema(2, 'order'),
  ]);
  schemas.down = true;
  await owner.initialize(processor);
  const delivering = owner.deliver(processor);
  await clock.advance(1_000);
  stopping.abort(); // and the shard is still drained to its tip, where it ends
  await finished(delivering);
  await finished(owner.end(processor));
  await finished(owner.stop(processor));
  expect(lines().map((line) => line.event_id)).toEqual([eventId(1)]);
  expect(shard.row.checkpoint.sequenceNumber).toBe('100');
});

test('a fault of ours ends the process instead of being tried again over half a batch', async () => {
  const { owner, processor, schemas, fatal } = world([ofSchema(1, 'order')]);
  schemas.fetch = () => Promise.reject(new Error('a bug'));
  await owner.initialize(processor);
  await expect(owner.deliver(processor)).rejects.toThrow('a bug');
  expect(fatal).toEqual([new Error('a bug')]);
});
