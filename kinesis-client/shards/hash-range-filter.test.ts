import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { hashRangeFilter } from './hash-range-filter';

const HASH_KEYS = 2n ** 128n;
const hashKey = fc.bigInt({ min: 0n, max: HASH_KEYS - 1n });
const md5Of = (key: string): bigint => BigInt(`0x${createHash('md5').update(key).digest('hex')}`);

describe('the hash range of a shard', () => {
  it('holds the records whose explicit hash key, or else the MD5 of their partition key, lies in it', () => {
    fc.assert(
      fc.property(
        hashKey,
        hashKey,
        fc.string({ unit: 'grapheme' }),
        fc.option(hashKey),
        (a, b, partitionKey, explicit) => {
          const [start, end] = a < b ? [a, b] : [b, a];
          const key = explicit ?? md5Of(partitionKey);
          const isInside = hashRangeFilter({ start: String(start), end: String(end) });
          const explicitHashKey = explicit === null ? undefined : String(explicit);
          expect(isInside?.({ partitionKey, explicitHashKey })).toBe(start <= key && key <= end);
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });

  it.each([
    ['9', false],
    ['10', true],
    ['20', true],
    ['21', false],
    ['0015', true],
    ['0', false],
    [String(HASH_KEYS), false],
  ])('from 10 to 20 and explicit hash key %s: %s', (explicitHashKey, expected) => {
    expect(hashRangeFilter({ start: '10', end: '20' })?.({ partitionKey: 'a', explicitHashKey })).toBe(expected);
  });

  it.each(['', 'ten', '-5', '1e3', ' 15'])(
    'takes the partition key when the explicit hash key is no number: %j',
    (explicitHashKey) => {
      const half = { start: '0', end: String(HASH_KEYS / 2n - 1n) };
      for (const partitionKey of ['a', 'b', 'c', 'd'])
        expect(hashRangeFilter(half)?.({ partitionKey, explicitHashKey })).toBe(md5Of(partitionKey) < HASH_KEYS / 2n);
    },
  );

  it('of a whole stream, or one that nobody knows, holds everything', () => {
    expect(hashRangeFilter(undefined)).toBeNull();
    expect(hashRangeFilter({ start: '0', end: String(HASH_KEYS - 1n) })).toBeNull();
  });
});
