import type { Lease } from '../leases/lease';
import { childrenOf, mayCreateChild, shardEndIn } from './shard-end';
import type { ChildShard, RecordsAnswer } from './stream';

const child = (...parentShardIds: string[]): ChildShard => ({
  shardId: 'child',
  parentShardIds,
  hashRange: { start: '0', end: '9' },
});
const answer = (nextIterator: string | null, children: ChildShard[]): RecordsAnswer => ({
  kind: 'records',
  records: [],
  nextIterator,
  millisBehindLatest: 0,
  children,
});
const row = {} as Lease;

describe('#41 shardEndIn', () => {
  it.each([
    ['a next iterator', answer('next', []), 'open'],
    ['no next iterator and the children of a split', answer(null, [child('a'), child('a')]), 'end'],
    ['no next iterator and the child of a merge', answer(null, [child('a', 'b')]), 'end'],
    ['no next iterator and no children', answer(null, []), 'invalid'],
    ['no next iterator and a child without parents', answer(null, [child('a'), child()]), 'invalid'],
    ['children and a next iterator', answer('next', [child('a')]), 'invalid'],
  ])('%s', (_what, given, expected) => {
    expect(shardEndIn(given)).toBe(expected);
  });
});

describe('#38 mayCreateChild', () => {
  it.each([
    ['a split', child('a'), [row], true],
    ['a merge with both rows', child('a', 'b'), [row, row], true],
    ['a merge with one row', child('a', 'b'), [row, undefined], false],
  ])('of %s', (_what, given, parents, expected) => {
    expect(mayCreateChild(given, parents)).toBe(expected);
  });
});

describe('childrenOf', () => {
  it('finds the children of a split and of a merge in the list of shards', () => {
    const shard = (shardId: string, parentShardId?: string, adjacentParentShardId?: string) => ({
      ...{ shardId, parentShardId, adjacentParentShardId },
      ...{ hashRange: { start: '0', end: '9' }, startingSequenceNumber: '1', isClosed: false },
    });
    const shards = [shard('a'), shard('b'), shard('c', 'a'), shard('d', 'a'), shard('e', 'b', 'd')];
    expect(childrenOf('a', shards).map(({ shardId }) => shardId)).toEqual(['c', 'd']);
    expect(childrenOf('d', shards)).toMatchObject([{ shardId: 'e', parentShardIds: ['b', 'd'] }]);
  });
});
