/** `flotilla chaos` as a person runs it, for tests: its last line under --json. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Check } from '../runtime/check';

const root = join(__dirname, '..');

export interface ChaosRun {
  readonly exitCode: number | null;
  readonly output: string;
  /** By their names. */
  readonly checks: ReadonlyMap<string, Check>;
}

export async function runChaos(options: readonly string[]): Promise<ChaosRun> {
  const child = spawn(process.execPath, ['local/flotilla.js', 'chaos', '--json', ...options], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const exitCode = await new Promise<number | null>((done) => child.once('close', done));
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`no JSON in the last line of\n${output}`);
  const { checks } = JSON.parse(last) as { checks: readonly Check[] };
  return { exitCode, output, checks: new Map(checks.map((check) => [check.name, check])) };
}

/** What must be 0 in every run, long or short. */
const promises = [
  'accepted, not in the stream',
  'in the stream, not in S3',
  'more often in S3 than in the stream',
  'files that changed, vanished or were not whole',
  'shards that stood still for a person',
  'commits left pending',
  'processes that did not stop in order',
];

/** A minute is too short to be conclusive by the command's own measure; what it shows must hold all the same. */
export function expectPromisesKept({ checks, output }: ChaosRun): void {
  const kept = promises.map((name) => [name, checks.get(name)?.value]);
  if (kept.some(([, value]) => value !== 0)) throw new Error(output);
  expect(kept).toEqual(promises.map((name) => [name, 0]));
  expect(checks.get('user records in the stream')?.value).toBeGreaterThan(1_000);
  expect(checks.get('faults that struck')?.value).toBeGreaterThan(30);
}
