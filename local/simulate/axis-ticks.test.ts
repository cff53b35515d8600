import { timeTicks, valueTicks } from './axis-ticks';

describe('the marks of an axis', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [9, [0, 5, 10]],
    [12, [0, 5, 10, 15]],
    [100, [0, 50, 100]],
    [312, [0, 100, 200, 300, 400]],
    [4_001, [0, 2_000, 4_000, 6_000]],
  ])('of values up to %d stand at %j', (max, ticks) => {
    expect(valueTicks(max, 4)).toEqual(ticks);
  });

  it.each([
    [9_000, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [199_000, [0, 30, 60, 90, 120, 150, 180]],
    [3_600_000, [0, 300, 600, 900, 1_200, 1_500, 1_800, 2_100, 2_400, 2_700, 3_000, 3_300, 3_600]],
    [86_400_000, [0, 7_200, 14_400, 21_600, 28_800, 36_000, 43_200, 50_400, 57_600, 64_800, 72_000, 79_200, 86_400]],
  ])('of %i ms stand at the seconds %j', (maxMs, seconds) => {
    expect(timeTicks(maxMs, 12)).toEqual(seconds.map((one) => one * 1_000));
  });
});
