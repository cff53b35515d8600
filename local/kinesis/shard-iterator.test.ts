import { ITERATOR_LIFE_MS, readShardIterator, writeShardIterator } from './shard-iterator';

const NOW = 1_700_000_000_000;
const position = { streamName: 'raw', shardId: 'shardId-000000000001', sequenceNumber: '49'.repeat(28) };

describe('a shard iterator', () => {
  it('leads back to its position for five minutes', () => {
    const iterator = writeShardIterator(position, NOW);
    expect(readShardIterator(iterator, NOW + ITERATOR_LIFE_MS)).toEqual(position);
    expect(() => readShardIterator(iterator, NOW + ITERATOR_LIFE_MS + 1)).toThrow(
      /^Iterator expired.*Nov 14 22:13:20 UTC 2023/,
    );
  });

  it.each([
    ['text', 'AAAAAAAAAAE'],
    ['nothing', ''],
    ['other bytes', Buffer.alloc(160, 7).toString('base64')],
    ['a changed one', writeShardIterator(position, NOW).replace(/.{4}$/, 'AAA=')],
    ['one of no shard', writeShardIterator({ ...position, shardId: 'shard' }, NOW)],
    ['one whose stream has a slash', writeShardIterator({ ...position, streamName: 'a/b' }, NOW)],
  ])('that is %s is refused', (_what, iterator) => {
    expect(() => readShardIterator(iterator, NOW)).toThrow('Invalid ShardIterator.');
  });
});
