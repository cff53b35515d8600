import { afterFailure, closedBreaker, letThrough, type Breaker } from './breaker';

const limits = { openMinMs: 5_000, openMaxMs: 60_000, attemptMs: 500 };
const passes = (breaker: Breaker, nowMs: number): boolean => letThrough(breaker, nowMs, limits) !== null;

test('a closed breaker lets everybody through', () => {
  expect(letThrough(closedBreaker, 0, limits)).toBe(closedBreaker);
});

test('after a failure nobody asks for a while, then one for all', () => {
  const open = afterFailure(closedBreaker, 1_000, 1_500, limits);
  expect([1_500, 6_499, 6_500].map((nowMs) => passes(open, nowMs))).toEqual([false, false, true]);
  const trying = letThrough(open, 6_500, limits) as Breaker;
  expect([6_500, 6_999, 7_000].map((nowMs) => passes(trying, nowMs))).toEqual([false, false, true]);
});

test('of attempts that were under way together only the first failure counts', () => {
  const first = afterFailure(closedBreaker, 1_000, 1_500, limits);
  expect(afterFailure(first, 1_400, 1_800, limits)).toBe(first);
});

test('each failure in a row doubles the pause, up to the bound', () => {
  const pauses: number[] = [];
  let breaker = closedBreaker;
  for (let nowMs = 0; pauses.length < 6; nowMs = breaker.openUntilMs) {
    breaker = afterFailure(breaker, nowMs, nowMs + 500, limits);
    pauses.push(breaker.openUntilMs - breaker.openedAtMs);
  }
  expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
});
