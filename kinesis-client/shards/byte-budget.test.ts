import { ByteBudget } from './byte-budget';

const never = new AbortController().signal;
const state = async (promise: Promise<unknown>): Promise<string> =>
  Promise.race([
    promise.then((value) => (value === null ? 'given up' : 'granted')),
    Promise.resolve().then(() => 'waiting'),
  ]);

describe('ByteBudget', () => {
  it('grants what fits, and the rest in order as room is given back', async () => {
    const seen: number[] = [];
    const budget = new ByteBudget(25, (bytes) => seen.push(bytes));
    const first = await budget.reserve(10, never);
    await budget.reserve(10, never);
    const large = budget.reserve(20, never);
    const small = budget.reserve(1, never);
    expect(await state(large)).toBe('waiting');
    expect(await state(small)).toBe('waiting'); // not past the one before it
    first?.resize(3);
    expect(await state(large)).toBe('waiting');
    first?.release();
    first?.release();
    expect(budget.bytesUsed).toBe(10);
    expect(Math.max(...seen)).toBeLessThanOrEqual(25);
  });

  it('lets go of a waiter whose signal aborts, and serves the ones behind it', async () => {
    const budget = new ByteBudget(10);
    await budget.reserve(6, never);
    const stop = new AbortController();
    const large = budget.reserve(10, stop.signal);
    const small = budget.reserve(4, never);
    stop.abort();
    expect(await large).toBeNull();
    expect(await small).not.toBeNull();
    expect(await budget.reserve(1, stop.signal)).toBeNull();
  });

  it('lets a reservation grow only while there is room', async () => {
    const budget = new ByteBudget(10);
    const first = await budget.reserve(2, never);
    const second = await budget.reserve(5, never);
    expect(first?.resize(6)).toBe(false);
    expect([first?.bytes, budget.bytesUsed]).toEqual([2, 7]);
    expect(first?.resize(5)).toBe(true);
    second?.release();
    expect(first?.resize(10)).toBe(true);
    expect([first?.bytes, budget.bytesUsed]).toEqual([10, 10]);
  });

  it('refuses what can never fit', () => {
    expect(() => new ByteBudget(10).reserve(11, never)).toThrow(/never fit/);
  });
});
