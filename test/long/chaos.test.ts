/** Mixed faults for a minute each, from 20 seeds. */
import { expectPromisesKept, runChaos } from '../chaos-run';

const seeds = Array.from({ length: 20 }, (_, index) => String(index + 1));

test.each(seeds)(
  'a minute of faults, seed %s: nothing is lost, nothing is doubled',
  async (seed) => expectPromisesKept(await runChaos(['--minutes', '1', '--seed', seed])),
  420_000,
);
