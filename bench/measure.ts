/**
 * What work costs, measured so that a busy machine does not matter much: CPU time of this process, in many short rounds in
 * which all cases take turns, and medians of what each round says. Ratios compare cases of one round.
 */
import { systemClock } from '../runtime/clock';

export interface Case {
  readonly name: string;
  /** Does some work, at most a few milliseconds, and says how many units it was. */
  run(): number;
}

export interface Cost {
  readonly name: string;
  /** CPU time a unit, microseconds. All threads of the process count: garbage collection, too. */
  readonly cpuUs: number;
  /** Units a second on one core. */
  readonly perSecond: number;
  /** CPU time in units of the first case. */
  readonly ratio: number;
}

const ROUND_MS = 100;
const WARM_UP_ROUNDS = 3;

/** Takes `seconds` for each case. The first case is the reference. */
export function compare(seconds: number, cases: readonly Case[]): Cost[] {
  const rounds = Math.max(5, Math.round((seconds * 1000) / ROUND_MS));
  const measured: number[][] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const cpuUs = cases.map(cpuOfRound);
    if (round >= 0) measured.push(cpuUs);
  }
  return cases.map(({ name }, i) => {
    const cpuUs = median(measured.map((round) => round[i] as number));
    const ratio = median(measured.map((round) => (round[i] as number) / (round[0] as number)));
    return { name, cpuUs, ratio, perSecond: 1e6 / cpuUs };
  });
}

function cpuOfRound({ run }: Case): number {
  const startMs = systemClock.monotonicMs();
  const before = process.cpuUsage();
  let units = 0;
  while (systemClock.monotonicMs() - startMs < ROUND_MS) units += run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / units;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** A case that takes its items in turn, for ever. Each is so many units of work. */
export function inTurn<T>(name: string, items: readonly T[], units: number, work: (item: T) => unknown): Case {
  let next = 0;
  return {
    name,
    run() {
      work(items[next] as T);
      next = (next + 1) % items.length;
      return units;
    },
  };
}
