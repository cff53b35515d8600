import { findGap } from '../leases/plan-shard-sync';
import { evenShards } from './even-shards';

describe('evenShards', () => {
  it.each([1, 2, 3, 53, 500])('%i of them cover the whole hash range, each key once', (count) => {
    const ranges = evenShards(count).map(({ hashRange }) => hashRange);
    expect([ranges.length, findGap(ranges)]).toEqual([count, undefined]);
    for (const [i, { start }] of ranges.slice(1).entries())
      expect(BigInt(start)).toBe(BigInt(ranges[i]?.end ?? '') + 1n);
  });
});
