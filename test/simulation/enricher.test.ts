/**
 * The enricher itself in storms. What must hold beside what holds for any fleet: every record of the stream is a line of the
 * output exactly once, no file is visible before its batch is prepared, nothing of a prepared batch is thrown away, and the
 * sink beside has everything first.
 */
import { simulateEnricher } from './simulate-enricher';

describe('enrichers in a storm', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'leave every record in the output exactly once (seed %i)',
    async (seed) => {
      const { violations, counts } = await simulateEnricher(seed);
      expect(violations).toEqual([]);
      expect(counts.madeVisible).toBeGreaterThan(5);
    },
    60_000,
  );
});
