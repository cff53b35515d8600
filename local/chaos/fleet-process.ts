/** One process of the fleet: started again whenever it ends, as pm2 does it, until it is told to end for good. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Clock } from '../../runtime/clock';
import { EXIT_BAD_SETTINGS } from '../../runtime/exit-codes';

export interface FleetProcessOptions {
  readonly name: string;
  /** Path of its main.js. */
  readonly script: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly clock: Clock;
  /** Every line that it writes. */
  readonly onLine: (line: string) => void;
}

const RESTART_DELAY_MS = 100;
const END_WITH_PARENT = join(__dirname, 'end-with-parent.js');

export class FleetProcess {
  /** How often it was started. */
  starts = 0;
  /** Ended though nobody had sent a signal. */
  crashes = 0;
  private child: ChildProcess | null = null;
  private isEnding = false;
  private isSignalled = false;
  private readonly log: WriteStream;
  private living: Promise<void> = Promise.resolve();

  constructor(private readonly options: FleetProcessOptions) {
    this.log = createWriteStream(options.logFile, { flags: 'a' });
  }

  get name(): string {
    return this.options.name;
  }

  /** Resolves when it says that it is ready; rejects when its settings are refused. */
  start(): Promise<void> {
    return this.run();
  }

  /** Of the process that runs now. */
  signal(name: NodeJS.Signals): void {
    if (name === 'SIGKILL' || name === 'SIGTERM') this.isSignalled = true;
    this.child?.kill(name);
  }

  /** Ends it and does not start it again; resolves to how it ended: exit code or signal. */
  async end(name: 'SIGTERM' | 'SIGKILL'): Promise<number | string | null> {
    this.isEnding = true;
    const { child } = this;
    this.signal(name);
    this.child?.kill('SIGCONT');
    await this.living;
    this.log.end();
    return child === null ? null : (child.exitCode ?? child.signalCode);
  }

  private run(): Promise<void> {
    const { script, environment, clock, onLine, name } = this.options;
    this.starts++;
    this.isSignalled = false;
    const child = spawn(process.execPath, ['--enable-source-maps', '--require', END_WITH_PARENT, script], {
      env: environment,
      detached: true, // Ctrl-C is for the command alone: what it ends, it ends itself
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output as Readable }).on('line', (line) => {
        this.log.write(`${line}\n`);
        onLine(line);
      });
    }
    const ended = once(child, 'close') as Promise<[number | null]>;
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message) => message === 'ready' && resolve());
      void ended.then(([code]) => code === EXIT_BAD_SETTINGS && reject(new Error(`${name} refuses its settings`)));
    });
    this.living = ended.then(async () => {
      if (!this.isSignalled) this.crashes++;
      if (this.isEnding) return;
      await clock.sleep(RESTART_DELAY_MS);
      if (!this.isEnding) void this.run().catch(() => undefined);
    });
    return ready;
  }
}
