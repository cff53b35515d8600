/**
 * Storms of a fleet of whole workers, checked after every step (invariants.ts). A handful of seeds; many more with
 * `npm run test:simulation`, and `npm run test:mutants` shows what the checks notice.
 */
import type { Report } from './report';
import { simulate } from './simulate';

const SEEDS = [1, 2, 3, 4, 5, 6];

/** What must have happened in some storm: the beginnings of names in the counts of a report. */
const HAPPENINGS = [
  ...[
    'strike: killed',
    'strike: joins',
    'strike: stopped for good',
    'strike: deployed',
    'strike: whole fleet deployed',
  ],
  ...[
    'strike: stands still',
    'strike: stands still as it writes',
    'strike: killed as it writes',
    'strike: cut off as it writes',
  ],
  ...[
    'strike: event loop blocked',
    'strike: network cut',
    'strike: wall clock jumps',
    'strike: robbed by a stranger',
    'strike: another application reads',
  ],
  ...[
    'strike: splits',
    'strike: merges',
    'strike: iterators expire',
    'strike: stream refuses',
    'strike: weather changes',
  ],
  ...['woke after two commits of another', 'write applied late', 'write units exceeded', 'read throttled'],
  ...['request answer lost', 'request request lost', 'request throttled', 'request late'],
  ...[
    'condition failed with item',
    'condition failed without item',
    'half an end',
    'iterator expired',
    'records repeated',
  ],
  ...[
    'row taken',
    'row let go',
    'row hand-over started',
    'row handed over',
    'row prepared',
    'row committed',
    'row checkpointed',
  ],
  ...['row created', 'row deleted', 'row described', 'restart asked', 'failed processRecords', 'failed initialize'],
  ...['checkpoint refused: InvalidStateException', 'checkpoint refused: ShutdownException', 'commit refused'],
  ...['called shutdownRequested', 'called shardEnded', 'called leaseLost'],
];

describe('a fleet in a storm', () => {
  const reports: Report[] = [];

  it.each(SEEDS)(
    'keeps one chain of checkpoints a shard, one owner at a time, and every record in order (seed %i)',
    async (seed) => {
      const report = await simulate(seed);
      reports.push(report);
      expect(report.violations).toEqual([]);
    },
    60_000,
  );

  it('has met everything that can happen', () => {
    const counts = reports.flatMap((report) => Object.entries(report.counts));
    const met = (what: string): boolean => counts.some(([name, times]) => name.startsWith(what) && times > 0);
    expect(HAPPENINGS.filter((what) => !met(what))).toEqual([]);
  });

  it('is the same again from the same seed, to the last line, and another from another seed', async () => {
    const [first, again, other] = [await shortStorm(1), await shortStorm(1), await shortStorm(2)];
    expect(again).toEqual(first);
    expect(other.hash).not.toBe(first.hash);
  }, 60_000);
});

const shortStorm = (seed: number): Promise<Report> => simulate(seed, { stormDurations: 10 });
