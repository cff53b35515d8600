/** How long calls take under a latency fault. Pure. */
import { z } from 'zod';
import type { Random } from '../../runtime/random';

/** The longest that a call is made to wait, whatever a distribution says, ms: clients have given up long before. */
export const WAIT_MS_MAX = 120_000;
const ms = z.number().min(0).max(WAIT_MS_MAX);

/** `lognormal` is how services behave: most calls near the median, a few far above it. */
export const latencySchema = z
  .discriminatedUnion('distribution', [
    z.strictObject({ distribution: z.literal('fixed'), ms }),
    z.strictObject({ distribution: z.literal('uniform'), minMs: ms, maxMs: ms }),
    z.strictObject({ distribution: z.literal('lognormal'), medianMs: ms.positive(), p99Ms: ms.positive() }),
  ])
  .refine((latency) => latency.distribution !== 'uniform' || latency.minMs <= latency.maxMs, {
    message: 'minMs is above maxMs',
  })
  .refine((latency) => latency.distribution !== 'lognormal' || latency.medianMs <= latency.p99Ms, {
    message: 'medianMs is above p99Ms',
  });

export type Latency = z.infer<typeof latencySchema>;

/** How many standard deviations above the median the 99th percentile of a normal distribution lies. */
const P99_DEVIATIONS = 2.326_347_874;

/** One wait of the distribution, ms. */
export function drawLatencyMs(latency: Latency, random: Random): number {
  switch (latency.distribution) {
    case 'fixed':
      return latency.ms;
    case 'uniform':
      return latency.minMs + random.next() * (latency.maxMs - latency.minMs);
    case 'lognormal': {
      const deviation = Math.log(latency.p99Ms / latency.medianMs) / P99_DEVIATIONS;
      return Math.min(WAIT_MS_MAX, latency.medianMs * Math.exp(deviation * standardNormal(random)));
    }
  }
}

/** Box and Muller's way from two even dice to one normal one. */
const standardNormal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
