import { inParallel } from './in-parallel';

describe('inParallel', () => {
  test('gives the results in the order of the items, whichever ends first', async () => {
    const ends: (() => void)[] = [];
    const running = inParallel(
      ['a', 'b', 'c'],
      3,
      (item) => new Promise<string>((resolve) => ends.push(() => resolve(item))),
    );
    for (const end of [...ends].reverse()) end();
    expect(await running).toEqual(['a', 'b', 'c']);
  });

  test('never runs more than atMost at a time, and all in the end', async () => {
    let running = 0;
    let most = 0;
    const done = await inParallel(Array.from({ length: 20 }), 3, async (_, index) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return index;
    });
    expect([most, done.length]).toEqual([3, 20]);
  });

  test('begins nothing after a failure, awaits what is under way, and throws the first one', async () => {
    const effects: string[] = [];
    const running = inParallel([0, 1, 2, 3], 2, async (item) => {
      effects.push(`begin ${item}`);
      if (item === 0) throw new Error('first');
      await new Promise((resolve) => setImmediate(resolve));
      effects.push(`end ${item}`);
    });
    await expect(running).rejects.toThrow('first');
    expect(effects).toEqual(['begin 0', 'begin 1', 'end 1']);
  });

  test('no items, no runs', async () => {
    expect(await inParallel([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
  });
});
