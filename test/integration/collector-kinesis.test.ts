/** The collector with its real producer before the Kinesis emulator: a 200 means that the record is in the stream. */
import { createHash } from 'node:crypto';
import type { KinesisClient, _Record } from '@aws-sdk/client-kinesis';
import { producerFields } from '../../kinesis-client/producer/config';
import { createProducer } from '../../kinesis-client/producer/producer';
import { createProducerTelemetry } from '../../kinesis-client/producer/telemetry';
import { decodeCollectorPayload } from '../../protocol/collector-payload';
import { createKinesisClient } from '../../runtime/aws-clients';
import { systemClock } from '../../runtime/clock';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { systemRandom } from '../../runtime/random';
import { defaultsOf } from '../default-settings';
import { startEmulators, type TestEmulators } from '../emulators';
import { HASH_KEYS, kinesisCalls, shardIdOf } from '../kinesis-calls';
import { exchange } from '../raw-http';
import { serveCollector, type ServedCollector } from '../started-collector';

let emulators: TestEmulators;

let kinesis: KinesisClient;
let collector: ServedCollector;
const streams = { raw: 'raw', bad: 'bad' };
const calls = kinesisCalls(() => emulators.kinesis);

beforeEach(async () => {
  emulators = await startEmulators({ streams: { raw: 2, bad: 1 } });
  kinesis = createKinesisClient({ ...emulators.aws, attemptsMax: 1 });
  const telemetry = createProducerTelemetry(createMetrics(), silentLogger);
  const settings = defaultsOf(producerFields);
  const producer = (stream: string) =>
    createProducer(kinesis, stream, { settings, clock: systemClock, random: systemRandom, telemetry });
  collector = await serveCollector({ raw: producer(streams.raw), bad: producer(streams.bad) }, { putTimeoutMs: 1_000 });
});
afterEach(async () => {
  await collector.stop(0);
  kinesis.destroy();
  await emulators.stop();
});

const post = (body: string, ...lines: string[]): string =>
  [
    'POST /com.snowplowanalytics.snowplow/tp2 HTTP/1.1',
    'Host: c.example',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...lines,
    '',
    body,
  ].join('\r\n');

const recordsOf = async (stream: string, shard: number): Promise<_Record[]> =>
  (await calls.readAll(await calls.iterator({ StreamName: stream, ShardId: shardIdOf(shard) }))).records;
const payloadOf = ({ Data }: _Record): unknown => {
  const decoded = decodeCollectorPayload(Data as Uint8Array);
  return decoded.ok ? decoded.payload : decoded.error;
};

/** The half of the hash keys, and so the shard of two, that a partition key belongs to. */
const shardOf = (partitionKey: string): number =>
  BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`) < HASH_KEYS / 2n ? 0 : 1;

it('has each event in the stream when it answers 200: stamped, on the shard of its user, as a collector payload', async () => {
  const users = Array.from({ length: 8 }, (_, i) => `00000000-0000-4000-8000-00000000000${i}`);
  for (const user of users) {
    for (const n of [1, 2]) {
      const request = post(`{"n":${n}}`, `Cookie: sp=${user}`, 'Content-Type: application/json');
      expect(await exchange(collector.port, request)).toMatchObject({ status: 200, body: 'ok' });
    }
  }
  const shards = [await recordsOf(streams.raw, 0), await recordsOf(streams.raw, 1)];
  const found = shards.map((records) => records.map(payloadOf)) as { networkUserId: string; body: string }[][];
  for (const [shard, payloads] of found.entries()) {
    const expected = users
      .filter((user) => shardOf(user) === shard)
      .flatMap((networkUserId) => [1, 2].map((n) => ({ networkUserId, body: `{"n":${n}}`, hostname: 'c.example' })));
    expect(expected.length).toBeGreaterThan(0);
    expect(payloads).toMatchObject(expected); // in their order
  }
  const stamps = shards.flat().map(({ PartitionKey = '' }) => PartitionKey);
  expect(new Set(stamps.map((stamp) => stamp.split('.')[0])).size).toBe(1);
  expect(stamps.map((stamp) => Number(stamp.split('.')[1])).sort((a, b) => a - b)).toEqual([...Array(16).keys()]);
});

it('has the bad row of what it refuses in the stream of bad rows', async () => {
  const body = 'x'.repeat(1_100_000);
  expect(await exchange(collector.port, post(body))).toMatchObject({ status: 200 });
  expect(await recordsOf(streams.raw, 0)).toEqual([]);
  const [record] = await recordsOf(streams.bad, 0);
  expect(JSON.parse(Buffer.from(record?.Data as Uint8Array).toString())).toMatchObject({
    schema: 'iglu:com.snowplowanalytics.snowplow.badrows/size_violation/jsonschema/1-0-0',
    data: { processor: { artifact: 'flotilla-collector' } },
  });
});

it('answers 503 within its bound when Kinesis does not answer, and a late record keeps its stamp', async () => {
  const hold = emulators.gate.hold({ service: 'kinesis', operation: 'PutRecords', when: 'before' }) as string;
  const startedMs = systemClock.monotonicMs();
  expect(await exchange(collector.port, post('{}'))).toMatchObject({ status: 503 });
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(3_000);
  emulators.gate.release(hold, 'apply'); // it was refused, and is there all the same: a tracker's retry makes a second
  expect(await exchange(collector.port, post('{}'))).toMatchObject({ status: 200 });
  const records = [...(await recordsOf(streams.raw, 0)), ...(await recordsOf(streams.raw, 1))];
  const numbers = new Set(records.map(({ PartitionKey }) => PartitionKey));
  expect(numbers.size).toBe(2);
});

it('answers 503 within its bound while Kinesis is down, and 200 when it is back', async () => {
  const dropped = emulators.gate.hold({ service: 'kinesis', operation: 'PutRecords', when: 'before' }) as string;
  const refused = exchange(collector.port, post('{}'));
  await emulators.gate.held(dropped, 5_000);
  emulators.gate.release(dropped, 'drop'); // the connection breaks; the producer tries again and is through

  expect(await refused).toMatchObject({ status: 200 });

  await emulators.stop();
  const startedMs = systemClock.monotonicMs();
  expect(await exchange(collector.port, post('{}'))).toMatchObject({ status: 503 });
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(3_000);
});
