import { VirtualClock } from './virtual-clock';
import { systemClock } from './clock';
import { seededRandom, systemRandom } from './random';
import { backoffMs } from './retry';

describe('backoff', () => {
  it('doubles up to its bound, with jitter in the upper half', () => {
    const random = seededRandom(7);
    for (const [attempt, ceiling] of [
      [1, 100],
      [2, 200],
      [3, 400],
      [5, 1_000],
      [2_000, 1_000],
    ] as const) {
      // prettier-ignore
      const waits = Array.from({ length: 50 }, () => backoffMs(attempt, { minMs: 100, maxMs: 1_000 }, random));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(ceiling / 2);
      expect(Math.max(...waits)).toBeLessThanOrEqual(ceiling);
      expect(new Set(waits).size).toBeGreaterThan(1);
    }
  });
});

describe('random', () => {
  it('repeats itself from a seed', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return [random.next(), random.integer(100), random.shuffle([1, 2, 3, 4, 5]), random.uuid()];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('shuffles without losing or doubling', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    for (const random of [seededRandom(3), systemRandom]) {
      const shuffled = random.shuffle(items);
      expect(shuffled).not.toEqual(items);
      expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
    }
  });

  it('makes UUIDs of version 4', () => {
    for (const random of [seededRandom(3), systemRandom]) {
      expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});

describe('the clock', () => {
  it('ends a sleep at once when its signal aborts, before or during', async () => {
    const already = AbortSignal.abort();
    await systemClock.sleep(60_000, already);
    const later = new AbortController();
    const sleep = systemClock.sleep(60_000, later.signal);
    later.abort();
    await sleep;
  });

  it('never ends a sleep too soon, by its own reading', async () => {
    const early = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const ms = 1 + i * 0.19;
        const startMs = systemClock.monotonicMs();
        await systemClock.sleep(ms);
        return systemClock.monotonicMs() - startMs < ms;
      }),
    );
    expect(early).not.toContain(true);
  });

  it('is virtual in tests: sleeps end in the order in which they are due', async () => {
    const clock = new VirtualClock();
    const ends: number[] = [];
    for (const ms of [300, 100, 200]) void clock.sleep(ms).then(() => ends.push(clock.monotonicMs()));
    await clock.advance(250);
    expect(ends).toEqual([100, 200]);
  });
});
