/**
 * The process behind `flotilla start`, in a session of its own: runs pm2-runtime, watches its services, and stops all in
 * order when the starter says so or is gone (their IPC channel closes). It alone ends the stack and removes the lock.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { awsFields, createDynamoDBClient, createKinesisClient } from '../../runtime/aws-clients';
import { systemClock as clock } from '../../runtime/clock';
import { loadSettings } from '../../runtime/config';
import { environmentHere } from '../../runtime/environment';
import { messageOf } from '../../runtime/errors';
import { followLines } from './follow-lines';
import { releaseLock } from './lock-file';
import { judgeExit, serviceExit, type Crash } from './pm2-lines';
import type { App } from './preflight';
import { signal } from './processes';
import { untilReady } from './readiness';
import { killAtOnce, removeTemporaryHome, stopInOrder, stopPhases, untilGone } from './stop-stack';
import { unreadLine, unreadRecords } from './unread-records';

/** What the starter hands over, as JSON in the first argument. */
export interface KeeperTask {
  readonly root: string;
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly lockFile: string;
  readonly rawStream: string;
  readonly leaseTable: string;
  readonly apps: readonly App[];
}
export type ToKeeper = 'stop' | 'stop-now';
export type FromKeeper =
  | { readonly kind: 'pm2'; readonly pid: number; readonly home: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'note'; readonly line: string }
  | { readonly kind: 'ended'; readonly line: string; readonly exitCode: number };

/** A Unix socket's path may have 107 bytes; pm2 makes two in its home. */
const SOCKET_PATH_BYTES_MAX = 100;
const READY_WITHIN_MS = 30_000;
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const COUNT_UNREAD_MS = 800;

async function keep(task: KeeperTask): Promise<void> {
  const hurry = new AbortController();
  const stopping = new AbortController();
  const pm2Home = pm2HomeFor(task.dataFolder);
  shortenLogs(task.logFolder);
  const pm2Output = join(task.logFolder, 'pm2.log');
  const pm2 = startPm2(task.root, pm2Home, pm2Output);
  const pm2Pid = pm2.pid as number;
  tell(task, { kind: 'pm2', pid: pm2Pid, home: pm2Home });

  const ending = new Promise<{ line: string | null; exitCode: number }>((end) => {
    process.on('message', (message: ToKeeper) => {
      if (message === 'stop-now') hurry.abort();
      end({ line: null, exitCode: 0 });
    });
    process.on('disconnect', () => end({ line: null, exitCode: 0 }));
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.on(name, () => end({ line: null, exitCode: 0 }));
    pm2.once('exit', (code) => end({ line: `pm2-runtime ended by itself (exit code ${code})`, exitCode: 2 }));
    watchExits(task, pm2Output, stopping.signal, (line) => end({ line, exitCode: 2 }));
    untilReady(task.apps, clock, READY_WITHIN_MS, stopping.signal).then(
      (result) => {
        if (result === 'ready') tell(task, { kind: 'ready' });
        else if (result !== 'aborted') end({ line: result.late, exitCode: 2 });
      },
      (error: unknown) => end({ line: messageOf(error), exitCode: 2 }),
    );
  });

  const { line: reason, exitCode } = await ending;
  stopping.abort();
  if (reason !== null) tell(task, { kind: 'note', line: `stopping: ${reason}` });
  const line = await stopAll(task, pm2Pid, pm2Home, hurry.signal);
  removeTemporaryHome(pm2Home, task.dataFolder);
  releaseLock(task.lockFile);
  tell(task, { kind: 'ended', line: reason ?? line, exitCode });
  process.exitCode = exitCode;
  if (process.connected) process.disconnect();
}

async function stopAll(task: KeeperTask, pm2Pid: number, pm2Home: string, hurry: AbortSignal): Promise<string> {
  const startedMs = clock.monotonicMs();
  const killed = await stopInOrder(stopPhases.writers, pm2Home, startedMs, clock, hurry);
  const line = hurry.aborted
    ? 'stopped at once: what was not read is kept in the stream for the next start'
    : await countUnread(task);
  killed.push(...(await stopInOrder(stopPhases.rest, pm2Home, startedMs, clock, hurry)));
  if (killed.length > 0 && !hurry.aborted)
    tell(task, { kind: 'note', line: `did not stop in time and was killed: ${killed.join(', ')}` });
  await endPm2(pm2Pid, pm2Home, startedMs, hurry);
  return line;
}

async function endPm2(pm2Pid: number, pm2Home: string, startedMs: number, hurry: AbortSignal): Promise<void> {
  signal(pm2Pid, 'SIGTERM');
  await untilGone([pm2Pid], startedMs + 9_700, clock, hurry);
  killAtOnce(pm2Pid, pm2Home);
}

async function countUnread(task: KeeperTask): Promise<string> {
  const loaded = loadSettings({ aws: awsFields }, { argv: [], environment: environmentHere(), readFile: () => '{}' });
  if (loaded.kind === 'faults') return 'stopped';
  const kinesis = createKinesisClient(loaded.settings.aws);
  const dynamodb = createDynamoDBClient(loaded.settings.aws);
  try {
    const from = { kinesis, dynamodb, streamName: task.rawStream, leaseTable: task.leaseTable, clock };
    return unreadLine(await unreadRecords(from, clock.monotonicMs() + COUNT_UNREAD_MS));
  } catch (error) {
    return `stopped: what was not read is kept in the stream (it could not be counted: ${messageOf(error)})`;
  } finally {
    kinesis.destroy();
    dynamodb.destroy();
  }
}

/** Its output goes to a file of its own, in which the services' logs stand once more: see follow-lines.ts. */
function startPm2(root: string, pm2Home: string, outputPath: string): ChildProcess {
  const bin = resolve(root, 'node_modules', '.bin', 'pm2-runtime');
  const output = openSync(outputPath, 'w');
  const pm2 = spawn(process.execPath, [bin, 'start', join(root, 'ecosystem.config.js'), '--no-auto-exit'], {
    cwd: root,
    detached: true,
    env: { ...environmentHere(), PM2_HOME: pm2Home },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  return pm2;
}

function watchExits(task: KeeperTask, pm2Output: string, stopping: AbortSignal, end: (line: string) => void): void {
  let crashes: readonly Crash[] = [];
  const onLine = (line: string): void => {
    const exit = serviceExit(line);
    if (exit === null || stopping.aborted) return;
    const verdict = judgeExit(crashes, exit, clock.monotonicMs(), task.logFolder);
    if (verdict.kind === 'end') return end(verdict.line);
    crashes = verdict.crashes;
    const how = exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.code}`;
    tell(task, {
      kind: 'note',
      line: `${exit.service} ${how}; it is started again`,
    });
  };
  followLines(pm2Output, onLine, clock, stopping).catch((error: unknown) => end(messageOf(error)));
}

function pm2HomeFor(dataFolder: string): string {
  const inData = join(dataFolder, 'pm2');
  if (Buffer.byteLength(join(inData, 'pub.sock')) > SOCKET_PATH_BYTES_MAX)
    return mkdtempSync(join(tmpdir(), 'flotilla-'));
  rmSync(inData, { recursive: true, force: true });
  mkdirSync(inData, { recursive: true, mode: 0o700 });
  return inData;
}

/** A log that grew large becomes `NAME.log.1`; the one before it goes. */
function shortenLogs(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const path = join(folder, name);
    if (statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  }
}

/** To the starter while it lives; always to the log. */
function tell(task: KeeperTask, message: FromKeeper): void {
  appendFileSync(
    join(task.logFolder, 'flotilla.log'),
    `${JSON.stringify({ time: new Date(clock.wallMs()).toISOString(), ...message })}\n`,
  );
  if (process.connected) process.send?.(message);
}

if (require.main === module) void keep(JSON.parse(process.argv[2] as string) as KeeperTask);
