/** Fan-out as a client of the AWS SDK sees it: consumers, and what a subscription to a shard tells. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  ListStreamConsumersCommand,
  RegisterStreamConsumerCommand,
  SubscribeToShardCommand,
  type StartingPosition,
  type SubscribeToShardEvent,
} from '@aws-sdk/client-kinesis';
import { systemClock, type Clock } from '../../runtime/clock';
import { startEmulators, type TestEmulators } from '../../test/emulators';
import { HASH_KEYS, kinesisCalls, shardIdOf, texts } from '../../test/kinesis-calls';
import { decodeCbor, encodeCbor } from './cbor';

const MINUTE_MS = 60_000;

let aheadMs = 0;
const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs };
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

const arnOf = async (StreamName: string): Promise<string> => {
  const { StreamDescriptionSummary: summary } = await emulators.kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName }),
  );
  return summary?.StreamARN as string;
};
const register = async (StreamName: string, ConsumerName = 'app'): Promise<string> => {
  const command = new RegisterStreamConsumerCommand({ StreamARN: await arnOf(StreamName), ConsumerName });
  return (await emulators.kinesis.send(command)).Consumer?.ConsumerARN as string;
};
const refused = (call: Promise<unknown>, name: string): Promise<void> => expect(call).rejects.toMatchObject({ name });

class Subscription {
  private constructor(private readonly events: AsyncIterator<{ SubscribeToShardEvent?: SubscribeToShardEvent }>) {}

  static async open(ConsumerARN: string, StartingPosition: StartingPosition, ShardId = shardIdOf(0)) {
    const command = new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition });
    const { EventStream } = await emulators.kinesis.send(command);
    return new Subscription(
      (EventStream as AsyncIterable<{ SubscribeToShardEvent?: SubscribeToShardEvent }>)[Symbol.asyncIterator](),
    );
  }

  /** Null: it is over. */
  async next(): Promise<SubscribeToShardEvent | null> {
    const { done, value } = await this.events.next();
    return done === true ? null : (value.SubscribeToShardEvent as SubscribeToShardEvent);
  }

  /** The next event that has records. */
  async records(): Promise<SubscribeToShardEvent> {
    for (;;) {
      const event = await this.next();
      if (event === null) throw new Error('the subscription is over');
      if ((event.Records ?? []).length > 0) return event;
    }
  }

  async close(): Promise<void> {
    await this.events.return?.();
  }
}

describe('consumers', () => {
  it('are registered, described by name and by ARN, listed and counted', async () => {
    const StreamName = await createStream(1);
    const StreamARN = await arnOf(StreamName);
    const { kinesis } = emulators;
    const { Consumer } = await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'app' }));
    expect(Consumer).toMatchObject({ ConsumerName: 'app', ConsumerStatus: 'CREATING' });
    expect(Consumer?.ConsumerARN).toMatch(/:stream\/[\w-]+\/consumer\/app:\d+$/);
    const { ConsumerARN } = Consumer as { ConsumerARN: string };
    for (const by of [{ StreamARN, ConsumerName: 'app' }, { ConsumerARN }]) {
      const { ConsumerDescription } = await kinesis.send(new DescribeStreamConsumerCommand(by));
      expect(ConsumerDescription).toMatchObject({ ConsumerARN, StreamARN, ConsumerStatus: 'ACTIVE' });
      expect(ConsumerDescription?.ConsumerCreationTimestamp).toBeInstanceOf(Date);
    }
    await register(StreamName, 'other');
    const { Consumers = [] } = await kinesis.send(new ListStreamConsumersCommand({ StreamARN }));
    expect(Consumers.map(({ ConsumerName }) => ConsumerName)).toEqual(['app', 'other']);
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
    expect(StreamDescriptionSummary?.ConsumerCount).toBe(2);
  });

  it('have each a name of its own, are twenty at most, and are gone when they are removed', async () => {
    const StreamName = await createStream(1);
    const ConsumerARN = await register(StreamName);
    await refused(register(StreamName), 'ResourceInUseException');
    for (let i = 1; i < 20; i++) await register(StreamName, `app-${i}`);
    await refused(register(StreamName, 'one-more'), 'LimitExceededException');
    await emulators.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
    const describe = new DescribeStreamConsumerCommand({ ConsumerARN });
    await refused(emulators.kinesis.send(describe), 'ResourceNotFoundException');
    await refused(Subscription.open(ConsumerARN, { Type: 'LATEST' }), 'ResourceNotFoundException');
  });

  it('are there after a restart, also when the stream was split since', async () => {
    const StreamName = await createStream(1);
    const ConsumerARN = await register(StreamName);
    await split(StreamName, shardIdOf(0), String(HASH_KEYS / 2n));
    await put(StreamName, 'one');
    await emulators.stop();
    emulators = await startEmulators({ dataFolder: folder, clock });
    const { ConsumerDescription } = await emulators.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
    expect(ConsumerDescription?.ConsumerName).toBe('app');
  });
});

describe('a subscription', () => {
  it('brings what is there, then what comes, and empty events in between', async () => {
    const StreamName = await createStream(1);
    for (const text of ['a', 'b', 'c']) await put(StreamName, text);
    const one = await Subscription.open(await register(StreamName), { Type: 'TRIM_HORIZON' });
    const first = await one.records();
    expect(texts(first.Records)).toEqual(['a', 'b', 'c']);
    expect(first.Records?.[0]?.ApproximateArrivalTimestamp).toBeInstanceOf(Date);
    expect(first.ContinuationSequenceNumber).toBe(first.Records?.at(-1)?.SequenceNumber);
    expect(await one.next()).toMatchObject({
      Records: [],
      MillisBehindLatest: 0,
      ContinuationSequenceNumber: first.ContinuationSequenceNumber,
    });
    await put(StreamName, 'd');
    expect(texts((await one.records()).Records)).toEqual(['d']);
    await one.close();
  });

  it.each(['TRIM_HORIZON', 'LATEST'] as const)(
    'from %s that brought nothing is gone on from without a loss, by either kind of number',
    async (Type) => {
      const StreamName = await createStream(1);
      if (Type === 'LATEST') await put(StreamName, 'old');
      const ConsumerARN = await register(StreamName);
      const one = await Subscription.open(ConsumerARN, { Type });
      const SequenceNumber = (await one.next())?.ContinuationSequenceNumber;
      await one.close();
      await put(StreamName, 'new');
      for (const type of ['AFTER_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER'] as const) {
        aheadMs += 5_000;
        const again = await Subscription.open(ConsumerARN, { Type: type, SequenceNumber });
        expect(texts((await again.records()).Records)).toEqual(['new']);
        await again.close();
      }
    },
  );

  it('begins at a number, after a number or at a time', async () => {
    const StreamName = await createStream(1);
    const ConsumerARN = await register(StreamName);
    const { SequenceNumber } = await put(StreamName, 'a');
    await put(StreamName, 'b');
    const from = async (position: StartingPosition): Promise<string[]> => {
      aheadMs += 5_000;
      const one = await Subscription.open(ConsumerARN, position);
      const { Records } = await one.records();
      await one.close();
      return texts(Records);
    };
    expect(await from({ Type: 'AT_SEQUENCE_NUMBER', SequenceNumber })).toEqual(['a', 'b']);
    expect(await from({ Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber })).toEqual(['b']);
    expect(await from({ Type: 'AT_TIMESTAMP', Timestamp: new Date(Date.now() - MINUTE_MS) })).toEqual(['a', 'b']);
  });

  it('tells the end of its shard by the children, without a number to go on from, and is over', async () => {
    const StreamName = await createStream(1);
    await put(StreamName, 'a');
    const one = await Subscription.open(await register(StreamName), { Type: 'TRIM_HORIZON' });
    expect(texts((await one.records()).Records)).toEqual(['a']);
    await split(StreamName, shardIdOf(0), String(HASH_KEYS / 2n));
    let last = await one.next();
    while (last?.ChildShards === undefined) last = await one.next();
    expect(last.ChildShards.map(({ ShardId }) => ShardId)).toEqual([shardIdOf(1), shardIdOf(2)]);
    expect(last.ContinuationSequenceNumber).toBeUndefined();
    expect(await one.next()).toBeNull();
  });

  it('is over after five minutes, without an error', async () => {
    const StreamName = await createStream(1);
    const one = await Subscription.open(await register(StreamName), { Type: 'LATEST' });
    expect(await one.next()).toMatchObject({ Records: [] });
    aheadMs += 5 * MINUTE_MS;
    let last = await one.next();
    while (last !== null) last = await one.next();
  });

  it('keeps its consumer from another on the same shard for five seconds, and then makes way for it', async () => {
    const StreamName = await createStream(2);
    const ConsumerARN = await register(StreamName);
    const one = await Subscription.open(ConsumerARN, { Type: 'LATEST' });
    await one.next();
    await refused(Subscription.open(ConsumerARN, { Type: 'LATEST' }), 'ResourceInUseException');
    const elsewhere = await Subscription.open(ConsumerARN, { Type: 'LATEST' }, shardIdOf(1));
    aheadMs += 5_000;
    const two = await Subscription.open(ConsumerARN, { Type: 'LATEST' });
    await refused(
      (async () => {
        while ((await one.next()) !== null);
      })(),
      'ResourceInUseException',
    );
    await put(StreamName, 'x', '0');
    expect(texts((await two.records()).Records)).toEqual(['x']);
    await Promise.all([two.close(), elsewhere.close()]);
  });

  it('is refused for a shard that is not there and for a position without its number, and ends with its stream', async () => {
    const StreamName = await createStream(1);
    const ConsumerARN = await register(StreamName);
    await refused(Subscription.open(ConsumerARN, { Type: 'LATEST' }, shardIdOf(7)), 'ResourceNotFoundException');
    await refused(Subscription.open(ConsumerARN, { Type: 'AT_SEQUENCE_NUMBER' }), 'InvalidArgumentException');
    const one = await Subscription.open(ConsumerARN, { Type: 'LATEST' });
    await one.next();
    await emulators.kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }));
    await refused(
      (async () => {
        while ((await one.next()) !== null);
      })(),
      'ResourceNotFoundException',
    );
  });
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
