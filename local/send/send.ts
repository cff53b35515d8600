/**
 * `flotilla send`: sends mixed traffic by the real Snowplow node tracker, and says how many events were accepted. An
 * event counts as accepted when the collector answered 2xx; what it refused is sent again, as trackers do.
 */
import { buildPagePing, buildPageView, buildSelfDescribingEvent, buildStructEvent, newTracker, type Tracker } from '@snowplow/node-tracker'; // prettier-ignore
import { SingleBar } from 'cli-progress';
import { readFileSync } from 'node:fs';
import { systemClock as clock } from '../../runtime/clock';
import { loadSettings, settingsHelp, type Settings } from '../../runtime/config';
import { environmentHere } from '../../runtime/environment';
import { systemRandom as random } from '../../runtime/random';
import { sendFields } from './send-config';
import { traffic, type TrafficEvent } from './traffic';

const TRACKERS = 8;
const TICK_MS = 25;
/** The tracker keeps 1,000 events and drops the oldest beyond that: stay well below, in all trackers together. */
const OUTSTANDING_MAX = 2_000;
/** How often what was refused is tried once more at the end, and how long to wait before each. */
const LAST_TRIES = 10;
const LAST_TRY_WAIT_MS = 500;

type SendSettings = Settings<{ send: typeof sendFields }>['send'];

export async function send(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) return help();
  const sources = { argv, environment: environmentHere(), readFile: (path: string) => readFileSync(path, 'utf8') };
  const loaded = loadSettings({ send: sendFields }, sources, { bareSection: 'send' });
  if (loaded.kind === 'faults') return refuse(loaded.faults);
  const settings = loaded.settings.send;
  if (!(await answers(settings.collector))) {
    return refuse([
      `no collector answers at ${settings.collector}; start one with npm start, or name it with --collector`,
    ]);
  }
  const startedMs = clock.monotonicMs();
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const { tracked, accepted } = await sendAll(settings, stop.signal);
  const seconds = (clock.monotonicMs() - startedMs) / 1000;
  process.stdout.write(`${accepted} accepted, ${tracked - accepted} failed, ${seconds.toFixed(1)} s\n`);
  return accepted === settings.events ? 0 : 1;
}

async function sendAll(settings: SendSettings, stop: AbortSignal): Promise<{ tracked: number; accepted: number }> {
  let accepted = 0;
  const bar = new SingleBar({
    format: 'sending [{bar}] {value}/{total} accepted, {duration_formatted}',
    stream: process.stderr,
  });
  if (process.stderr.isTTY) bar.start(settings.events, 0);
  const trackers = Array.from({ length: TRACKERS }, () =>
    collectorTracker(settings.collector, (events) => bar.update((accepted += events))),
  );
  const source = traffic(random);
  const startedMs = clock.monotonicMs();
  let tracked = 0;
  while (tracked < settings.events && !stop.aborted) {
    const due = Math.min(settings.events, Math.ceil(((clock.monotonicMs() - startedMs) / 1000) * settings.rate));
    while (tracked < due && tracked - accepted < OUTSTANDING_MAX) {
      track(trackers[tracked % TRACKERS] as Tracker, source.next().value);
      tracked++;
    }
    await clock.sleep(TICK_MS, stop);
  }
  for (let tries = 0; accepted < tracked && tries < LAST_TRIES && !stop.aborted; tries++) {
    await Promise.all(trackers.map((tracker) => tracker.flush()));
    if (accepted < tracked) await clock.sleep(LAST_TRY_WAIT_MS, stop);
  }
  bar.stop();
  return { tracked, accepted };
}

function collectorTracker(collector: string, onAccepted: (events: number) => void): Tracker {
  const { protocol, hostname, port } = new URL(collector);
  return newTracker(
    { namespace: 'flotilla-send', appId: 'flotilla-send', encodeBase64: true },
    {
      endpoint: port ? `${hostname}:${port}` : hostname,
      protocol: protocol === 'https:' ? 'https' : 'http',
      bufferSize: 10,
      onRequestSuccess: (batch) => onAccepted(batch.length),
    },
  );
}

/** The tracker builds the payload before `track` returns, so its person can change from event to event. */
function track(tracker: Tracker, event: TrafficEvent): void {
  const { visitor } = event;
  tracker.setUserId(visitor.userId ?? '');
  tracker.setDomainUserId(visitor.domainUserId);
  tracker.setSessionId(visitor.sessionId);
  tracker.setSessionIndex(visitor.sessionIndex);
  tracker.setLang(visitor.language);
  tracker.setTimezone(visitor.timezone);
  tracker.setScreenResolution(String(visitor.screen[0]), String(visitor.screen[1]));
  tracker.track(payloadOf(event), [...event.context]);
}

function payloadOf(event: TrafficEvent) {
  switch (event.kind) {
    case 'page-view':
      return buildPageView({ pageUrl: event.url, pageTitle: event.title, referrer: event.referrer });
    case 'page-ping':
      return buildPagePing({
        pageUrl: event.url,
        pageTitle: '',
        minXOffset: 0,
        maxXOffset: 0,
        minYOffset: 0,
        maxYOffset: event.yOffset,
      });
    case 'structured':
      return buildStructEvent({
        category: event.category,
        action: event.action,
        label: event.label,
        value: event.value,
      });
    case 'self-describing':
      return buildSelfDescribingEvent({ event: event.event });
  }
}

async function answers(collector: string): Promise<boolean> {
  try {
    return (await fetch(new URL('/health', collector), { signal: AbortSignal.timeout(5_000) })).ok;
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
  process.stdout.write('Sends page views, page pings, structured and self-describing events with contexts.\n\n');
  process.stdout.write(`${settingsHelp({ send: sendFields }, 'send')}\n`);
  return 0;
}
