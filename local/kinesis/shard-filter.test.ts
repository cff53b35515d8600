import { seededRandom, type Random } from '../../runtime/random';
import { kinesaliteDb, type StoredShard, type StoredStream } from './kinesalite-store';
import { filterShards, type ShardFilter } from './shard-filter';
import { retainedShards, shardLife, trimHorizonMs } from './shard-life';

const second = 1_000;
const T0 = 1_700_000_000_000;

const name = (index: number): string => `shardId-${String(index).padStart(12, '0')}`;
const indexOf = ({ ShardId }: StoredShard): number => Number(ShardId.slice('shardId-'.length));
type Range = readonly [bigint, bigint];

/** A shard as kinesalite makes it: it writes the second of a split into the parent's end, and the next into the child's start. */
function shard(index: number, startMs: number, endMs: number | undefined, parents: readonly number[], range: Range) {
  const sequenceNumber = (more: object): string =>
    kinesaliteDb.stringifySequence({ shardCreateTime: startMs, shardIx: index, ...more });
  return {
    ShardId: name(index),
    ...(parents[0] === undefined ? {} : { ParentShardId: name(parents[0]) }),
    ...(parents[1] === undefined ? {} : { AdjacentParentShardId: name(parents[1]) }),
    HashKeyRange: { StartingHashKey: String(range[0]), EndingHashKey: String(range[1]) },
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber({}),
      ...(endMs === undefined
        ? {}
        : { EndingSequenceNumber: sequenceNumber({ seqIx: 2 ** 53, seqTime: endMs - second }) }),
    },
  } satisfies StoredShard;
}

/** 0 is split at +100 s into 1 and 2; those are merged at +200 s into 3. */
const shards = [
  shard(0, T0, T0 + 100 * second, [], [0n, 9n]),
  shard(1, T0 + 100 * second, T0 + 200 * second, [0], [0n, 4n]),
  shard(2, T0 + 100 * second, T0 + 200 * second, [0], [5n, 9n]),
  shard(3, T0 + 200 * second, undefined, [1, 2], [0n, 9n]),
];
const seconds = (after: number): number => T0 / second + after;
const numbers = (filtered: readonly StoredShard[]): number[] => filtered.map(indexOf);

describe('ShardFilter', () => {
  it.each<[ShardFilter, number[]]>([
    [{ Type: 'AT_LATEST' }, [3]],
    [{ Type: 'AT_TRIM_HORIZON' }, [0]],
    [{ Type: 'FROM_TRIM_HORIZON' }, [0, 1, 2, 3]],
    [{ Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000001' }, [2, 3]],
    [{ Type: 'AT_TIMESTAMP', Timestamp: seconds(-5) }, [0]],
    [{ Type: 'AT_TIMESTAMP', Timestamp: seconds(99.999) }, [0]],
    [{ Type: 'AT_TIMESTAMP', Timestamp: seconds(100) }, [1, 2]],
    [{ Type: 'AT_TIMESTAMP', Timestamp: seconds(200) }, [3]],
    [{ Type: 'AT_TIMESTAMP', Timestamp: seconds(1e6) }, [3]],
    [{ Type: 'FROM_TIMESTAMP', Timestamp: seconds(50) }, [0, 1, 2, 3]],
    [{ Type: 'FROM_TIMESTAMP', Timestamp: seconds(150) }, [1, 2, 3]],
    [{ Type: 'FROM_TIMESTAMP', Timestamp: seconds(250) }, [3]],
  ])('%j', (filter, expected) => {
    expect(numbers(filterShards(shards, filter, T0 - second))).toEqual(expected);
  });

  it('at the trim horizon names those that were open at it, and so never a child of one that it names', () => {
    const stream = { RetentionPeriodHours: 24, Shards: shards } as unknown as StoredStream;
    const day = 24 * 3600 * second;
    const at = (nowMs: number): number[] =>
      numbers(filterShards(retainedShards(stream, nowMs), { Type: 'AT_TRIM_HORIZON' }, trimHorizonMs(stream, nowMs)));
    expect(at(T0 + 50 * second + day)).toEqual([0]);
    expect(at(T0 + 150 * second + day)).toEqual([1, 2]);
    expect(at(T0 + 250 * second + day)).toEqual([3]);
  });

  it.each(['AFTER_SHARD_ID', 'AT_TIMESTAMP', 'FROM_TIMESTAMP'] as const)(
    '%s without its argument is refused',
    (Type) => {
      expect(() => filterShards(shards, { Type }, T0)).toThrow('Must specify');
    },
  );

  it('covers the hash range exactly once at every instant, however often shards were split and merged', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { shards: history, untilMs } = randomHistory(seededRandom(seed), 12);
      for (let ms = T0 - second; ms < untilMs; ms += second / 2) {
        const listed = filterShards(history, { Type: 'AT_TIMESTAMP', Timestamp: ms / 1000 }, 0);
        const covered = listed.reduce((sum, one) => sum + rangeOf(one)[1] - rangeOf(one)[0] + 1n, 0n);
        const starts = new Set(listed.map((one) => one.HashKeyRange.StartingHashKey));
        if (covered !== WHOLE || starts.size !== listed.length) throw new Error(`seed ${seed}, ${ms - T0} ms`);
      }
    }
  });
});

const WHOLE = 2n ** 20n;
const rangeOf = ({ HashKeyRange: { StartingHashKey, EndingHashKey } }: StoredShard): Range => [
  BigInt(StartingHashKey),
  BigInt(EndingHashKey),
];

/** Splits and merges, 0 to 2 s apart. */
function randomHistory(random: Random, steps: number): { shards: readonly StoredShard[]; untilMs: number } {
  const all: StoredShard[] = [shard(0, T0, undefined, [], [0n, WHOLE - 1n])];
  let nowMs = T0;
  const add = (parents: readonly StoredShard[], range: Range): void => {
    all.push(shard(all.length, nowMs + second, undefined, parents.map(indexOf), range));
  };
  const close = (one: StoredShard): void => {
    const parents = [one.ParentShardId, one.AdjacentParentShardId].filter((id) => id !== undefined);
    const indexes = parents.map((ShardId) => indexOf({ ...one, ShardId }));
    all[indexOf(one)] = shard(indexOf(one), shardLife(one).startMs, nowMs + second, indexes, rangeOf(one));
  };
  for (let step = 0; step < steps; step++) {
    nowMs += random.integer(3) * second;
    const open = all.filter((one) => shardLife(one).endMs === Infinity);
    open.sort((a, b) => (rangeOf(a)[0] < rangeOf(b)[0] ? -1 : 1));
    const at = random.integer(open.length);
    const [one, next] = [open[at] as StoredShard, open[at + 1]];
    const [low, high] = rangeOf(one);
    close(one);
    if (next && random.integer(2) === 0) {
      close(next);
      add([one, next], [low, rangeOf(next)[1]]);
    } else {
      add([one], [low, (low + high) / 2n]);
      add([one], [(low + high) / 2n + 1n, high]);
    }
  }
  return { shards: all, untilMs: nowMs + 3 * second };
}
