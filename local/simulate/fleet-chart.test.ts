import type { FleetSecond } from '../../kinesis-client/simulation/fleet-history';
import { fleetChart } from './fleet-chart';
import type { FleetStory } from './fleet-story';

const second = (at: number, fields: Partial<FleetSecond> = {}): FleetSecond => ({
  atMs: at * 1_000,
  workers: 2,
  owned: 1_000,
  unowned: 0,
  ownedMin: 500,
  ownedMax: 500,
  moves: 0,
  readUnits: 25,
  writeUnits: 300,
  ...fields,
});

const storyOf = (seconds: readonly FleetSecond[]): FleetStory => ({
  chapters: [
    { atMs: 0, title: 'cold start' },
    { atMs: 1_500, title: 'crash' },
  ],
  history: { leases: 1_000, events: [], seconds },
  checks: [],
});

describe('the chart of a fleet', () => {
  it('has a line a second, with its chapters before what happened in them', () => {
    const seconds = [
      second(1, { unowned: 500, ownedMin: 100, ownedMax: 400, readUnits: 50.4 }),
      second(2, { unowned: 1, moves: 30 }),
      second(3, { moves: 31, ownedMax: 501 }),
    ];
    expect(fleetChart(storyOf(seconds)).split('\n')).toEqual([
      '  time  # owned, . free (of 1000)         free  spread   moves  read/s write/s',
      '  0:00  -- cold start',
      '  0:01  ###############...............     500     300       0      50     300',
      '  0:02  -- crash',
      '  0:02  #############################.       1       0      30      25     300',
      '  0:03  ##############################       0       1       1      25     300',
      '',
    ]);
  });

  it('of a long life shows the worst of the seconds of a line, within 80 columns and one screen', () => {
    const seconds = Array.from({ length: 4_000 }, (_, i) => second(i + 1, { moves: i, writeUnits: 1_000, unowned: Number(i === 1_234) * 77 })); // prettier-ignore
    const lines = fleetChart(storyOf(seconds)).trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThanOrEqual(51);
    const worst = lines.filter((line) => / 77 /.test(line));
    expect(worst).toEqual([' 22:00  ###########################...      77       0     120      25    1000']);
  });
});
