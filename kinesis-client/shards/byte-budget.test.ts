import { ByteBudget } from './byte-budget';

const never = new AbortController().signal;
const state = async (promise: Promise<unknown>): Promise<string> =>
  Promise.race([
    promise.then((value) => (value === null ? 'given up' : 'granted')),
    Promise.resolve().then(() => 'waiting'),
  ]);

describe('ByteBudget', () => {
  it('grants what fits, and the rest in order as room is given back (scenario 57)', async () => {
    const seen: number[] = [];
    const budget = new ByteBudget(25, (bytes) => seen.push(bytes));
    const first = await budget.reserve(10, never);
    await budget.reserve(10, never);
    const large = budget.reserve(20, never);
    const small = budget.reserve(1, never);
    expect(await state(large)).toBe('waiting');
    expect(await state(small)).toBe('waiting'); // not past the one before it
    first?.shrink(3);
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

  it('refuses what can never fit', () => {
    expect(() => new ByteBudget(10).reserve(11, never)).toThrow(/never fit/);
  });
});
