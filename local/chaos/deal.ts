/** In which order and how long faults strike. Pure. */
import type { Random } from '../../runtime/random';

/** Of the kinds that met something least often so far, one by the dice: so every kind has its turn, also one that found nothing. */
export function nextKind<C extends { readonly kind: string }>(
  cards: readonly C[],
  felt: ReadonlyMap<string, number>,
  random: Random,
): C {
  const times = (card: C): number => felt.get(card.kind) ?? 0;
  const fewest = Math.min(...cards.map(times));
  const due = cards.filter((card) => times(card) === fewest);
  return due[random.integer(due.length)] as C;
}

/** How often each kind shall come at least: three times is enough to count, the rest is for those that find no call to strike. */
const ROUNDS = 5;

export interface Tempo {
  /** How long one fault lasts: between these, ms. */
  readonly forMs: readonly [min: number, max: number];
  /** How long nothing happens in the lane after it, ms: time to get on. */
  readonly pauseMs: number;
}

/** Short runs are dense, long ones give the fleet more air. */
export function tempoOf(runMs: number, kinds: number): Tempo {
  const slotMs = runMs / (ROUNDS * kinds);
  const longestMs = clamp(slotMs, 1_500, 6_000);
  return { forMs: [600, longestMs], pauseMs: clamp(slotMs - (600 + longestMs) / 2, 200, 5_000) };
}

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max);
