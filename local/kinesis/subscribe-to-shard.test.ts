/** Fan-out of our front: what every Kinesis does, and what only a clock, a restart or another protocol shows. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  RegisterStreamConsumerCommand,
} from '@aws-sdk/client-kinesis';
import { systemClock, type Clock } from '../../runtime/clock';
import { fanOutBehaviour } from '../../test/aws/fan-out-behaviour';
import { startEmulators, type TestEmulators } from '../../test/emulators';
import { HASH_KEYS, kinesisCalls, shardIdOf } from '../../test/kinesis-calls';
import { Subscription } from '../../test/subscription';
import { decodeCbor, encodeCbor } from './cbor';

const MINUTE_MS = 60_000;

let aheadMs = 0;
const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs };

describe('our Kinesis', () =>
  fanOutBehaviour(async () => ({
    ...(await startEmulators({ clock })),
    pass: (ms) => {
      aheadMs += ms;
      return Promise.resolve();
    },
  })));

let folder: string;
let emulators: TestEmulators;
const { createStream, split, put } = kinesisCalls(() => emulators.kinesis);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-fan-out-'));
  emulators = await startEmulators({ dataFolder: folder, clock });
});
afterAll(async () => {
  await emulators.stop();
  await rm(folder, { recursive: true, force: true });
});

const register = async (StreamName: string): Promise<string> => {
  const { StreamDescriptionSummary: summary } = await emulators.kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName }),
  );
  const command = new RegisterStreamConsumerCommand({ StreamARN: summary?.StreamARN, ConsumerName: 'app' });
  return (await emulators.kinesis.send(command)).Consumer?.ConsumerARN as string;
};

it('consumers are there after a restart, also when the stream was split since', async () => {
  const StreamName = await createStream(1);
  const ConsumerARN = await register(StreamName);
  await split(StreamName, shardIdOf(0), String(HASH_KEYS / 2n));
  await put(StreamName, 'one');
  await emulators.stop();
  emulators = await startEmulators({ dataFolder: folder, clock });
  const { ConsumerDescription } = await emulators.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
  expect(ConsumerDescription?.ConsumerName).toBe('app');
});

it('a subscription is over after five minutes, without an error', async () => {
  const StreamName = await createStream(1);
  const one = await Subscription.open(emulators.kinesis, await register(StreamName), { Type: 'LATEST' });
  expect(await one.next()).toMatchObject({ Records: [] });
  aheadMs += 5 * MINUTE_MS;
  let last = await one.next();
  while (last !== null) last = await one.next();
});

describe('a subscription over HTTP/2', () => {
  const payloads = (body: Buffer): Buffer[] => {
    const found: Buffer[] = [];
    for (let at = 0; at < body.length; at += body.readUInt32BE(at))
      found.push(body.subarray(at + 12 + body.readUInt32BE(at + 4), at + body.readUInt32BE(at) - 4));
    return found;
  };

  it.each([
    [
      'JSON',
      'application/x-amz-json-1.1',
      (params: object) => Buffer.from(JSON.stringify(params)),
      (body: Buffer) => JSON.parse(body.toString()) as unknown,
      Buffer.from('a').toString('base64'),
    ],
    [
      'CBOR',
      'application/x-amz-cbor-1.1',
      (params: object) => encodeCbor(params as never),
      decodeCbor,
      Buffer.from('a'),
    ],
  ])('brings the same events in %s', async (_name, contentType, encode, decode, data) => {
    const StreamName = await createStream(1);
    await put(StreamName, 'a');
    await split(StreamName, shardIdOf(0), String(HASH_KEYS / 2n));
    const session = connect(emulators.kinesisEndpoint);
    const headers = { 'content-type': contentType, 'x-amz-target': 'Kinesis_20131202.SubscribeToShard' };
    const stream = session.request({ ':method': 'POST', ':path': '/', ...headers });
    const StartingPosition = { Type: 'TRIM_HORIZON' };
    stream.end(encode({ ConsumerARN: await register(StreamName), ShardId: shardIdOf(0), StartingPosition }));
    const [answered] = (await once(stream, 'response')) as [Record<string, unknown>];
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    session.close();
    expect(answered).toMatchObject({ ':status': 200, 'content-type': 'application/vnd.amazon.eventstream' });
    const events = payloads(Buffer.concat(chunks)).map(decode) as { Records?: { Data: unknown }[]; ChildShards?: [] }[];
    expect(events[0]).toEqual({});
    expect(events[1]?.Records?.map(({ Data }) => Data)).toEqual([data]);
    expect(events.at(-1)?.ChildShards).toHaveLength(2);
  });
});
