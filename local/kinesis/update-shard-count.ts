/**
 * UpdateShardCount: answers at once and then splits and merges one step after the other, the stream UPDATING meanwhile
 * (`isUpdating` knows it; kinesalite says ACTIVE between two steps). The end of the process ends it half way.
 */
import type { Clock } from '../../runtime/clock';
import type { Params } from '../aws-handler';
import { clientError, ServiceError } from '../service-error';
import type { KinesaliteStore, ParamTypes, StoredShard, StoredStream } from './kinesalite-store';
import { planShardCount } from './plan-shard-count';

export const updateShardCountTypes: ParamTypes = {
  StreamName: {
    type: 'String', notNull: true, regex: '[a-zA-Z0-9_.-]+', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 128,
  },
  TargetShardCount: { type: 'Integer', notNull: true, greaterThanOrEqual: 1 },
  ScalingType: { type: 'String', notNull: true, enum: ['UNIFORM_SCALING'] },
}; // prettier-ignore

/** How often a step is looked at, ms. */
const POLL_MS = 5;

export interface ShardCountUpdater {
  isUpdating(streamName: string): boolean;
  /** Parameters are checked already. Throws InvalidArgument, LimitExceeded, ResourceInUse or ResourceNotFoundException. */
  update(params: Params): Promise<unknown>;
  /** Makes no further step and waits for the present one. */
  close(): Promise<void>;
}

export interface ShardCountDeps {
  readonly store: KinesaliteStore;
  readonly clock: Clock;
  readonly shardLimit: number;
  readonly onFault: (operation: string, error: unknown) => void;
}

export function createShardCountUpdater({ store, clock, shardLimit, onFault }: ShardCountDeps): ShardCountUpdater {
  const running = new Map<string, Promise<void>>();
  const closing = new AbortController();

  async function reshard(streamName: string, targetCount: number): Promise<void> {
    const { splitAt, mergeAt } = planShardCount(boundariesOf(await store.stream(streamName)), targetCount);
    for (const at of splitAt)
      await step(streamName, async (open) => {
        const ShardToSplit = open.findLast((shard) => startOf(shard) < at)!.ShardId;
        await store.act('SplitShard', { StreamName: streamName, ShardToSplit, NewStartingHashKey: String(at) });
      });
    for (const at of mergeAt)
      await step(streamName, async (open) => {
        const upper = open.findIndex((shard) => startOf(shard) === at);
        await store.act('MergeShards', {
          StreamName: streamName,
          ShardToMerge: open[upper - 1]!.ShardId,
          AdjacentShardToMerge: open[upper]!.ShardId,
        });
      });
  }

  async function step(streamName: string, act: (open: readonly StoredShard[]) => Promise<void>): Promise<void> {
    if (closing.signal.aborted) return;
    await act(openShards(await store.stream(streamName)));
    while ((await store.stream(streamName)).StreamStatus === 'UPDATING' && !closing.signal.aborted)
      await clock.sleep(POLL_MS, closing.signal);
  }

  /** A stream that was deleted meanwhile has no shards to count. */
  const settle = (streamName: string, error: unknown): void => {
    if (!(error instanceof ServiceError)) onFault('UpdateShardCount', error);
    running.delete(streamName);
  };

  return {
    isUpdating: (streamName) => running.has(streamName),
    async update(params) {
      const { StreamName: name, TargetShardCount: target } = params as { StreamName: string; TargetShardCount: number };
      const stream = await store.stream(name);
      if (stream.StreamStatus !== 'ACTIVE' || running.has(name)) throw notActive(name, store.account);
      const current = openShards(stream).length;
      checkScale(current, target);
      const others = (await countOpenShards(store)) - current;
      if (others + target > shardLimit) throw aboveLimit(target, shardLimit);
      if (running.has(name)) throw notActive(name, store.account);
      running.set(
        name,
        reshard(name, target).then(
          () => void running.delete(name),
          (error: unknown) => settle(name, error),
        ),
      );
      return { StreamName: name, CurrentShardCount: current, TargetShardCount: target, StreamARN: stream.StreamARN };
    },
    async close() {
      closing.abort();
      await Promise.all(running.values());
    },
  };
}

export const notActive = (streamName: string, account: string): ServiceError =>
  clientError(
    'ResourceInUseException',
    `Stream ${streamName} under account ${account} not ACTIVE, instead in state UPDATING`,
  );

const aboveLimit = (target: number, shardLimit: number): ServiceError =>
  clientError('LimitExceededException', `${target} shards would exceed the shard limit of ${shardLimit}.`);

/** At most the double and at least the half of the open shards at a time (API reference of UpdateShardCount). */
function checkScale(current: number, target: number): void {
  const fault = target > current * 2 ? 'up over double' : target < current / 2 ? 'down below half' : null;
  if (fault !== null)
    throw clientError(
      'InvalidArgumentException',
      `UpdateShardCount cannot scale ${fault} your current open shard count. Current open shard count: ${current} ` +
        `Target shard count: ${target}`,
    );
}

async function countOpenShards(store: KinesaliteStore): Promise<number> {
  const streams = await Promise.all((await store.streamNames()).map((name) => store.stream(name)));
  return streams.reduce((sum, stream) => sum + openShards(stream).length, 0);
}

const startOf = (shard: StoredShard): bigint => BigInt(shard.HashKeyRange.StartingHashKey);

/** In the order of their hash ranges. */
const openShards = (stream: StoredStream): readonly StoredShard[] =>
  stream.Shards.filter((shard) => shard.SequenceNumberRange.EndingSequenceNumber === undefined).sort((a, b) =>
    startOf(a) < startOf(b) ? -1 : 1,
  );

const boundariesOf = (stream: StoredStream): bigint[] => openShards(stream).slice(1).map(startOf);
