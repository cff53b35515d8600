import { findStall } from './find-stall';
import type { ShardState } from './shard-state';

const shard = (shardId: string, state: ShardState, progressedAtMs: number) => ({ shardId, state, progressedAtMs });

describe('findStall', () => {
  it.each([
    ['nothing is held', [], null],
    ['all progress', [shard('a', 'processing', 95_000)], null],
    ['a shard waits for its parents', [shard('a', 'waitingForParents', 0)], null],
    ['a batch takes too long', [shard('a', 'processing', 0)], 'shard a finished no batch for 60 s'],
    ['initialize never succeeds', [shard('a', 'initializing', 0)], 'shard a finished no batch for 60 s'],
    [
      'two stall',
      [shard('a', 'processing', 0), shard('b', 'ending', 0)],
      '2 shards (a, ...) finished no batch for 60 s',
    ],
    ['one stopped', [shard('a', 'stopped', 99_999)], 'shard a stopped until a person decides: the log says why'],
  ])('when %s', (_what, shards, expected) => {
    expect(findStall(shards, 100_000, 60_000)).toBe(expected);
  });
});
