/** Where the marks of an axis stand: round numbers, few enough to be read. Pure. */

const ROUND = [1, 2, 5, 10];
/** Seconds that a clock shows as round. */
const ROUND_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600];

/** From 0 up to the first mark that is not below `max`: at most `count` steps of 1, 2 or 5 times a power of ten, 1 at least. */
export function valueTicks(max: number, count: number): number[] {
  const least = Math.max(1, max / count);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * (ROUND.find((one) => one * power >= least) ?? 10);
  const steps = Math.max(1, Math.ceil(max / step));
  return Array.from({ length: steps + 1 }, (_, i) => i * step);
}

/** From 0 up to `maxMs`, at most `count` steps, in milliseconds. */
export function timeTicks(maxMs: number, count: number): number[] {
  const least = maxMs / 1_000 / count;
  const stepS = ROUND_SECONDS.find((one) => one >= least) ?? Math.ceil(least / 3_600) * 3_600;
  return Array.from({ length: Math.floor(maxMs / 1_000 / stepS) + 1 }, (_, i) => i * stepS * 1_000);
}
