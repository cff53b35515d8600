import { faultRuleSchema, type RuleOf } from '../faults/fault-rule';
import { ShardBudgets } from './shard-budgets';

/** The service's own: 1,000 records and 1 MiB a second in, 5 reads and 2 MiB a second out, for each shard. */
const limits = faultRuleSchema.parse({ kind: 'shard-limits', service: 'kinesis' }) as RuleOf<'shard-limits'>;
const KIB = 1024;

const taken = (budgets: ShardBudgets, count: number, bytes: number, nowMs: number, shard = 'a'): number =>
  Array.from({ length: count }, () => budgets.takesRecord(shard, bytes, nowMs)).filter(Boolean).length;

test('a shard takes 1,000 records a second, each shard its own', () => {
  const budgets = new ShardBudgets(limits);
  expect(taken(budgets, 1_500, 10, 0)).toBe(1_000);
  expect(taken(budgets, 1_500, 10, 0, 'b')).toBe(1_000);
  expect(taken(budgets, 1_500, 10, 500)).toBe(500);
});

test('or 1 MiB; a smaller record fits where a large one did not', () => {
  const budgets = new ShardBudgets(limits);
  expect(taken(budgets, 4, 300 * KIB, 0)).toBe(3);
  expect(taken(budgets, 1, 100 * KIB, 0)).toBe(1);
  expect(taken(budgets, 1, 1024 * KIB, 1_000)).toBe(1);
});

test('a shard is read five times a second', () => {
  const budgets = new ShardBudgets(limits);
  const read = (nowMs: number): boolean => budgets.givesRecords('a', nowMs);
  expect([0, 1, 2, 3, 4, 5].map(read)).toEqual([true, true, true, true, true, false]);
  expect([read(150), read(250)]).toEqual([false, true]);
});

test('and after an answer of 10 MiB not for five seconds less the one that was free', () => {
  const budgets = new ShardBudgets(limits);
  expect(budgets.givesRecords('a', 0)).toBe(true);
  budgets.wasRead('a', 10 * KIB * KIB, 0);
  expect([budgets.givesRecords('a', 3_900), budgets.givesRecords('a', 4_100)]).toEqual([false, true]);
});

test('iterators have a limit of their own', () => {
  const budgets = new ShardBudgets(limits);
  for (let n = 0; n < 5; n++) budgets.givesRecords('a', 0);
  expect([1, 2, 3, 4, 5, 6].map(() => budgets.givesIterator('a', 0))).toEqual([true, true, true, true, true, false]);
});
