import { seededRandom } from '../../runtime/random';
import { drawLatencyMs, latencySchema, type Latency } from './latency';

const drawn = (latency: Latency): number[] => {
  const random = seededRandom(1);
  return Array.from({ length: 10_000 }, () => drawLatencyMs(latency, random)).sort((a, b) => a - b);
};

test('a fixed latency is what it says', () => {
  expect(new Set(drawn({ distribution: 'fixed', ms: 40 }))).toEqual(new Set([40]));
});

test('a uniform one lies evenly between its bounds', () => {
  const all = drawn({ distribution: 'uniform', minMs: 100, maxMs: 200 });
  expect(all[0]).toBeGreaterThanOrEqual(100);
  expect(all.at(-1)).toBeLessThan(200);
  expect(all[5_000]).toBeGreaterThan(145);
  expect(all[5_000]).toBeLessThan(155);
});

test('a lognormal one has its median and its 99th percentile', () => {
  const all = drawn({ distribution: 'lognormal', medianMs: 10, p99Ms: 200 });
  expect(all[5_000]).toBeGreaterThan(9);
  expect(all[5_000]).toBeLessThan(11);
  expect(all[9_900]).toBeGreaterThan(150);
  expect(all[9_900]).toBeLessThan(260);
});

test.each([
  [{ distribution: 'uniform', minMs: 2, maxMs: 1 }, 'minMs is above maxMs'],
  [{ distribution: 'lognormal', medianMs: 2, p99Ms: 1 }, 'medianMs is above p99Ms'],
  [{ distribution: 'lognormal', medianMs: 0, p99Ms: 1 }, '>0'],
  [{ distribution: 'fixed', ms: 1e9 }, '<=120000'],
])('%j is refused: %s', (latency, why) => {
  expect(latencySchema.safeParse(latency).error?.message).toContain(why);
});
