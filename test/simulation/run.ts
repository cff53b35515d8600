/**
 * `npm run test:simulation -- --seeds 200`: many storms, one after the other, until the first in which something does not
 * hold; it is told with its newest lines, and the exit code is 1. `--enricher`: storms of the enricher itself.
 */
import { numberOption, optionsOf } from '../command-options';
import { simulate } from './simulate';
import { simulateEnricher } from './simulate-enricher';
import type { Report } from './report';

const values = optionsOf('test:simulation', {
  seeds: { type: 'string', default: '100' },
  from: { type: 'string', default: '1' },
  enricher: { type: 'boolean', default: false },
  trace: { type: 'boolean', default: false },
});
const first = numberOption('test:simulation', 'from', values.from);
const count = numberOption('test:simulation', 'seeds', values.seeds);

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function told({ seed, violations }: Report): string {
  const [violation] = violations;
  if (violation === undefined) return `seed ${seed}: all holds`;
  const { atMs, invariant, message, lines } = violation;
  return `seed ${seed}, ${(atMs / 1_000).toFixed(3)} s: ${invariant}: ${message}\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

async function main(): Promise<number> {
  const run = values.enricher ? simulateEnricher : simulate;
  const totals = new Map<string, number>();
  const startedMs = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const report = await run(seed, values.trace ? { onLine: print } : {});
    if (report.violations.length > 0) {
      print(told(report));
      return 1;
    }
    for (const [what, times] of Object.entries(report.counts)) totals.set(what, (totals.get(what) ?? 0) + times);
  }
  for (const [what, times] of [...totals].sort(([a], [b]) => (a < b ? -1 : 1)))
    print(`${String(times).padStart(9)} ${what}`);
  const seconds = (performance.now() - startedMs) / 1_000;
  print(`${count} storms, ${(seconds / count).toFixed(2)} s each: all holds`);
  return 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
