/**
 * The consumers of a stream, which subscribe to its shards: registered, listed, described and removed. They are kept with the
 * stream and go with it. Names, bounds and errors are those of the API reference.
 */
import type { Params } from '../aws-handler';
import { clientError } from '../service-error';
import type { KinesaliteStore, ParamTypes, StoredConsumer, StoredStream } from './kinesalite-store';

const CONSUMERS_MAX = 20;

const CONSUMER_NAME = { type: 'String', regex: '[a-zA-Z0-9_.-]+', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 128 }; // prettier-ignore
const STREAM_NAME = CONSUMER_NAME;
const CONSUMER_ARN = { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 2048 };

/** A call names its stream by StreamName here: the front puts it in the place of an ARN. */
export const consumerTypes = {
  RegisterStreamConsumer: {
    StreamName: { ...STREAM_NAME, notNull: true },
    ConsumerName: { ...CONSUMER_NAME, notNull: true },
  },
  DescribeStreamConsumer: { StreamName: STREAM_NAME, ConsumerName: CONSUMER_NAME, ConsumerARN: CONSUMER_ARN },
  DeregisterStreamConsumer: { StreamName: STREAM_NAME, ConsumerName: CONSUMER_NAME, ConsumerARN: CONSUMER_ARN },
  ListStreamConsumers: { StreamName: { ...STREAM_NAME, notNull: true } },
} as const satisfies Record<string, ParamTypes>;

export type ConsumerOperation = keyof typeof consumerTypes;

/** A consumer, and the stream that has it. */
export interface FoundConsumer {
  readonly stream: StoredStream;
  readonly consumer: StoredConsumer;
}

export function createStreamConsumers(store: KinesaliteStore) {
  /** Throws InvalidArgumentException or ResourceNotFoundException. */
  async function find({ StreamName, ConsumerName, ConsumerARN }: Params): Promise<FoundConsumer> {
    const named = typeof ConsumerARN === 'string' ? consumerInArn(ConsumerARN) : { StreamName, ConsumerName };
    if (typeof named.StreamName !== 'string' || typeof named.ConsumerName !== 'string')
      throw clientError(
        'InvalidArgumentException',
        'Either ConsumerARN, or StreamARN and ConsumerName, must be given.',
      );
    const stream = await store.stream(named.StreamName);
    const consumer = consumersOf(stream).find(
      ({ ConsumerName: name, ConsumerARN: arn }) => name === named.ConsumerName && (ConsumerARN ?? arn) === arn,
    );
    if (consumer === undefined)
      throw clientError(
        'ResourceNotFoundException',
        `Consumer ${named.ConsumerName}, Account ${store.account} not found.`,
      );
    return { stream, consumer };
  }

  const change = (
    name: string,
    edit: (consumers: readonly StoredConsumer[], stream: StoredStream) => StoredConsumer[],
  ) =>
    store.locked(name, async () => {
      const stream = await store.stream(name);
      await store.putStream({ ...stream, consumers: edit(consumersOf(stream), stream) });
    });

  const operations: Record<ConsumerOperation, (params: Params, nowMs: number) => Promise<unknown>> = {
    async RegisterStreamConsumer({ StreamName, ConsumerName }, nowMs) {
      let made: StoredConsumer | undefined;
      await change(StreamName as string, (consumers, stream) => {
        mustBeFree(consumers, ConsumerName as string, store.account);
        made = newConsumer(stream, ConsumerName as string, nowMs);
        return [...consumers, made];
      });
      return { Consumer: { ...made, ConsumerStatus: 'CREATING' } };
    },
    async DescribeStreamConsumer(params) {
      const { stream, consumer } = await find(params);
      const ConsumerDescription = { ...consumer, ConsumerStatus: 'ACTIVE', StreamARN: stream.StreamARN };
      return { ConsumerDescription };
    },
    async DeregisterStreamConsumer(params) {
      const { stream, consumer } = await find(params);
      await change(stream.StreamName, (consumers) =>
        consumers.filter(({ ConsumerARN }) => ConsumerARN !== consumer.ConsumerARN),
      );
      return undefined;
    },
    async ListStreamConsumers({ StreamName }) {
      const consumers = consumersOf(await store.stream(StreamName as string));
      return { Consumers: consumers.map((consumer) => ({ ...consumer, ConsumerStatus: 'ACTIVE' })) };
    },
  };
  return { find, operations };
}

export const consumersOf = (stream: StoredStream): readonly StoredConsumer[] => stream.consumers ?? [];

function newConsumer({ StreamARN }: StoredStream, ConsumerName: string, nowMs: number): StoredConsumer {
  const seconds = Math.floor(nowMs / 1_000);
  return {
    ConsumerName,
    ConsumerARN: `${StreamARN}/consumer/${ConsumerName}:${seconds}`,
    ConsumerCreationTimestamp: seconds,
  };
}

function mustBeFree(consumers: readonly StoredConsumer[], name: string, account: string): void {
  if (consumers.some(({ ConsumerName }) => ConsumerName === name))
    throw clientError('ResourceInUseException', `Consumer ${name} under account ${account} already exists.`);
  if (consumers.length >= CONSUMERS_MAX)
    throw clientError('LimitExceededException', `A stream has at most ${CONSUMERS_MAX} consumers.`);
}

/** Undefined parts for what is no ARN of a consumer. */
function consumerInArn(arn: string): Params {
  const [, StreamName, ConsumerName] = /:stream\/([^/]+)\/consumer\/([^/:]+):\d+$/.exec(arn) ?? [];
  return { StreamName, ConsumerName };
}
