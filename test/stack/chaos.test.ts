/** Mixed faults for a minute, from two seeds; 20 of them run in `npm run test:long`. */
import { expectPromisesKept, runChaos } from '../chaos-run';

test.each(['101', '102'])(
  'a minute of faults, seed %s: nothing is lost, nothing is doubled',
  async (seed) => expectPromisesKept(await runChaos(['--minutes', '1', '--seed', seed])),
  420_000,
);
