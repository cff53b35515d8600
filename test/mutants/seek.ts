/**
 * One child of run.ts: storms from seeds 1, 2, 3 ... until the first in which something does not hold. It says what it does in
 * lines of JSON on stdout: `{"seed": 3}` when a storm begins, and at the end a `Verdict`. The mutant was put into the sources
 * while they were compiled (test/register-typescript.js).
 */
import { parseArgs } from 'node:util';
import { simulate } from '../simulation/simulate';
import { simulateEnricher } from '../simulation/simulate-enricher';
import type { Verdict } from './verdict';

const { values } = parseArgs({
  options: {
    world: { type: 'string' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    seconds: { type: 'string' },
    ignoring: { type: 'string', default: '' },
    trace: { type: 'boolean', default: false },
  },
});

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

async function seek(): Promise<Verdict> {
  const run = values.world === 'enricher' ? simulateEnricher : simulate;
  const ignoring = values.ignoring.split(',');
  const first = Number(values.from);
  const untilMs = performance.now() + Number(values.seconds) * 1_000;
  let seed = first;
  for (; seed < first + Number(values.seeds) && performance.now() < untilMs; seed++) {
    say({ seed });
    const onLine = (line: string): void => void process.stderr.write(`${line}\n`);
    const { violations } = await run(seed, { ignoring, ...(values.trace ? { onLine } : {}) });
    if (violations[0] !== undefined) return { kind: 'caught', seed, ...violations[0] };
  }
  return { kind: 'survived', seeds: seed - first };
}

// A promise that nobody waits for is rejected: the process would end, as a worker would.
process.on('unhandledRejection', (error) => {
  say({ kind: 'crashed', message: String(error) } satisfies Verdict);
  process.exit(0);
});

void seek().then((verdict) => say(verdict));
