import { VirtualClock } from './virtual-clock';
import { FlotillaError } from './errors';
import { seededRandom } from './random';
import { backoffMs, withRetries } from './retry';

const random = seededRandom(1);
const backoff = { minMs: 100, maxMs: 1_000 };
const unavailable = (): FlotillaError => new FlotillaError('FLOTILLA_UNAVAILABLE', 'not now');

test.each([
  [1, 100],
  [2, 200],
  [4, 800],
  [5, 1_000],
  [1_000, 1_000],
])('the wait after attempt %i is between half of %i ms and all of it', (attempt, ceiling) => {
  for (let i = 0; i < 50; i++) {
    const ms = backoffMs(attempt, backoff, random);
    expect(ms).toBeGreaterThanOrEqual(ceiling / 2);
    expect(ms).toBeLessThanOrEqual(ceiling);
  }
});

describe('withRetries', () => {
  const failing = (failures: readonly unknown[]) => {
    const left = [...failures];
    const calls = { count: 0 };
    const run = async (): Promise<string> => {
      calls.count++;
      if (left.length > 0) throw left.shift();
      return 'done';
    };
    return { run, calls };
  };
  const settled = async <T>(clock: VirtualClock, promise: Promise<T>): Promise<PromiseSettledResult<T>> => {
    const [result] = await Promise.all([Promise.allSettled([promise]), clock.advance(60_000)]);
    return result[0];
  };

  test('a retryable failure is tried again until it succeeds', async () => {
    const clock = new VirtualClock();
    const { run, calls } = failing([unavailable(), unavailable()]);
    const result = await settled(clock, withRetries(run, { attemptsMax: Infinity, backoff, clock, random }));
    expect([result.status, calls.count]).toEqual(['fulfilled', 3]);
  });

  test('anything else is thrown at once', async () => {
    const clock = new VirtualClock();
    const { run, calls } = failing([new Error('a bug')]);
    const result = await settled(clock, withRetries(run, { attemptsMax: 5, backoff, clock, random }));
    expect([result.status, calls.count]).toEqual(['rejected', 1]);
  });

  test('the last of attemptsMax failures is thrown', async () => {
    const clock = new VirtualClock();
    const { run, calls } = failing([unavailable(), unavailable(), unavailable()]);
    const result = await settled(clock, withRetries(run, { attemptsMax: 3, backoff, clock, random }));
    expect([result.status, calls.count]).toEqual(['rejected', 3]);
  });

  test('an abort ends the waiting', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const { run, calls } = failing([unavailable(), unavailable()]);
    const running = withRetries(run, { attemptsMax: 9, backoff, clock, random, signal: stop.signal });
    await clock.settle();
    stop.abort();
    await expect(running).rejects.toThrow('not now');
    expect([calls.count, clock.sleeping]).toEqual([1, 0]);
  });
});
