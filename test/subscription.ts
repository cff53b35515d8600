/** One SubscribeToShard as its reader has it: event by event. Its consumers are those of kinesis-calls.ts. */
import {
  SubscribeToShardCommand,
  type KinesisClient,
  type StartingPosition,
  type SubscribeToShardEvent,
} from '@aws-sdk/client-kinesis';
import { shardIdOf } from './kinesis-calls';

type Events = AsyncIterable<{ SubscribeToShardEvent?: SubscribeToShardEvent }>;

export class Subscription {
  private readonly events: AsyncIterator<{ SubscribeToShardEvent?: SubscribeToShardEvent }>;

  private constructor(
    events: Events,
    private readonly closing: AbortController,
  ) {
    this.events = events[Symbol.asyncIterator]();
  }

  /** Of the first shard unless another is named. */
  static async open(
    kinesis: KinesisClient,
    ConsumerARN: string,
    StartingPosition: StartingPosition,
    ShardId = shardIdOf(0),
  ): Promise<Subscription> {
    const closing = new AbortController();
    const command = new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition });
    const { EventStream } = await kinesis.send(command, { abortSignal: closing.signal });
    return new Subscription(EventStream as Events, closing);
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

  /** Passes over every event until it is over; rejects when an error ends it. */
  async end(): Promise<void> {
    while ((await this.next()) !== null);
  }

  /** Ends the connection; the iterator alone would leave it open. */
  close(): void {
    this.closing.abort();
  }
}
