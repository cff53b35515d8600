/**
 * Fan-out as a client of the AWS SDK sees it: consumers, and what a subscription to a shard tells. One suite, called with a
 * way to start an emulator, as kinesis-behaviour.ts is. What needs a clock of its own is in subscribe-to-shard.test.ts.
 */
import {
  DeleteStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  ListStreamConsumersCommand,
  RegisterStreamConsumerCommand,
  type StartingPosition,
} from '@aws-sdk/client-kinesis';
import { systemClock } from '../../runtime/clock';
import { everyTest, type Tests } from '../differences';
import { HASH_KEYS, kinesisCalls, shardIdOf, texts } from '../kinesis-calls';
import { Subscription } from '../subscription';
import type { RunningKinesis } from './kinesis-behaviour';
import { refusedWith } from './refused-with';

export interface RunningFanOut extends RunningKinesis {
  /** Lets so much time go by for the service. */
  pass(ms: number): Promise<void>;
}

const MINUTE_MS = 60_000;
/** How soon after one subscription the next may take its place (API reference of SubscribeToShard). */
const NEXT_AFTER_MS = 5_000;

export function fanOutBehaviour(start: () => Promise<RunningFanOut>, { describe, it }: Tests = everyTest): void {
  let running: RunningFanOut;
  beforeAll(async () => void (running = await start()));
  afterAll(() => running.stop());

  const { createStream, split, put } = kinesisCalls(() => running.kinesis);
  const arnOf = async (StreamName: string): Promise<string> => {
    const command = new DescribeStreamSummaryCommand({ StreamName });
    return (await running.kinesis.send(command)).StreamDescriptionSummary?.StreamARN as string;
  };
  const describeConsumer = async (by: { ConsumerARN: string } | { StreamARN: string; ConsumerName: string }) =>
    (await running.kinesis.send(new DescribeStreamConsumerCommand(by))).ConsumerDescription;
  /** Resolves when it is gone. */
  const remove = async (ConsumerARN: string): Promise<void> => {
    await running.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
    const isThere = (): Promise<boolean> =>
      describeConsumer({ ConsumerARN }).then(
        () => true,
        () => false,
      );
    while (await isThere()) await systemClock.sleep(5);
  };
  /** Resolves to its ARN, once it is active. */
  const register = async (StreamName: string, ConsumerName = 'app'): Promise<string> => {
    const command = new RegisterStreamConsumerCommand({ StreamARN: await arnOf(StreamName), ConsumerName });
    const ConsumerARN = (await running.kinesis.send(command)).Consumer?.ConsumerARN as string;
    while ((await describeConsumer({ ConsumerARN }))?.ConsumerStatus !== 'ACTIVE') await systemClock.sleep(5);
    return ConsumerARN;
  };
  const open = (arn: string, position: StartingPosition, shardId?: string): Promise<Subscription> =>
    Subscription.open(running.kinesis, arn, position, shardId);

  describe('consumers', () => {
    it('are registered, described by name and by ARN, listed and counted', async () => {
      const StreamName = await createStream(1);
      const StreamARN = await arnOf(StreamName);
      const { kinesis } = running;
      const { Consumer } = await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'app' }));
      expect(Consumer).toMatchObject({ ConsumerName: 'app', ConsumerStatus: 'CREATING' });
      expect(Consumer?.ConsumerARN).toMatch(/:stream\/[\w-]+\/consumer\/app:\d+$/);
      const { ConsumerARN } = Consumer as { ConsumerARN: string };
      while ((await describeConsumer({ ConsumerARN }))?.ConsumerStatus !== 'ACTIVE') await systemClock.sleep(5);
      for (const by of [{ StreamARN, ConsumerName: 'app' }, { ConsumerARN }]) {
        const described = await describeConsumer(by);
        expect(described).toMatchObject({ ConsumerARN, StreamARN, ConsumerStatus: 'ACTIVE' });
        expect(described?.ConsumerCreationTimestamp).toBeInstanceOf(Date);
      }
      await register(StreamName, 'other');
      const { Consumers = [] } = await kinesis.send(new ListStreamConsumersCommand({ StreamARN }));
      expect(Consumers.map(({ ConsumerName }) => ConsumerName)).toEqual(['app', 'other']);
    });

    it('are counted in the summary of their stream', async () => {
      const StreamName = await createStream(1);
      for (const name of ['one', 'two']) await register(StreamName, name);
      const { StreamDescriptionSummary } = await running.kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
      expect(StreamDescriptionSummary?.ConsumerCount).toBe(2);
    });

    it('have each a name of its own, and are twenty at most', async () => {
      const StreamName = await createStream(1);
      await register(StreamName);
      await refusedWith('ResourceInUseException', register(StreamName));
      for (let i = 1; i < 20; i++) await register(StreamName, `app-${i}`);
      await refusedWith('LimitExceededException', register(StreamName, 'one-more'));
    });

    it('are gone when they are removed', async () => {
      const ConsumerARN = await register(await createStream(1), 'short-lived');
      await remove(ConsumerARN);
      await refusedWith('ResourceNotFoundException', describeConsumer({ ConsumerARN }));
    });

    it('are gone when they are removed, also when another stream has one of the same name', async () => {
      const stays = await register(await createStream(1), 'in-two-streams');
      const ConsumerARN = await register(await createStream(1), 'in-two-streams');
      await remove(ConsumerARN);
      await refusedWith('ResourceNotFoundException', describeConsumer({ ConsumerARN }));
      expect(await describeConsumer({ ConsumerARN: stays })).toMatchObject({ ConsumerStatus: 'ACTIVE' });
    });
  });

  describe('a subscription', () => {
    it('brings what is there, then what comes', async () => {
      const StreamName = await createStream(1);
      for (const text of ['a', 'b', 'c']) await put(StreamName, text);
      const one = await open(await register(StreamName), { Type: 'TRIM_HORIZON' });
      const first = await one.records();
      expect(texts(first.Records)).toEqual(['a', 'b', 'c']);
      expect(first.Records?.[0]?.ApproximateArrivalTimestamp).toBeInstanceOf(Date);
      expect(first.ContinuationSequenceNumber).toBe(first.Records?.at(-1)?.SequenceNumber);
      await put(StreamName, 'd');
      expect(texts((await one.records()).Records)).toEqual(['d']);
      one.close();
    });

    it('tells in between, by empty events, that there is nothing new', async () => {
      const StreamName = await createStream(1);
      for (const text of ['a', 'b', 'c']) await put(StreamName, text);
      const one = await open(await register(StreamName), { Type: 'TRIM_HORIZON' });
      const { ContinuationSequenceNumber } = await one.records();
      expect(await one.next()).toMatchObject({ Records: [], MillisBehindLatest: 0, ContinuationSequenceNumber });
      one.close();
    });

    for (const Type of ['TRIM_HORIZON', 'LATEST'] as const)
      it(`from ${Type} that brought nothing is gone on from without a loss, by either kind of number`, async () => {
        const StreamName = await createStream(1);
        if (Type === 'LATEST') await put(StreamName, 'old');
        const ConsumerARN = await register(StreamName);
        const one = await open(ConsumerARN, { Type });
        const SequenceNumber = (await one.next())?.ContinuationSequenceNumber;
        one.close();
        await put(StreamName, 'new');
        for (const type of ['AFTER_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER'] as const) {
          const again = await open(await register(StreamName, type), { Type: type, SequenceNumber });
          expect(texts((await again.records()).Records)).toEqual(['new']);
          again.close();
        }
      });

    it('begins at a number, after a number or at a time', async () => {
      const StreamName = await createStream(1);
      const { SequenceNumber } = await put(StreamName, 'a');
      await put(StreamName, 'b');
      const from = async (consumer: string, position: StartingPosition): Promise<string[]> => {
        const one = await open(await register(StreamName, consumer), position);
        const { Records } = await one.records();
        one.close();
        return texts(Records);
      };
      expect(await from('at', { Type: 'AT_SEQUENCE_NUMBER', SequenceNumber })).toEqual(['a', 'b']);
      expect(await from('after', { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber })).toEqual(['b']);
      const Timestamp = new Date(systemClock.wallMs() - MINUTE_MS);
      expect(await from('since', { Type: 'AT_TIMESTAMP', Timestamp })).toEqual(['a', 'b']);
    });

    it('is one of several consumers, which each get every record', async () => {
      const StreamName = await createStream(1);
      const all = [];
      for (const name of ['one', 'two'])
        all.push(await open(await register(StreamName, name), { Type: 'TRIM_HORIZON' }));
      await put(StreamName, 'a');
      for (const one of all) {
        expect(texts((await one.records()).Records)).toEqual(['a']);
        one.close();
      }
    });

    it('tells the end of its shard by the children, without a number to go on from, and is over', async () => {
      const StreamName = await createStream(1);
      await put(StreamName, 'a');
      const one = await open(await register(StreamName), { Type: 'TRIM_HORIZON' });
      expect(texts((await one.records()).Records)).toEqual(['a']);
      await split(StreamName, shardIdOf(0), String(HASH_KEYS / 2n));
      let last = await one.next();
      while (last?.ChildShards === undefined) last = await one.next();
      expect(last.ChildShards.map(({ ShardId }) => ShardId)).toEqual([shardIdOf(1), shardIdOf(2)]);
      expect(last.ContinuationSequenceNumber).toBeUndefined();
      expect(await one.next()).toBeNull();
    });

    it('keeps its consumer from another on the same shard, but not on another shard', async () => {
      const ConsumerARN = await register(await createStream(2));
      const one = await open(ConsumerARN, { Type: 'LATEST' });
      await one.next();
      await refusedWith('ResourceInUseException', open(ConsumerARN, { Type: 'LATEST' }));
      const elsewhere = await open(ConsumerARN, { Type: 'LATEST' }, shardIdOf(1));
      one.close();
      elsewhere.close();
    });

    it('that was closed leaves its consumer free, after five seconds or some more', async () => {
      const StreamName = await createStream(1);
      const ConsumerARN = await register(StreamName);
      const one = await open(ConsumerARN, { Type: 'LATEST' });
      const { ContinuationSequenceNumber: SequenceNumber } = (await one.next())!;
      one.close();
      await put(StreamName, 'x');
      const goOn = async (): Promise<Subscription> => {
        for (;;) {
          await running.pass(NEXT_AFTER_MS);
          try {
            return await open(ConsumerARN, { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber });
          } catch (error) {
            if ((error as Error).name !== 'ResourceInUseException') throw error;
          }
        }
      };
      const two = await goOn();
      expect(texts((await two.records()).Records)).toEqual(['x']);
      two.close();
    });

    it('makes way after five seconds for another on the same shard', async () => {
      const StreamName = await createStream(1);
      const ConsumerARN = await register(StreamName);
      const one = await open(ConsumerARN, { Type: 'LATEST' });
      await one.next();
      await running.pass(NEXT_AFTER_MS);
      const two = await open(ConsumerARN, { Type: 'LATEST' });
      await refusedWith('ResourceInUseException', one.end());
      await put(StreamName, 'x');
      expect(texts((await two.records()).Records)).toEqual(['x']);
      two.close();
    });

    it('is refused to a consumer that was removed', async () => {
      const ConsumerARN = await register(await createStream(1), 'refused');
      await remove(ConsumerARN);
      await refusedWith('ResourceNotFoundException', open(ConsumerARN, { Type: 'LATEST' }));
    });

    it('is refused for a shard that is not there', async () => {
      const ConsumerARN = await register(await createStream(1));
      await refusedWith('ResourceNotFoundException', open(ConsumerARN, { Type: 'LATEST' }, shardIdOf(7)));
    });

    it('is refused for a position without its number', async () => {
      const ConsumerARN = await register(await createStream(1));
      await refusedWith('InvalidArgumentException', open(ConsumerARN, { Type: 'AT_SEQUENCE_NUMBER' }));
    });

    it('ends with its stream', async () => {
      const StreamName = await createStream(1);
      const one = await open(await register(StreamName), { Type: 'LATEST' });
      await one.next();
      await running.kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }));
      await refusedWith('ResourceNotFoundException', one.end());
    });
  });
}
