import { seededRandom } from '../../runtime/random';
import { nextKind, tempoOf } from './deal';

const cards = ['a', 'b', 'c', 'd'].map((kind) => ({ kind }));

/** The kinds in the order in which they are dealt, when each meets something but those named. */
function dealt(turns: number, seed: number, meetsNothing: readonly string[] = []): string[] {
  const random = seededRandom(seed);
  const felt = new Map<string, number>();
  return Array.from({ length: turns }, () => {
    const { kind } = nextKind(cards, felt, random);
    if (!meetsNothing.includes(kind)) felt.set(kind, (felt.get(kind) ?? 0) + 1);
    return kind;
  });
}

test('every kind has its turn before any comes again, in an order of the seed', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const kinds = dealt(12, seed);
    for (const round of [0, 4, 8]) expect(kinds.slice(round, round + 4).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(dealt(12, seed)).toEqual(kinds);
  }
  expect(new Set(Array.from({ length: 20 }, (_, seed) => dealt(4, seed).join(''))).size).toBeGreaterThan(5);
});

test('one that met nothing comes again', () => {
  const kinds = dealt(10, 1, ['c']);
  expect(kinds.filter((kind) => kind === 'c').length).toBeGreaterThan(5);
});

test.each([
  ['a short run is dense', 60_000, 9, { forMs: [600, 1_500], pauseMs: 283.3 }],
  ['a very short one no denser than the fleet can bear', 12_000, 9, { forMs: [600, 1_500], pauseMs: 200 }],
  ['ten minutes leave air', 600_000, 9, { forMs: [600, 6_000], pauseMs: 5_000 }],
])('%s', (_name, runMs, kinds, { forMs, pauseMs }) => {
  const tempo = tempoOf(runMs, kinds);
  expect(tempo.forMs[0]).toBe(forMs[0]);
  expect(tempo.forMs[1]).toBeCloseTo(forMs[1] as number, 0);
  expect(tempo.pauseMs).toBeCloseTo(pauseMs, 0);
});
