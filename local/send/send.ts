/**
 * `flotilla send`: sends mixed traffic by the real Snowplow node tracker, and says how many events were accepted. An
 * event counts as accepted when the collector answered 2xx; what it did not take is sent again, as trackers do.
 */
import { SingleBar } from 'cli-progress';
import { readFileSync } from 'node:fs';
import { systemClock as clock } from '../../runtime/clock';
import { loadSettings, settingsHelp } from '../../runtime/config';
import { environmentHere } from '../../runtime/environment';
import { systemRandom as random } from '../../runtime/random';
import { stopRequests } from '../stop-requests';
import { sendFields } from './send-config';
import { sendTraffic } from './send-traffic';
import { lastLine, waiting, type Tally } from './tally';

const HEALTH_WITHIN_MS = 5_000;

/** Resolves to the exit code: 0 when every event was accepted, 1 when not, 2 when nothing was sent. */
export async function send(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) return help();
  const sources = { argv, environment: environmentHere(), readFile: (path: string) => readFileSync(path, 'utf8') };
  const loaded = loadSettings({ send: sendFields }, sources, { bareSection: 'send' });
  if (loaded.kind === 'faults') return refuse(loaded.faults);
  const { collector, events, rate, giveUpAfterMs } = loaded.settings.send;
  if (!(await answers(collector))) {
    return refuse([
      `no collector answers at ${collector || 'an empty address'}; start one with npm start, or name it with --collector`,
    ]);
  }

  const bar = startBar(events);
  const { stop, hurry } = stopSignals();
  const startedMs = clock.monotonicMs();
  const { tally, fault } = await sendTraffic(
    { collector, events, rate, giveUpAfterMs },
    {
      clock,
      random,
      fetch: fetchOrSayWhy,
      stop,
      hurry,
      onProgress: (now) => bar?.update(now.accepted, { waiting: waiting(now) }),
    },
  );
  bar?.stop();
  return report(tally, fault, clock.monotonicMs() - startedMs);
}

/** On a terminal only. */
function startBar(events: number): SingleBar | undefined {
  if (!process.stderr.isTTY) return undefined;
  const bar = new SingleBar({
    format: 'sending [{bar}] {value}/{total} accepted, {waiting} waiting, {duration_formatted}',
    stream: process.stderr,
  });
  bar.start(events, 0, { waiting: 0 });
  return bar;
}

function stopSignals(): { stop: AbortSignal; hurry: AbortSignal } {
  const stop = new AbortController();
  const hurry = new AbortController();
  const requests = stopRequests(clock, { stop: () => stop.abort(), hurry: () => hurry.abort() });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => requests.ask());
  return { stop: stop.signal, hurry: hurry.signal };
}

function report(tally: Tally, fault: string | null, durationMs: number): number {
  if (tally.accepted < tally.tracked && fault !== null) {
    process.stderr.write(`flotilla: the collector did not take all events; its last fault: ${fault}\n`);
  }
  process.stdout.write(`${lastLine(tally, durationMs / 1000)}\n`);
  return tally.accepted === tally.asked ? 0 : 1;
}

/** `fetch failed` tells nobody anything: the reason is in its cause. */
async function fetchOrSayWhy(request: Request, init: RequestInit): Promise<Response> {
  try {
    return await fetch(request, init);
  } catch (error) {
    throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  }
}

async function answers(collector: string): Promise<boolean> {
  try {
    const health = `${collector.replace(/\/+$/, '')}/health`;
    return (await fetch(health, { signal: AbortSignal.timeout(HEALTH_WITHIN_MS) })).ok;
  } catch {
    return false; // refused, reset, timed out: there is no collector there
  }
}

function refuse(faults: readonly string[]): number {
  for (const fault of faults) process.stderr.write(`flotilla: ${fault}\n`);
  return 2;
}

function help(): number {
  process.stdout.write('usage: npm run send -- [options]     (or: flotilla send [options])\n\n');
  process.stdout.write('Sends page views, page pings, structured and self-describing events with contexts.\n');
  process.stdout.write('Ctrl-C stops it: what was sent is still counted.\n\n');
  process.stdout.write(`${settingsHelp({ send: sendFields }, 'send')}\n`);
  return 0;
}
