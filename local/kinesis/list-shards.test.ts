import { kinesaliteDb, type StoredStream } from './kinesalite-store';
import { listShards, listShardsRequest, TOKEN_LIFE_MS } from './list-shards';

const NOW = 1_700_000_000_000;
const stream = {
  StreamName: 'raw',
  RetentionPeriodHours: 24,
  Shards: [0, 1, 2, 3, 4].map((n) => ({
    ShardId: `shardId-00000000000${n}`,
    HashKeyRange: { StartingHashKey: '0', EndingHashKey: '0' },
    SequenceNumberRange: {
      StartingSequenceNumber: kinesaliteDb.stringifySequence({ shardCreateTime: NOW, shardIx: n }),
    },
  })),
} as unknown as StoredStream;
const page = (params: object, nowMs = NOW) => {
  const { Shards, NextToken } = listShards(stream, listShardsRequest({ ...params }, nowMs), nowMs);
  return { ids: Shards.map((shard) => Number(shard.ShardId.slice(8))), NextToken };
};

describe('ListShards', () => {
  it('without MaxResults gives all at once', () => {
    expect(page({ StreamName: 'raw' })).toEqual({ ids: [0, 1, 2, 3, 4], NextToken: undefined });
  });

  it('carries the filter and the place in its token; a page that fits has none', () => {
    const ShardFilter = { Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000000' };
    const one = page({ StreamName: 'raw', ShardFilter, MaxResults: 2 });
    expect(one.ids).toEqual([1, 2]);
    expect(page({ NextToken: one.NextToken, MaxResults: 2 })).toEqual({ ids: [3, 4], NextToken: undefined });
  });

  it('begins after ExclusiveStartShardId', () => {
    expect(page({ StreamName: 'raw', ExclusiveStartShardId: 'shardId-000000000002' }).ids).toEqual([3, 4]);
  });

  it.each([
    ['neither a name nor a token', {}, 'InvalidArgumentException'],
    ['both', { StreamName: 'raw', NextToken: 'x' }, 'InvalidArgumentException'],
    ['a token and a filter', { NextToken: 'x', ShardFilter: { Type: 'AT_LATEST' } }, 'InvalidArgumentException'],
    ['a token that is none', { NextToken: 'x' }, 'InvalidArgumentException'],
    ['a token that is JSON of something else', { NextToken: 'bnVsbA==' }, 'InvalidArgumentException'],
  ])('refuses %s', (_what, params, type) => {
    expect(() => page(params)).toThrow(expect.objectContaining({ body: expect.objectContaining({ __type: type }) }));
  });

  it('refuses a token after five minutes', () => {
    const { NextToken } = page({ StreamName: 'raw', MaxResults: 1 });
    expect(page({ NextToken }, NOW + TOKEN_LIFE_MS).ids).toEqual([1, 2, 3, 4]);
    expect(() => page({ NextToken }, NOW + TOKEN_LIFE_MS + 1)).toThrow('expired');
  });
});
