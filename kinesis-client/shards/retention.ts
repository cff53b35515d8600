/**
 * What leaves the stream unread: pure. A record is kept for the retention of the stream and no longer, so a reader that
 * was away for as long, or falls as far behind, loses records without any error. The shard reader asks with each answer.
 */
import type { Position, StreamRecord } from './stream';

/** A lag beyond this part of the retention is near its end: it is warned of, and a gap is taken for expired records. */
const NEAR = 1 / 2;
/** A shard that has caught up to here is warned of again the next time. */
const CAUGHT_UP = 1 / 4;

export type Opening =
  | 'complete'
  /** What lay between the position and the first record may have left the stream. */
  | 'possiblyExpired'
  /** The record of the position is not there, but what came in its place is far from leaving the stream. */
  | 'recordMissing';

/**
 * What the first record after an opening tells. AT_SEQUENCE_NUMBER is a checkpoint, and its record must come; after
 * AFTER_SEQUENCE_NUMBER, which re-opens, only the age of what comes tells of a gap.
 */
export function judgeOpening(position: Position, first: StreamRecord, wallMs: number, retentionMs: number): Opening {
  const ageMs = wallMs - first.arrivedAtMs;
  switch (position.type) {
    case 'AT_SEQUENCE_NUMBER':
      if (first.sequenceNumber === position.sequenceNumber) return 'complete';
      return ageMs >= NEAR * retentionMs ? 'possiblyExpired' : 'recordMissing';
    case 'AFTER_SEQUENCE_NUMBER':
      return ageMs >= retentionMs ? 'possiblyExpired' : 'complete';
    case 'TRIM_HORIZON':
    case 'LATEST':
    case 'AT_TIMESTAMP':
      return 'complete';
  }
}

/** Whether a shard this far behind runs out of its retention. `before`: the answer to the lag before this one. */
export const runsOutOfRetention = (before: boolean, behindMs: number, retentionMs: number): boolean =>
  behindMs >= (before ? CAUGHT_UP : NEAR) * retentionMs;
