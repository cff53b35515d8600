import { shardTarget } from './reshard';

test.each([
  ['as wanted', 8, 12, 12],
  ['not as now: then one more', 8, 8, 9],
  ['at most twice', 4, 12, 8],
  ['at least half', 12, 2, 6],
])('a stream gets as many shards %s', (_name, open, wanted, expected) => {
  expect(shardTarget(open, wanted)).toBe(expected);
});
