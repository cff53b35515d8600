/**
 * How bad a simulated world is: chances by which requests suffer, drawn once for each run from its seed, so that some runs
 * see many late writes, others many throttles, and some nearly nothing. Pure.
 */
import type { Random } from '../../runtime/random';

/** What becomes of one request. */
export type Fate =
  | { readonly kind: 'answered'; readonly thereMs: number; readonly backMs: number }
  /** Refused because of a rate, without effect. */
  | { readonly kind: 'throttled'; readonly thereMs: number }
  /** Never arrives; the process gives it up after a while. */
  | { readonly kind: 'request lost'; readonly givenUpMs: number }
  /** Arrives; the answer does not. */
  | { readonly kind: 'answer lost'; readonly thereMs: number; readonly givenUpMs: number }
  /** The process gives it up, and then it arrives: after other requests, after others took over. */
  | { readonly kind: 'late'; readonly givenUpMs: number; readonly thereMs: number };

export interface Weather {
  /** Parts of all requests. */
  readonly throttled: number;
  readonly requestLost: number;
  readonly answerLost: number;
  readonly late: number;
  /** Answers that take seconds. */
  readonly slow: number;
  /** Failed conditions that come without the old item, as older services and emulators answer. */
  readonly withoutItem: number;
  /** Scans that see the table as it was some time ago. */
  readonly staleScan: number;
  /** GetRecords: an iterator that the service does not know any more; an answer that tells the end of a shard by half. */
  readonly expired: number;
  readonly halfEnd: number;
  /** Answers that begin with records that were given before. */
  readonly repeated: number;
}

const TRAVEL_MAX_MS = 60;
/** In lease durations: the longest ways of an answer, of a request that comes late, and of one that hangs. */
const SLOW_MAX = 0.4;
const LATE_MAX = 2.5;
const HANG_MAX = 4;

export const CALM: Weather = {
  ...{ throttled: 0, requestLost: 0, answerLost: 0, late: 0, slow: 0, withoutItem: 0 },
  ...{ staleScan: 0, expired: 0, halfEnd: 0, repeated: 0 },
};

/** Each chance is drawn between nothing and its most, small ones more often. */
export function drawWeather(random: Random): Weather {
  const upTo = (most: number): number => most * random.next() ** 2;
  return {
    throttled: upTo(0.15),
    requestLost: upTo(0.15),
    answerLost: upTo(0.2),
    late: upTo(0.15),
    slow: upTo(0.25),
    withoutItem: random.integer(3) / 2, // never, at times, always
    staleScan: upTo(0.9),
    expired: upTo(0.05),
    halfEnd: upTo(0.05),
    repeated: upTo(0.1),
  };
}

/** A request without the counter of a lease in it is given up by everybody on its way soon enough. */
export const soonEnough = (fate: Fate, leaseDurationMs: number): Fate =>
  fate.kind === 'late' ? { ...fate, thereMs: Math.min(fate.thereMs, leaseDurationMs) } : fate;

/**
 * A request that arrives when its process trusts in the lease no more: about when it could have the lease again, or when
 * another owner has had the time to take it, and to use it.
 */
export function afterItsTime(leaseDurationMs: number, random: Random): Fate {
  const durations = random.next() < 0.5 ? 0.9 + 0.5 * random.next() : 1 + LATE_MAX * random.next();
  return { kind: 'late', givenUpMs: leaseDurationMs, thereMs: durations * leaseDurationMs };
}

/** Draws what becomes of the next request. `leaseDurationMs`: what is slow is measured by it. */
export function drawFate(weather: Weather, leaseDurationMs: number, random: Random): Fate {
  const upTo = (durations: number): number => random.integer(durations * leaseDurationMs);
  const travel = (): number => (random.next() < weather.slow ? upTo(SLOW_MAX) : 1 + random.integer(TRAVEL_MAX_MS));
  const givenUp = (): number => 50 + upTo(random.next() < 0.1 ? HANG_MAX : 0.3);
  const chance = random.next();
  let sum = 0;
  const falls = (part: number): boolean => chance < (sum += part);
  if (falls(weather.throttled)) return { kind: 'throttled', thereMs: travel() };
  if (falls(weather.requestLost)) return { kind: 'request lost', givenUpMs: givenUp() };
  if (falls(weather.answerLost)) return { kind: 'answer lost', thereMs: travel(), givenUpMs: givenUp() };
  if (falls(weather.late)) {
    const givenUpMs = givenUp();
    return { kind: 'late', givenUpMs, thereMs: givenUpMs + upTo(LATE_MAX) };
  }
  return { kind: 'answered', thereMs: travel(), backMs: travel() };
}
