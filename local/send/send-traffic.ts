/**
 * The shell of `flotilla send`: keeps the rate, gives each visitor's events to one tracker, and waits until all are
 * answered, nobody answers any more, or the person has had enough. Prints nothing.
 */
import type { Clock } from '../../runtime/clock';
import type { Random } from '../../runtime/random';
import { refill, startPace } from './pace';
import { emptyTally, waiting, type Tally } from './tally';
import { traffic, type TrafficEvent } from './traffic';
import { VisitorTracker } from './visitor-tracker';

const TRACKERS = 8;
const TICK_MS = 20;
/** A tracker that has less than a full buffer, or whose last request failed, is told to send this often. */
const FLUSH_MS = 250;
/** After Ctrl-C: how long to wait for the answers to what was sent. */
const LAST_ANSWERS_MS = 3_000;

export interface TrafficOptions {
  readonly events: number;
  readonly rate: number;
  readonly collector: string;
  /** How long to go on when nothing is accepted. */
  readonly giveUpAfterMs: number;
}

export interface TrafficEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch: (request: Request, init: RequestInit) => Promise<Response>;
  /** No new events; what was sent may still be answered. */
  readonly stop: AbortSignal;
  /** End at once. */
  readonly hurry: AbortSignal;
  readonly onProgress: (tally: Tally) => void;
}

/** `fault` is the last reason why a request was not accepted. */
export async function sendTraffic(
  { events, rate, collector, giveUpAfterMs }: TrafficOptions,
  { clock, random, fetch, stop, hurry, onProgress }: TrafficEnvironment,
): Promise<{ tally: Tally; fault: string | null }> {
  let tally = emptyTally(events);
  let fault: string | null = null;
  let answeredMs = clock.monotonicMs();
  const answered = (change: Partial<Tally>): void => {
    tally = { ...tally, ...change };
    answeredMs = clock.monotonicMs();
  };
  const end = new AbortController(); // no request outlives this function
  const trackers = Array.from(
    { length: TRACKERS },
    () =>
      new VisitorTracker({
        collector: collector.replace(/\/+$/, ''),
        fetch: (request) => fetch(request, { signal: AbortSignal.any([request.signal, end.signal]) }),
        onAccepted: (count) => answered({ accepted: tally.accepted + count }),
        onRefused: (count) => answered({ refused: tally.refused + count }),
        onFault: (reason) => (fault = reason),
      }),
  );
  const trackerOf = ({ visitor }: TrafficEvent): VisitorTracker =>
    trackers[visitor.number % TRACKERS] as VisitorTracker;

  const source = traffic(random);
  let next = source.next().value;
  let pace = startPace(clock.monotonicMs());
  let flushedMs = clock.monotonicMs();
  for (;;) {
    const nowMs = clock.monotonicMs();
    pace = refill(pace, rate, nowMs);
    for (; !stop.aborted && tally.tracked < events && pace.credit >= 1 && !trackerOf(next).isFull;) {
      trackerOf(next).track(next);
      tally = { ...tally, tracked: tally.tracked + 1 };
      pace = { ...pace, credit: pace.credit - 1 };
      next = source.next().value;
    }
    onProgress(tally);
    if (waiting(tally) === 0) {
      if (stop.aborted || tally.tracked === events) break;
      answeredMs = nowMs; // nobody is asked, so nobody is late
    }
    const patienceMs = stop.aborted ? Math.min(LAST_ANSWERS_MS, giveUpAfterMs) : giveUpAfterMs;
    if (hurry.aborted || nowMs - answeredMs >= patienceMs) break;
    if (nowMs - flushedMs >= FLUSH_MS || stop.aborted) {
      flushedMs = nowMs;
      for (const tracker of trackers) void tracker.flush();
    }
    await clock.sleep(TICK_MS, hurry);
  }
  end.abort();
  return { tally, fault };
}
