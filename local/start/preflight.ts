/**
 * What `flotilla start` checks before it starts anything: the settings of every service, the lock, the folder, the ports.
 * A refusal is one line a fault.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '../../runtime/errors';
import { takeLock } from './lock-file';
import type { StackLayout } from './start-config';

/** One entry of ecosystem.config.js, as far as the starter reads it. */
export interface App {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly instances?: number;
  readonly env: Readonly<Record<string, string>>;
}

/** Asks each service to check its settings (`--check`). Returns all their faults. */
export async function checkSettings(apps: readonly App[], environment: NodeJS.ProcessEnv): Promise<string[]> {
  const faults = await Promise.all(apps.map((app) => checkApp(app, environment)));
  return [...new Set(faults.flat())];
}

function checkApp(app: App, environment: NodeJS.ProcessEnv): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [app.script, ...(app.args ?? []), '--check'], {
      env: { ...environment, ...app.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const lines = said.split('\n').filter((line) => line !== '');
      resolve(code === 0 ? [] : lines.length > 0 ? lines : [`${app.name} cannot start (exit code ${code})`]);
    });
  });
}

/**
 * Takes the lock, writes in the folder, empties it when asked to, and binds every port once. One fault at most: each stands on
 * the one before.
 */
export async function claimMachine(layout: StackLayout, fresh: boolean): Promise<string | null> {
  try {
    mkdirSync(layout.logFolder, { recursive: true });
    probeWrite(join(layout.dataFolder, '.probe'));
  } catch (error) {
    return `the data folder ${layout.dataFolder} cannot be written (${messageOf(error)}); choose another with --data`;
  }
  const lock = takeLock(layout.lockFile, layout.collectorUrl);
  if (lock !== 'taken') return `already running on ${layout.dataFolder}: pid ${lock.pid}, ${lock.url}`;
  for (const { port, of } of layout.ports) {
    const fault = await tryPort(port);
    if (fault !== null) {
      rmSync(layout.lockFile, { force: true });
      return `port ${port} (${of}) ${fault}; choose other ports with --port`;
    }
  }
  if (fresh) empty(layout);
  return null;
}

function probeWrite(path: string): void {
  const file = openSync(path, 'w');
  writeSync(file, 'x');
  closeSync(file);
  rmSync(path);
}

function tryPort(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'is in use' : `cannot be bound (${error.code})`),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)));
  });
}

/** Only what a stack makes: a wrong --data never costs somebody's files. */
const OURS = ['kinesis', 'dynamodb', 's3', 'logs', 'pm2'];

function empty(layout: StackLayout): void {
  for (const name of readdirSync(layout.dataFolder)) {
    if (OURS.includes(name)) rmSync(join(layout.dataFolder, name), { recursive: true, force: true });
  }
  mkdirSync(layout.logFolder, { recursive: true });
}
