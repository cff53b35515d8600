/**
 * `flotilla start`: checks first, starts second. The person's terminal belongs to this process; the stack belongs to the
 * keeper. Ctrl-C, SIGTERM, a closed terminal and the death of npm all mean: stop in order. A second Ctrl-C: at once.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { systemClock as clock } from '../../runtime/clock';
import { loadSettings, settingsHelp } from '../../runtime/config';
import { environmentHere } from '../../runtime/environment';
import { stopRequests } from '../stop-requests';
import type { FromKeeper, KeeperTask, ToKeeper } from './keeper';
import { holderOf, releaseLock, shareLock } from './lock-file';
import { checkSettings, claimMachine, type App } from './preflight';
import { parentOf } from './processes';
import {
  LAST_PORT_OFFSET,
  leaveToFile,
  localEnvironment,
  stackLayout,
  startFields,
  type StackLayout,
} from './start-config';
import { killAtOnce, removeTemporaryHome, stopInOrder, stopPhases } from './stop-stack';

const root = resolve(__dirname, '..', '..', '..');
const EXIT_REFUSED = 2;
const WATCH_PARENT_MS = 300;

/** Resolves to the exit code when the stack has stopped: 0 as asked, 1 not as it should, 2 never started or given up. */
export async function start(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) return help();
  const sections = { start: startFields };
  const sources = { argv, environment: environmentHere(), readFile: (path: string) => readFileSync(path, 'utf8') };
  const loaded = loadSettings(sections, sources, { bareSection: 'start', flags: ['--fresh'] });
  if (loaded.kind === 'faults') return refuse(loaded.faults);
  const settings = loaded.settings.start;
  if (settings.port + LAST_PORT_OFFSET > 65_535) {
    return refuse([
      `--port is ${settings.port}: it must be at most ${65_535 - LAST_PORT_OFFSET}, other services use the ports after it`,
    ]);
  }

  const layout = stackLayout(settings);
  const { file } = loaded;
  const environment = {
    ...leaveToFile(localEnvironment(settings), file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'))),
    ...environmentHere(),
    ...(file === undefined ? {} : { FLOTILLA_CONFIG: resolve(file) }),
    FLOTILLA_LOCAL: '1',
    FLOTILLA_START_PORT: String(settings.port),
    FLOTILLA_START_LOG_FOLDER: layout.logFolder,
  };
  const apps = readEcosystem(environment);
  const faults = await checkSettings(apps, environment);
  if (faults.length > 0) return refuse(faults);
  const fault = await claimMachine(layout, loaded.flags.has('--fresh'));
  if (fault !== null) return refuse([fault]);
  return runKeeper({ layout, apps, environment });
}

interface Stack {
  readonly layout: StackLayout;
  readonly apps: readonly App[];
  readonly environment: NodeJS.ProcessEnv;
}

async function runKeeper({ layout, apps, environment }: Stack): Promise<number> {
  const task: KeeperTask = {
    root,
    dataFolder: layout.dataFolder,
    logFolder: layout.logFolder,
    lockFile: layout.lockFile,
    rawStream: environment.FLOTILLA_STREAM_RAW ?? 'raw',
    leaseTable: environment.FLOTILLA_ENRICHER_APPLICATION_NAME ?? 'enricher',
    apps,
  };
  const keeper = fork(join(__dirname, 'keeper.js'), [JSON.stringify(task)], {
    detached: true,
    env: environment,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  shareLock(layout.lockFile, [holderOf(process.pid), holderOf(keeper.pid as number)]);
  const ended = new AbortController();
  listenForStop(keeper, ended.signal);
  return followKeeper(keeper, layout).finally(() => ended.abort());
}

/** Prints what the keeper says until it has ended; resolves to the exit code. */
function followKeeper(keeper: ChildProcess, layout: StackLayout): Promise<number> {
  return new Promise((end) => {
    let pm2: { pid: number; home: string } | undefined;
    let exitCode: number | undefined;
    keeper.on('message', (message: FromKeeper) => {
      if (message.kind === 'pm2') pm2 = message;
      if (message.kind === 'note') say(message.line);
      if (message.kind === 'ready') {
        say(`collector  ${layout.collectorUrl}`);
        say(`output  ${layout.outputFolder}`);
      }
      if (message.kind === 'ended') {
        exitCode = message.exitCode;
        say(message.line);
      }
    });
    // The channel closes when its last message was read, which may be after the process has ended.
    keeper.on('disconnect', () => {
      if (exitCode !== undefined) return end(exitCode);
      void stopWithoutKeeper(pm2, layout).then(() => end(1));
    });
  });
}

/** The keeper was killed: this process does what it would have done. */
async function stopWithoutKeeper(pm2: { pid: number; home: string } | undefined, layout: StackLayout): Promise<void> {
  if (pm2) {
    const phases = [...stopPhases.writers, ...stopPhases.rest];
    await stopInOrder(phases, pm2.home, clock.monotonicMs(), clock, new AbortController().signal);
    killAtOnce(pm2.pid, pm2.home);
    removeTemporaryHome(pm2.home, layout.dataFolder);
  }
  releaseLock(layout.lockFile);
  say('stopped: the keeper process was killed; what was not read is kept in the stream for the next start');
}

function listenForStop(keeper: ChildProcess, ended: AbortSignal): void {
  const tell = (message: ToKeeper): void => {
    if (keeper.connected) keeper.send(message);
  };
  const requests = stopRequests(clock, {
    stop() {
      say('stopping (Ctrl-C again stops at once)');
      tell('stop');
    },
    hurry: () => tell('stop-now'),
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => requests.ask());
  void untilOrphaned(ended).then(() => {
    if (!requests.isAsked && !ended.aborted) requests.ask();
  });
  // A closed terminal makes every write fail; that is no reason to die before the stack has stopped.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** npm runs us through a shell: when either of them is gone, nobody waits for us any more. */
async function untilOrphaned(ended: AbortSignal): Promise<void> {
  const parent = process.ppid;
  const grandparent = parentOf(parent);
  while (!ended.aborted && process.ppid === parent && parentOf(parent) === grandparent) {
    await clock.sleep(WATCH_PARENT_MS, ended);
  }
}

/** The same process list that production runs; it reads the environment that the services will have. */
function readEcosystem(environment: NodeJS.ProcessEnv): readonly App[] {
  Object.assign(environmentHere(), environment);
  return (createRequire(__filename)(join(root, 'ecosystem.config.js')) as { apps: readonly App[] }).apps;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function refuse(faults: readonly string[]): number {
  for (const fault of faults) process.stderr.write(`flotilla: ${fault}\n`);
  return EXIT_REFUSED;
}

function help(): number {
  say('usage: npm start -- [options]     (or: flotilla start [options])\n');
  say('Runs emulators, schema server, collector and two enrichers on this machine. Ctrl-C stops them in order.\n');
  say(settingsHelp({ start: startFields }, 'start'));
  say(`  ${'--fresh'.padEnd(34)} empty the data folder first`);
  say(`  ${'--config FILE'.padEnd(34)} settings of every service, as JSON: {"collector": {"cookieName": "id"}}`);
  say('\nEvery FLOTILLA_* variable of docs/configuration.md works here too.');
  return 0;
}
