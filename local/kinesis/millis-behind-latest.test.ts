import { millisBehindLatest } from './millis-behind-latest';

it.each([
  ['nothing left', 1_000, false, 5_000, 0],
  ['more left: the age of the newest record', 1_000.4, true, 5_000, 4_000],
  ['no record at all', undefined, false, 5_000, 0],
  ['a record stamped ahead of the clock', 6_000, true, 5_000, 0],
])('a reader with %s', (_what, arrivedMs, hasMore, nowMs, expected) => {
  expect(millisBehindLatest(arrivedMs, hasMore, nowMs)).toBe(expected);
});
