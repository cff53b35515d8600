import { gunzipSync } from 'node:zlib';
import { defaultsOf } from '../../test/default-settings';
import { VirtualClock } from '../../runtime/virtual-clock';
import { FakeS3Store } from '../../test/fake-s3-store';
import { FlotillaError } from '../../runtime/errors';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom } from '../../runtime/random';
import type { BatchRange, Output } from '../sink';
import { s3Fields, type S3Settings } from './config';
import { S3Batch } from './s3-batch';
import type { Plan } from './plan';
import { createS3Telemetry } from './telemetry';

const shard = { streamName: 'raw', shardId: 'shardId-000000000000' };
const range: BatchRange = {
  from: { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 },
  to: { sequenceNumber: '20', subSequenceNumber: 2 },
  first: '10',
  last: '20',
};
const planKey = '_commits/enricher/raw/shardId-000000000000/10-20.json';
const never = new AbortController().signal;

const output = (n: number, hour = '00'): Output => ({
  kind: 'enriched',
  event: {
    event_id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    collector_tstamp: `2026-01-01 ${hour}:00:00.000`,
  },
});

function setUp(change: Partial<S3Settings> = {}, seed = 1) {
  const store = new FakeS3Store();
  const clock = new VirtualClock();
  const open = (random = seededRandom(seed)): S3Batch =>
    new S3Batch(
      {
        store,
        settings: { ...defaultsOf(s3Fields), ...change },
        application: 'enricher',
        random,
        retries: { attemptsMax: 3, backoff: { minMs: 0, maxMs: 0 }, clock, random },
        telemetry: createS3Telemetry(createMetrics(), silentLogger),
      },
      shard,
    );
  const plan = (key = planKey): Plan => JSON.parse(String(store.objects.get(key)?.body)) as Plan;
  return { store, clock, batch: open(), open, plan };
}

test('an upload leaves nothing that a reader could see, and a plan that names every file', async () => {
  const { store, batch, plan } = setUp();
  for (let n = 0; n < 5; n++) batch.add(output(n, n < 3 ? '00' : '01'), 0);
  const state = await batch.upload(range, never);
  expect(store.keys()).toEqual([]);
  expect(state).toMatchObject({ plan: planKey, bucket: 'flotilla', endpoint: '' });
  expect(plan()).toMatchObject({ application: 'enricher', ...shard, ...range });
  expect(plan().files.map(({ key, lines }) => [key, lines])).toEqual([
    ['enriched/date=2026-01-01/hour=00/raw-shardId-000000000000-10-20-0.jsonl.gz', 3],
    ['enriched/date=2026-01-01/hour=01/raw-shardId-000000000000-10-20-1.jsonl.gz', 2],
  ]);
});

test('a file that is full is followed by a next one in the same folder', async () => {
  const { batch, plan, store } = setUp({ fileRawBytesMax: 5_000 });
  for (let n = 0; n < 4; n++) batch.add(output(n), 0);
  await batch.upload(range, never);
  expect(plan().files.map((file) => [file.key.slice(-5 - '.jsonl.gz'.length), file.lines])).toEqual([
    ['-20-0.jsonl.gz', 2],
    ['-20-1.jsonl.gz', 2],
  ]);
  const parts = [...store.uploads.values()].map((upload) => gunzipSync(upload.parts.get(1) as Buffer).toString());
  expect(parts.join('').trimEnd().split('\n').length).toBe(4);
});

test('memory goes down when full members are compressed, and the measure says so', async () => {
  const { batch } = setUp({ memberBytes: 4_096 });
  for (let n = 0; n < 3; n++) batch.add(output(n), 0);
  const before = batch.measure;
  expect([batch.needsRoom, before.outputs, before.partitions]).toEqual([true, 3, 1]);
  expect(before.heldBytes).toBe(before.bytes);
  await batch.makeRoom();
  expect(batch.needsRoom).toBe(false);
  expect(batch.measure.heldBytes).toBeLessThan(before.heldBytes / 4);
  expect(batch.measure.bytes).toBe(before.bytes);
});

test('abort throws away every upload that was begun, also after a failure half way', async () => {
  const { store, batch } = setUp({ uploadParallel: 1 });
  for (let n = 0; n < 3; n++) batch.add(output(n, `0${n}`), 0);
  store.before = (request) => {
    if (request.startsWith('UploadPart') && request.includes('hour=01'))
      throw new FlotillaError('FLOTILLA_AWS_REFUSED', 'no permission');
  };
  await expect(batch.upload(range, never)).rejects.toThrow('no permission');
  expect(store.uploads.size).toBe(2);
  await batch.abort();
  expect(store.uploads.size).toBe(0);
});

test('a plan never takes the place of another: the row of the other may point at it', async () => {
  const { store, open } = setUp();
  const [first, second] = [open(seededRandom(1)), open(seededRandom(2))];
  first.add(output(1), 0);
  second.add(output(1), 0);
  const before = await first.upload(range, never);
  const after = await second.upload(range, never);
  expect(before.plan).toBe(planKey);
  expect(after.plan).toMatch(/10-20-[0-9a-f-]{36}\.json$/);
  expect(store.objects.size).toBe(2);
});

test('a plan whose answer was lost is written again and named by the state', async () => {
  const { store, clock, batch } = setUp();
  batch.add(output(1), 0);
  let lost = 0;
  store.after = (request) => {
    if (request.startsWith('PutObject') && lost++ === 0) throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'answer lost');
  };
  const uploading = batch.upload(range, never);
  while (lost === 0) await clock.settle();
  await clock.advance(1_000);
  const state = await uploading;
  expect(store.objects.has(state.plan as string)).toBe(true);
});
