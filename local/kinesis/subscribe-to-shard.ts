/**
 * SubscribeToShard: an answer that goes on for five minutes, or until its shard ends. Our own over the front's GetRecords, so
 * that both tell the same of a shard. An event comes when there are records, and about once a second when there are none.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../runtime/clock';
import type { Params } from '../aws-handler';
import { EventStream, type StreamedEvent } from '../event-stream';
import { clientError } from '../service-error';
import { getRecords } from './get-records';
import { getShardIterator } from './get-shard-iterator';
import { kinesaliteDb, type KinesaliteStore, type ParamTypes } from './kinesalite-store';
import { readShardIterator } from './shard-iterator';
import type { createStreamConsumers } from './stream-consumers';

const TEXT = { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 2048 };

export const subscribeToShardTypes: ParamTypes = {
  ConsumerARN: { ...TEXT, notNull: true },
  ShardId: { ...TEXT, notNull: true, regex: '[a-zA-Z0-9_.-]+' },
  StartingPosition: {
    type: 'Structure',
    notNull: true,
    children: {
      Type: {
        type: 'String',
        notNull: true,
        enum: ['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_TIMESTAMP', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON'],
      },
      SequenceNumber: { type: 'String', regex: '0|([1-9]\\d{0,128})' },
      Timestamp: { type: 'Timestamp' },
    },
  },
};

/** How long a subscription lasts, and how soon after one the next may take its place (API reference). */
const SESSION_MS = 300_000;
const NEXT_AFTER_MS = 5_000;
const POLL_MS = 50;
/** Without records. */
const EVENT_EACH_MS = 1_000;

export interface SubscribeDeps {
  readonly store: KinesaliteStore;
  readonly consumers: ReturnType<typeof createStreamConsumers>;
  readonly clock: Clock;
  /** Ends every subscription. */
  readonly closing: AbortSignal;
}

interface StartingPosition {
  readonly Type: string;
  readonly SequenceNumber?: string;
  /** Seconds. */
  readonly Timestamp?: number;
}

export function createSubscriber(deps: SubscribeDeps): (params: Params) => Promise<EventStream> {
  /** The newest subscription of each consumer and shard, ended or not. */
  const newest = new Map<string, { readonly sinceMs: number; readonly replaced: AbortController }>();
  const { clock, store, consumers, closing } = deps;
  setMaxListeners(0, closing); // each subscription that waits is one

  return async (params) => {
    const { ConsumerARN, ShardId, StartingPosition: at } = params as { ConsumerARN: string; ShardId: string; StartingPosition: StartingPosition }; // prettier-ignore
    const { stream } = await consumers.find({ ConsumerARN });
    const request = { StreamName: stream.StreamName, ShardId, ShardIteratorType: at.Type, StartingSequenceNumber: at.SequenceNumber, Timestamp: at.Timestamp }; // prettier-ignore
    const { ShardIterator } = (await getShardIterator(store, request, clock.wallMs())) as { ShardIterator: string };
    const key = `${ConsumerARN} ${ShardId}`;
    const before = newest.get(key);
    if (before !== undefined && clock.monotonicMs() - before.sinceMs < NEXT_AFTER_MS) throw inUse(ConsumerARN, ShardId);
    before?.replaced.abort();
    const replaced = new AbortController();
    newest.set(key, { sinceMs: clock.monotonicMs(), replaced });
    return new EventStream(
      subscription(
        ShardIterator,
        at.SequenceNumber ?? beforeAnyRecord(ShardIterator),
        () => replaced.signal.aborted && inUse(ConsumerARN, ShardId),
        deps,
      ),
    );
  };
}

/**
 * `ended`: the error that another subscription ends this one with, or false.
 * `continuation`: where to go on after this one as long as nothing was read.
 */
async function* subscription(
  from: string,
  continuation: string,
  ended: () => false | Error,
  { store, clock, closing }: SubscribeDeps,
): AsyncGenerator<StreamedEvent> {
  const untilMs = clock.monotonicMs() + SESSION_MS;
  let eventDueMs = clock.monotonicMs();
  for (let ShardIterator: string | undefined = from; !closing.aborted && clock.monotonicMs() < untilMs;) {
    const error = ended();
    if (error !== false) throw error;
    const answer = await getRecords(store, { ShardIterator }, clock.wallMs());
    const { Records, MillisBehindLatest, ChildShards } = answer;
    const last = Records.at(-1);
    if (last !== undefined) continuation = last.SequenceNumber;
    ShardIterator = answer.NextShardIterator;
    const isOver = ShardIterator === undefined;
    if (Records.length > 0 || isOver || clock.monotonicMs() >= eventDueMs) {
      eventDueMs = clock.monotonicMs() + EVENT_EACH_MS;
      const next = isOver ? { ChildShards } : { ContinuationSequenceNumber: continuation };
      yield { type: 'SubscribeToShardEvent', value: { Records, MillisBehindLatest, ...next } };
    }
    if (isOver) return;
    if (Records.length === 0) await clock.sleep(POLL_MS, closing);
  }
}

/** A number below that of the first record that comes, which both AT_ and AFTER_SEQUENCE_NUMBER go on from. */
function beforeAnyRecord(shardIterator: string): string {
  const { sequenceNumber } = readShardIterator(shardIterator, 0); // just made: its age does not matter
  const { shardCreateTime, shardIx, seqIx } = kinesaliteDb.parseSequence(sequenceNumber);
  return kinesaliteDb.stringifySequence({ shardCreateTime, shardIx, seqIx });
}

const inUse = (consumerArn: string, shardId: string): Error =>
  clientError(
    'ResourceInUseException',
    `Another active subscription exists for this consumer: ${consumerArn}, shard ${shardId}.`,
  );
