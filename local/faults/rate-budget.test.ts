import { RateBudget } from './rate-budget';

test('a second’s worth may be taken at once, the rest as it comes', () => {
  const budget = new RateBudget(10, 0);
  expect(Array.from({ length: 12 }, () => budget.take(1, 0))).toEqual([...Array<boolean>(10).fill(true), false, false]);
  expect([budget.take(1, 100), budget.take(1, 100), budget.take(5, 600)]).toEqual([true, false, true]);
});

test('idle time is not saved up for longer than a second', () => {
  const budget = new RateBudget(10, 0);
  expect([budget.take(11, 60_000), budget.take(10, 60_000)]).toEqual([false, true]);
});

test('what was charged above the rest closes it until it is paid', () => {
  const budget = new RateBudget(10, 0);
  expect(budget.isOpen(0)).toBe(true);
  budget.charge(50);
  expect([budget.isOpen(3_900), budget.isOpen(4_100)]).toEqual([false, true]);
});
