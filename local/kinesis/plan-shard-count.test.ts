import { seededRandom } from '../../runtime/random';
import { planShardCount } from './plan-shard-count';

const WHOLE = 2n ** 128n;
const evenly = (count: number): bigint[] =>
  Array.from({ length: count - 1 }, (_, i) => (WHOLE / BigInt(count)) * BigInt(i + 1)); // as CreateStream cuts
const after = (boundaries: readonly bigint[], { splitAt, mergeAt }: ReturnType<typeof planShardCount>): bigint[] =>
  [...boundaries, ...splitAt].filter((one) => !mergeAt.includes(one)).sort((a, b) => (a < b ? -1 : 1));

describe('planning a shard count', () => {
  it.each([
    [1, 2, 1, 0],
    [4, 8, 4, 0],
    [3, 6, 3, 0],
    [8, 4, 0, 4],
    [6, 3, 0, 3],
    [4, 6, 4, 2],
    [4, 4, 0, 0],
    [3, 2, 1, 2],
  ])('from %d even shards to %d takes %d splits and %d merges', (from, to, splits, merges) => {
    const plan = planShardCount(evenly(from), to);
    expect([plan.splitAt.length, plan.mergeAt.length]).toEqual([splits, merges]);
  });

  it('ends with the wanted number of shards, all of one size to a thousandth, whatever they were', () => {
    const random = seededRandom(11);
    for (let round = 0; round < 200; round++) {
      const count = 1 + random.integer(20);
      const boundaries = Array.from({ length: count - 1 }, () => BigInt(random.integer(2 ** 40)) << 88n)
        .filter((one, i, all) => one > 0n && all.indexOf(one) === i)
        .sort((a, b) => (a < b ? -1 : 1));
      const target = 1 + random.integer(20);
      const ends = [...after(boundaries, planShardCount(boundaries, target)), WHOLE];
      expect(ends).toHaveLength(target);
      ends.forEach((end, i) => {
        const size = Number(end - (ends[i - 1] ?? 0n)) / (Number(WHOLE) / target);
        if (Math.abs(size - 1) > 0.0021) throw new Error(`seed 11, round ${round}: shard ${i} has size ${size}`);
      });
    }
  });
});
