/**
 * `npm run test:mutants`: breaks one protective line after the other (mutants.ts), each in a process of its own, and has the
 * storms find out. Two at a time. Exit code 1 when one survives.
 *
 * `--mutant NAME` only that one; `--seed N` only that storm, and its whole chronicle goes to stderr.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inParallel } from '../../runtime/in-parallel';
import { numberOption, optionsOf, refuse } from '../command-options';
import { root } from '../source-tree';
import { mutants, type Mutant } from './mutants';
import type { Verdict } from './verdict';

const values = optionsOf('test:mutants', { mutant: { type: 'string' }, seed: { type: 'string' } });
if (values.seed !== undefined) numberOption('test:mutants', 'seed', values.seed);

/** Of a mutant; a storm takes about half a second. */
const SECONDS_MAX = 55;
const SEEDS_MAX = 10_000;
/** After that a process that still works on its last storm is killed: time stands still in it. */
const KILL_AFTER_MS = 60_000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs storms on the mutant until something does not hold. */
async function hunt({ edits, world, ignoring = [] }: Mutant): Promise<Verdict> {
  const isReplay = values.seed !== undefined;
  const child = spawn(
    process.execPath,
    [
      ...['--require', './test/register-typescript.js', join(__dirname, 'seek.ts')],
      ...['--world', world, '--seconds', String(SECONDS_MAX), '--ignoring', ignoring.join()],
      ...(isReplay ? ['--from', values.seed as string, '--seeds', '1', '--trace'] : ['--seeds', String(SEEDS_MAX)]),
    ],
    {
      cwd: root,
      env: { ...process.env, FLOTILLA_MUTANT: JSON.stringify(edits) },
      stdio: ['ignore', 'pipe', isReplay ? 'inherit' : 'pipe'],
    },
  );
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-2_000)));
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  let seed = 0;
  let verdict: Verdict | null = null;
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const said = JSON.parse(line) as { readonly seed: number } | Verdict;
    if ('kind' in said) verdict = said;
    else seed = said.seed;
  }
  await over;
  clearTimeout(timer);
  if (verdict !== null) return verdict;
  return child.signalCode === 'SIGKILL' ? { kind: 'stood still', seed } : { kind: 'crashed', message: errors };
}

function told(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'caught':
      return `caught by "${verdict.invariant}", seed ${verdict.seed}: ${verdict.message}`;
    case 'stood still':
      return `caught: time stands still in seed ${verdict.seed}`;
    case 'crashed':
      return `crashed, which proves nothing: ${verdict.message}`;
    case 'survived':
      return `SURVIVED ${verdict.seeds} storms`;
  }
}

async function main(): Promise<number> {
  const chosen = mutants.filter(({ name }) => values.mutant === undefined || name === values.mutant);
  if (chosen.length === 0) refuse('test:mutants', `no mutant is called ${values.mutant}; mutants.ts lists them`);
  const startedMs = performance.now();
  const outcomes = await inParallel(chosen, 2, async (mutant) => {
    const sinceMs = performance.now();
    const verdict = await hunt(mutant);
    print(`${((performance.now() - sinceMs) / 1_000).toFixed(1).padStart(5)} s  ${mutant.name}: ${told(verdict)}`);
    if (values.seed !== undefined && verdict.kind === 'caught') verdict.lines.forEach(print);
    return verdict.kind === 'caught' || verdict.kind === 'stood still';
  });
  const caught = outcomes.filter((isCaught) => isCaught).length;
  print(`${caught} of ${chosen.length} mutants caught in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  return caught === chosen.length ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
