/**
 * A service as a real process, run from its sources, for tests that must kill one. Its logs are kept for the message of
 * a failure; kill it in afterEach.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(__dirname, '..');

export interface ServiceProcess {
  /** Resolves when the process says `ready` over its channel, as pm2 waits for; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves to the exit code, or the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Everything written so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
}

/** `main` is relative to the repository, like `local/main.ts`; `settings` are environment variables. */
export function startServiceProcess(main: string, settings: Readonly<Record<string, string>>): ServiceProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--require', join(root, 'test/register-typescript.js'), join(root, main)],
    { cwd: root, env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (output += text.toString()));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message) => message === 'ready' && resolve());
    ended.then((how) => reject(new Error(`${main} ended with ${how} before it was ready:\n${output}`)), reject);
  });
  ready.catch(() => undefined); // whoever awaits it hears it
  return { ready, ended, output: () => output, kill: (signal) => void child.kill(signal) };
}
