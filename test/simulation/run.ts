/**
 * `npm run test:simulation -- --seeds 200`: many storms, one after the other, until the first in which something does not
 * hold; it is told with its newest lines, and the exit code is 1. `--enricher`: storms of the enricher itself.
 */
import { parseArgs } from 'node:util';
import { simulate } from './simulate';
import { simulateEnricher } from './simulate-enricher';
import type { Report } from './report';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    enricher: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function told({ seed, violations }: Report): string {
  const [first] = violations;
  if (first === undefined) return `seed ${seed}: all holds`;
  const lines = first.lines.map((line) => `    ${line}\n`).join('');
  return `seed ${seed}, ${(first.atMs / 1_000).toFixed(3)} s: ${first.invariant}: ${first.message}\n${lines}`;
}

async function main(): Promise<number> {
  const [first, count] = [Number(values.from), Number(values.seeds)];
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
