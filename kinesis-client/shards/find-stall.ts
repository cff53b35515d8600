/**
 * The health of the shards of a worker: pure. Healthy means progressing, not being without errors.
 */
import type { ShardProgress } from './shard-consumer';

/** A shard at the tip progresses with every empty read; one that waits for its parents has nothing to do. */
export function findStall(shards: readonly ShardProgress[], nowMs: number, stallMs: number): string | null {
  const stopped = shards.filter(({ state }) => state === 'stopped');
  if (stopped.length > 0) return `${names(stopped)} stopped until a person decides: the log says why`;
  const stalled = shards.filter(
    ({ state, progressedAtMs }) =>
      state !== 'waitingForParents' && state !== 'done' && nowMs - progressedAtMs > stallMs,
  );
  return stalled.length === 0 ? null : `${names(stalled)} finished no batch for ${Math.floor(stallMs / 1_000)} s`;
}

const names = (shards: readonly ShardProgress[]): string =>
  shards.length === 1 ? `shard ${shards[0]?.shardId}` : `${shards.length} shards (${shards[0]?.shardId}, ...)`;
