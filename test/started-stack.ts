/** `flotilla start` as a person runs it: a real process tree on ports and a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';

const root = resolve(__dirname, '..');
const POLL_MS = 50;

export interface StartOptions {
  readonly data: string;
  readonly port: number;
  readonly arguments?: readonly string[];
  readonly environment?: Record<string, string>;
  /** What is put before `node local/flotilla.js start`: npm, a terminal. */
  readonly command?: (start: readonly string[]) => readonly string[];
}

export class StartedStack {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  /** The exit code of the process that was started. */
  readonly exit: Promise<number | null>;

  constructor(readonly options: StartOptions) {
    const { data, port, arguments: more = [], environment = {} } = options;
    const start = [process.execPath, 'local/flotilla.js', 'start', '--port', String(port), '--data', data, ...more];
    const [program = '', ...rest] = options.command ? options.command(start) : start;
    this.child = spawn(program, rest, {
      cwd: root,
      detached: true, // a process group of its own: what a terminal's Ctrl-C reaches
      env: { ...process.env, FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: '2000', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => this.lines.push(line));
    }
    this.exit = new Promise((done) => this.child.once('close', done));
  }

  /** Resolves when a line of the output matches; rejects with the whole output after the time. */
  async line(pattern: RegExp, withinMs = 30_000): Promise<string> {
    await until(
      () => this.lines.some((line) => pattern.test(line)),
      withinMs,
      () => `no line like ${pattern} in\n${this.lines.join('\n')}`,
    );
    return this.lines.find((line) => pattern.test(line)) as string;
  }

  async ready(): Promise<this> {
    await this.line(/^output {2}/);
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.options.port}`;
  }

  /** A page view with this event id, as a tracker sends it; true when it was accepted. */
  async send(eventId: string): Promise<boolean> {
    const query = `e=pv&p=web&tv=test-1&aid=start&eid=${eventId}&url=${encodeURIComponent('https://shop.example.com/')}`;
    return (await fetch(`${this.url}/i?${query}`)).status === 200;
  }

  /** To the whole foreground group, as a terminal does it; when the program is gone, nobody hears it. */
  ctrlC(): void {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    process.kill(-(this.child.pid as number), 'SIGINT');
  }

  /** The exit code, when the process that was started and all that it started are gone. */
  async ended(withinMs = 10_000): Promise<number | null> {
    await until(
      () => this.processes().length === 0,
      withinMs,
      () => `still there: ${this.processes().join(', ')}\n${this.lines.join('\n')}`,
    );
    return this.exit;
  }

  /** The pid of one process of the stack, found by the script that it runs. */
  pidOf(script: string): number {
    const [pid] = this.pidsOf(script);
    if (pid === undefined) throw new Error(`no process runs ${script}`);
    return pid;
  }

  /** The same, for a process that is just being started again. */
  async pidWhenThere(script: string): Promise<number> {
    await until(
      () => this.pidsOf(script).length > 0,
      10_000,
      () => `nobody started ${script} again`,
    );
    return this.pidOf(script);
  }

  pidsOf(script: string): number[] {
    // The first argument: the keeper has the names of all scripts in its second one.
    return processesOf(this.options.data)
      .filter(({ command }) => command.split(' ')[1]?.endsWith(script))
      .map(({ pid }) => pid);
  }

  processes(): string[] {
    return processesOf(this.options.data).map(({ pid, command }) => `${pid} ${command.slice(0, 100)}`);
  }

  /** Whatever a failed test left. */
  killAll(): void {
    for (const { pid } of processesOf(this.options.data)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as { code?: string }).code !== 'ESRCH') throw error;
      }
    }
  }
}

/** Every process that has the data folder in its environment or arguments, this one left out. */
function processesOf(data: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        if (command === '') return []; // a zombie, or the kernel's
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        return command.includes(data) || environment.includes(data) ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // ended meanwhile
      }
    });
}

/** The lines of one table of the output, `enriched` or `bad`, as they stand there. */
export function outputTexts(data: string, table: 'enriched' | 'bad'): string[] {
  const folder = join(data, 's3/flotilla', table);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.jsonl.gz'))
    .flatMap((file) =>
      gunzipSync(readFileSync(join(folder, file)))
        .toString('utf8')
        .split('\n'),
    )
    .filter((line) => line !== '');
}

/** The same as JSON. */
export const outputLines = (data: string, table: 'enriched' | 'bad'): Record<string, unknown>[] =>
  outputTexts(data, table).map((line) => JSON.parse(line) as Record<string, unknown>);

/** The event ids in the output, one for each line. */
export const eventIds = (data: string): string[] =>
  outputLines(data, 'enriched').map((line) => line.event_id as string);

export async function until(holds: () => boolean, withinMs: number, fault: () => string): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(fault());
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
}

/** A port that is free together with the 14 after it. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 700) * 16;
    const free = await Promise.all(Array.from({ length: 15 }, (_, i) => isFree(base + i)));
    if (free.every(Boolean)) return base;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(false));
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)));
  });

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'flotilla-start-'));
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });
