/** The story of a fleet for a terminal: a line for each few seconds, in plain characters, 80 columns wide at most. Pure. */
import { spreadOf, type FleetSecond } from '../../kinesis-client/simulation/fleet-history';
import { clockText } from './clock-text';
import type { FleetStory } from './fleet-story';

const BAR_WIDTH = 30;
/** So many lines at most, beside those of the chapters. */
const LINES_MAX = 48;
/** Seconds a line. */
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1_800, 3_600];

/** Each line shows the worst of its seconds: the most free leases, the greatest spread, the most units. */
export function fleetChart({ chapters, history }: FleetStory): string {
  const { seconds, leases } = history;
  const step = STEPS.find((one) => seconds.length / one <= LINES_MAX) ?? (STEPS.at(-1) as number);
  const lines = [columns('time', `# owned, . free (of ${leases})`, 'free', 'spread', 'moves', 'read/s', 'write/s')];
  for (let first = 0; first < seconds.length; first += step) {
    const slot = seconds.slice(first, first + step);
    const fromMs = seconds[first - 1]?.atMs ?? 0;
    const last = slot.at(-1) as FleetSecond;
    const begun = chapters.filter(({ atMs }) => atMs >= fromMs && atMs < last.atMs);
    lines.push(...begun.map(({ atMs, title }) => `${clockText(atMs).padStart(6)}  -- ${title}`));
    const most = (of: (second: FleetSecond) => number): number => Math.max(...slot.map(of));
    const free = most(({ unowned }) => unowned);
    const moves = last.moves - (seconds[first - 1]?.moves ?? 0);
    const units = [most(({ readUnits }) => readUnits), most(({ writeUnits }) => writeUnits)];
    const numbers = [free, most(spreadOf), moves, ...units.map(Math.round)];
    lines.push(columns(clockText(last.atMs), bar(leases - free, leases), ...numbers.map(String)));
  }
  return `${lines.join('\n')}\n`;
}

const columns = (time: string, drawn: string, ...numbers: readonly string[]): string =>
  `${time.padStart(6)}  ${drawn.padEnd(BAR_WIDTH)}${numbers.map((number) => number.padStart(8)).join('')}`;

/** Whoever is free is seen, were it one of a thousand. */
function bar(owned: number, leases: number): string {
  const full = Math.floor((owned / leases) * BAR_WIDTH);
  return '#'.repeat(full) + '.'.repeat(BAR_WIDTH - full);
}
