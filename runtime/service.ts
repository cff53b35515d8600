/**
 * The frame around every process: settings, log, metrics, admin port, start, stop. Each service's main.ts calls
 * `runService` and nothing else; what it starts, it stops in reverse order.
 *
 * Exit codes: 0 stopped as asked; 130 the same, asked by SIGINT; 78 bad settings (pm2 must not restart it); 1 anything else.
 * To pm2 a process that died of a signal looks like one that exited 0: only 130 surely means that it was asked to stop.
 */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { createAdminServer, metricsFields, type HealthCheck } from './admin-server';
import { systemClock, type Clock } from './clock';
import { loadSettings, redacted, settingsHelp, type Sections, type Settings } from './config';
import { EXIT_BAD_SETTINGS, EXIT_SIGINT } from './exit-codes';
import { createLogger, logFields, type Logger } from './log';
import { createMetrics, type Metrics } from './metrics';
import { systemRandom, type Random } from './random';
import { onStopSignal } from './shutdown';

/** What every service has beside its own sections. */
export const serviceFields = { log: logFields, metrics: metricsFields };

export interface ServiceContext<S extends Sections> {
  readonly settings: Settings<S>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  /** The admin server, before it listens: add private routes here. */
  readonly admin: FastifyInstance;
  /** Ends the process with exit code 1 after logging; for what a service cannot go on without. */
  readonly die: (error: unknown) => void;
}

export interface RunningService {
  /** Null when all is well, else one sentence. */
  readonly health: HealthCheck;
  /** Until it resolves the service is starting, though it may work already. A rejection ends the process. */
  readonly ready?: Promise<void>;
  /** Stops in order and settles what is in flight, also before it is ready. Called once. */
  stop(): Promise<void>;
}

export interface ServiceDefinition<S extends Sections> {
  readonly name: string;
  readonly sections: S;
  /** A section whose options need no prefix, for a service that a person starts. */
  readonly bareSection?: keyof S & string;
  /** Rules between settings: each fault one line. */
  readonly check?: (settings: Settings<S & typeof serviceFields>) => string[];
  /** The process is killed when `stop` takes longer than this. */
  readonly stopDeadlineMs: number;
  start(context: ServiceContext<S & typeof serviceFields>): Promise<RunningService>;
}

/**
 * Runs a service until it is told to stop. `--check` validates the settings and exits 0 or 78; `--help` prints them.
 */
export async function runService<S extends Sections>(definition: ServiceDefinition<S>): Promise<void> {
  const sections = { ...serviceFields, ...definition.sections } as S & typeof serviceFields;
  const argv = process.argv.slice(2);
  if (argv.includes('--help')) return help(definition, sections);
  const loaded = loadSettings(
    sections,
    { argv, environment: process.env, readFile: (path) => readFileSync(path, 'utf8') },
    { flags: ['--check'], bareSection: definition.bareSection },
  );
  const faults = loaded.kind === 'faults' ? loaded.faults : (definition.check?.(loaded.settings) ?? []);
  if (loaded.kind === 'faults' || faults.length > 0) {
    for (const fault of faults) process.stderr.write(`${definition.name}: ${fault}\n`);
    process.exit(EXIT_BAD_SETTINGS);
  }
  if (loaded.flags.has('--check')) process.exit(0);

  const settings = loaded.settings;
  const shared = settings as unknown as Settings<typeof serviceFields>;
  const log = createLogger(definition.name, shared.log.level);
  const die = (error: unknown): void => {
    log.fatal({ err: error }, 'service failed');
    log.flush();
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);

  let running: RunningService | undefined = undefined as RunningService | undefined;
  const metrics = createMetrics({ processMetrics: true });
  let isReady = false;
  const admin = createAdminServer(metrics, () => (running !== undefined && isReady ? running.health() : 'starting'));
  const stopRequested = new Promise<string>(onStopSignal);
  log.info({ settings: redacted(sections, settings) }, 'service starting');
  const exitStopped = (reason: string): never => {
    log.info({ reason }, 'service stopped');
    log.flush();
    return process.exit(reason === 'SIGINT' ? EXIT_SIGINT : 0);
  };
  const started = definition
    .start({ settings, log, metrics, clock: systemClock, random: systemRandom, admin, die })
    .catch((error: unknown) => die(error) as never);
  const first = await Promise.race([started, stopRequested]);
  if (typeof first === 'string') return exitStopped(first); // it has taken nothing yet that could be lost
  running = first;
  const ready = Promise.resolve(running.ready).catch((error: unknown) => die(error) as never);
  await admin.listen({ host: shared.metrics.host, port: shared.metrics.port });
  if (typeof (await Promise.race([ready, stopRequested])) !== 'string') {
    isReady = true;
    process.send?.('ready');
    log.info('service ready');
  }

  const reason = await stopRequested;
  log.info({ reason }, 'service stopping');
  setTimeout(
    () => die(new Error(`stop took longer than ${definition.stopDeadlineMs} ms`)),
    definition.stopDeadlineMs,
  ).unref();
  await running.stop();
  await admin.close();
  exitStopped(reason);
}

function help({ name, bareSection }: { name: string; bareSection?: string }, sections: Sections): void {
  process.stdout.write(
    `${name}: a Flotilla service. Settings, read in the order default, --config FILE (JSON), environment, option:\n\n`,
  );
  process.stdout.write(
    `${settingsHelp(sections, bareSection)}\n\n  --config FILE  a JSON file with a section each: {"log": {"level": "warn"}}\n  --check        validate the settings and exit (0, or 78 with one line a fault)\n`,
  );
}
