/**
 * An emulator that is a program of its own: started for a test file, awaited until it answers, and stopped by its process id.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { systemClock } from '../../runtime/clock';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it takes requests by now; may throw while it does not. */
  isReady(): Promise<boolean>;
}

const READY_WITHIN_MS = 25_000;
const LOOK_EACH_MS = 50;
/** After SIGTERM; then SIGKILL. */
const STOP_WITHIN_MS = 3_000;

/** Resolves, once the program answers, to what stops it. Rejects with its output when it ends before or never answers. */
export async function startProgram({
  command,
  args,
  folder,
  environment,
  isReady,
}: Program): Promise<() => Promise<void>> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  let end: unknown;
  const ended = once(child, 'close').then(
    () => (end = 'it ended'),
    (error: unknown) => (end = error),
  );
  const stop = async (): Promise<void> => {
    const stopped = new AbortController();
    child.kill('SIGTERM');
    void systemClock.sleep(STOP_WITHIN_MS, stopped.signal).then(() => stopped.signal.aborted || child.kill('SIGKILL'));
    await ended;
    stopped.abort();
  };
  const untilMs = systemClock.monotonicMs() + READY_WITHIN_MS;
  while (!(await isReady().catch(() => false))) {
    if (end === undefined && systemClock.monotonicMs() < untilMs) {
      await systemClock.sleep(LOOK_EACH_MS);
      continue;
    }
    if (end === undefined) await stop();
    throw new Error(`${command} ${args.join(' ')} does not answer: ${String(end)}\n${output}`);
  }
  return stop;
}

/** So many ports of this machine that nobody listens on. */
export async function freePortsOf(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
