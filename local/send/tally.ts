/** What became of the events of one `flotilla send`. Pure. */

export interface Tally {
  /** How many were asked for. */
  readonly asked: number;
  /** How many were handed to a tracker. */
  readonly tracked: number;
  /** How many the collector answered 2xx. */
  readonly accepted: number;
  /** How many the collector refused for good: the tracker does not send them again. */
  readonly refused: number;
}

export const emptyTally = (asked: number): Tally => ({ asked, tracked: 0, accepted: 0, refused: 0 });

/** Sent and not answered yet, or kept by a tracker to be sent again. */
export const waiting = ({ tracked, accepted, refused }: Tally): number => tracked - accepted - refused;

/** The last line that `flotilla send` prints. Failed is what was tracked and not accepted. */
export function lastLine({ asked, tracked, accepted }: Tally, seconds: number): string {
  const notSent = asked > tracked ? `, ${asked - tracked} not sent` : '';
  return `${accepted} accepted, ${tracked - accepted} failed${notSent}, ${seconds.toFixed(1)} s`;
}
