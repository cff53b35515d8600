/** How many events may be sent by now, so that a rate is kept. Pure: the caller says what time it is. */

export interface Pace {
  /** Events that may be sent at once. What is sent is taken off by the caller. */
  readonly credit: number;
  /** Monotonic milliseconds of the last refill. */
  readonly atMs: number;
}

/** What was not sent in time is made up for at most this long: after a stall there is no burst. */
const MAKE_UP_FOR_S = 0.25;

/** The first event may go at once. */
export const startPace = (nowMs: number): Pace => ({ credit: 1, atMs: nowMs });

/** `rate` in events a second. */
export function refill({ credit, atMs }: Pace, rate: number, nowMs: number): Pace {
  const earned = ((nowMs - atMs) / 1000) * rate;
  return { credit: Math.min(credit + earned, 1 + rate * MAKE_UP_FOR_S), atMs: nowMs };
}
