/**
 * `flotilla chaos`: the promise under attack. Runs the pipeline as processes of its own, sends it real traffic, lets faults
 * strike the wire and kills processes, then lets it settle and proves from the stream and the bucket that nothing was lost
 * and nothing came twice.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkLine, checkTable, type Check } from '../../runtime/check';
import { systemClock as clock } from '../../runtime/clock';
import { loadSettings, settingsHelp } from '../../runtime/config';
import { environmentHere } from '../../runtime/environment';
import { messageOf } from '../../runtime/errors';
import { seededRandom, type Random } from '../../runtime/random';
import { stopRequests } from '../stop-requests';
import { chaosFields, type ChaosSettings } from './chaos-config';
import type { Comparison } from './compare-events';
import { Fleet } from './fleet';
import { Load } from './load';
import { OutputWatch } from './output-watch';
import { settle } from './settle';
import { runStorm, type Strike } from './storm';
import { chaosChecks, verdict } from './verdict';

/** Resolves to the exit code: 0 when all holds, 1 when something is broken or too little happened, 2 when nothing ran. */
export async function chaos(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) return help();
  const sources = { argv, environment: environmentHere(), readFile: (path: string) => readFileSync(path, 'utf8') };
  const loaded = loadSettings({ chaos: chaosFields }, sources, { bareSection: 'chaos', flags: ['--json'] });
  if (loaded.kind === 'faults') return refuse(loaded.faults);
  const settings = loaded.settings.chaos;
  let dataFolder: string;
  try {
    dataFolder = claimFolder(settings.data);
  } catch (error) {
    return refuse([messageOf(error)]);
  }
  const { checks, line } = await runChaos(settings, dataFolder);
  process.stdout.write(`\n${checkTable(checks)}\n${line}\n`);
  const holds = checks.every((check) => check.holds);
  if (holds && settings.data === '') rmSync(dataFolder, { recursive: true, force: true });
  else process.stdout.write(`streams, output and logs are in ${dataFolder}\n`);
  if (loaded.flags.has('--json')) process.stdout.write(checkLine('chaos', checks));
  return holds ? 0 : 1;
}

async function runChaos(settings: ChaosSettings, dataFolder: string): Promise<{ checks: Check[]; line: string }> {
  const { minutes, seed, rate, shards, enrichers } = settings;
  say(`${enrichers} enrichers on ${shards} shards, ${rate} events a second, ${minutes} minutes, seed ${seed}`);
  const stop = new AbortController();
  const hurry = new AbortController();
  const requests = stopRequests(clock, { stop: () => stop.abort(), hurry: () => hurry.abort() });
  const ask = (): void => requests.ask();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, ask);
  const fleet = await Fleet.start({ dataFolder, shards, enrichers, clock });
  hurry.signal.addEventListener('abort', () => void fleet.kill().then(() => process.exit(1)));
  try {
    const load = new Load({ collector: fleet.collectorUrl, rate, clock, random: randomOf(seed, 'load') });
    const output = new OutputWatch(fleet.bucketFolder, (id) => load.sent.has(id), clock);
    load.start();
    output.start();
    const felt = await runStorm({
      fleet,
      runMs: minutes * 60_000,
      shards,
      clock,
      randomOf: (lane) => randomOf(seed, lane),
      stop: stop.signal,
      onStrike: (strike) => say(strikeLine(strike)),
    });
    say('no more faults: everything settles');
    await load.stop();
    const { comparison, pending, stopFaults } = await settle(fleet, load.accepted, output, clock);
    writeFindings(dataFolder, comparison, output.faults);
    const checks = chaosChecks({
      comparison, accepted: load.accepted.size, felt, facts: fleet.facts, fileFaults: output.faults, stopFaults,
      pending, files: output.files, crashes: fleet.crashes, failedRequests: load.failedRequests,
    }); // prettier-ignore
    return { checks, line: verdict(checks, felt) };
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, ask);
    await fleet.kill();
  }
}

/** A sequence of its own for each purpose, from the one seed. */
function randomOf(seed: number, purpose: string): Random {
  let hash = seed;
  for (const byte of Buffer.from(purpose)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return seededRandom(hash);
}

/** The folder of `--data`, which must be empty, or a new temporary one. */
function claimFolder(data: string): string {
  if (data === '') return mkdtempSync(join(tmpdir(), 'flotilla-chaos-'));
  const folder = resolve(data);
  let names: string[];
  try {
    mkdirSync(folder, { recursive: true });
    names = readdirSync(folder);
  } catch (error) {
    throw new Error(`--data ${data} cannot be used (${messageOf(error)}); name an empty or a new folder`, {
      cause: error,
    });
  }
  if (names.length > 0) throw new Error(`--data ${data} is not empty: what lies there would be counted`);
  return folder;
}

/** For whoever has to find out why: what is wrong, by id. */
function writeFindings(dataFolder: string, comparison: Comparison, fileFaults: readonly string[]): void {
  const { notInStream, notInOutput, doubled } = comparison;
  const text = JSON.stringify({ notInStream, notInOutput, doubled, fileFaults }, null, 2);
  writeFileSync(join(dataFolder, 'findings.json'), `${text}\n`);
}

const strikeLine = ({ atMs, kind, effect }: Strike): string =>
  `${(atMs / 1_000).toFixed(1).padStart(7)} s  ${kind.padEnd(48)} ${effect ?? 'met nothing'}`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function refuse(faults: readonly string[]): number {
  for (const fault of faults) process.stderr.write(`flotilla: ${fault}\n`);
  return 2;
}

function help(): number {
  process.stdout.write('usage: npm run chaos -- [options]     (or: flotilla chaos [options])\n\n');
  process.stdout.write('Runs the pipeline on this machine under load, lets faults strike its wires and processes,\n');
  process.stdout.write('then proves from the stream and from S3 that nothing is lost or doubled. Exit code 1 when\n');
  process.stdout.write('it is, or when too few faults struck to say so.\n\n');
  process.stdout.write(`${settingsHelp({ chaos: chaosFields }, 'chaos')}\n`);
  process.stdout.write(`  ${'--json'.padEnd(34)} What was found as one JSON object, the last line.\n`);
  return 0;
}
