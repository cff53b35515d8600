import { seededRandom } from '../../runtime/random';
import { afterRead, BYTES_PER_SECOND, fullReadBudget, waitBeforeReadMs } from './read-budget';

const MB = 1024 * 1024;

describe('the read budget of a shard', () => {
  it('allows the first call at once and the next one 200 ms after it was sent', () => {
    const fresh = fullReadBudget(1_000);
    expect(waitBeforeReadMs(fresh, 1_000)).toBe(0);
    const spent = afterRead(fresh, 1_000, 100);
    expect(waitBeforeReadMs(spent, 1_050)).toBe(150);
    expect(waitBeforeReadMs(spent, 1_200)).toBe(0);
  });

  it('makes up for two answers of 10 MB by waiting until 2 MB a second are met', () => {
    const once = afterRead(fullReadBudget(0), 0, 10 * MB);
    expect(waitBeforeReadMs(once, 200)).toBe(0); // the burst
    const twice = afterRead(once, 200, 10 * MB);
    expect(waitBeforeReadMs(twice, 400)).toBe(4_600);
  });

  it('saves up no more than the burst', () => {
    const rested = afterRead(fullReadBudget(0), 3_600_000, 20 * MB);
    expect(waitBeforeReadMs(rested, 3_600_000)).toBe(5_000);
  });

  it('#49 keeps 5 calls in every second and 2 MB/s beyond the burst, whatever the answers', () => {
    const random = seededRandom(49);
    let budget = fullReadBudget(0);
    let nowMs = 0;
    const calls: number[] = [];
    let bytesRead = 0;
    for (let i = 0; i < 2_000; i++) {
      nowMs += waitBeforeReadMs(budget, nowMs);
      calls.push(nowMs);
      const bytes = random.integer(10 * MB);
      bytesRead += bytes;
      budget = afterRead(budget, nowMs, bytes);
      nowMs += random.integer(300);
    }
    for (const at of calls)
      expect(calls.filter((call) => call >= at && call < at + 1_000).length).toBeLessThanOrEqual(5);
    expect(bytesRead).toBeLessThanOrEqual(20 * MB + (nowMs * BYTES_PER_SECOND) / 1_000);
  });
});
