import type { Random } from './random';

export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** How long to wait before try number `attempt` + 1 (the first failure is attempt 1): doubling, capped, with full jitter above half. */
export function backoffMs(attempt: number, { minMs, maxMs }: Backoff, random: Random): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + random.next() * (ceiling / 2);
}
