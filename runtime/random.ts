/**
 * Chance as a dependency. Decisions take a Random, so that a test (and a simulation) can repeat them from a seed.
 */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  integer(bound: number): number;
  /** A new array with the same items in random order. */
  shuffle<T>(items: readonly T[]): T[];
  /** A UUID, version 4. */
  uuid(): string;
}

function randomFrom(next: () => number, uuid: () => string): Random {
  const integer = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    integer,
    uuid,
    shuffle<T>(items: readonly T[]): T[] {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
      }
      return shuffled;
    },
  };
}

/** Not to be foretold: ids of users come from it. */
export const systemRandom: Random = randomFrom(() => randomBytes(6).readUIntBE(0, 6) / 2 ** 48, randomUUID);

/** The same sequence for the same seed (mulberry32). For tests and simulations only: it is easy to predict. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join('');
  const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[Math.floor(next() * 4)]}${hex(3)}-${hex(12)}`;
  return randomFrom(next, uuid);
}
