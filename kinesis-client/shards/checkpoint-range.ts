/**
 * Which checkpoints a record processor may ask for: pure. The rule is the Java client's: not before the last
 * checkpoint, not after the greatest record that was delivered; the last one again is allowed and writes nothing.
 */
import { compareCheckpoints, SHARD_END, type Checkpoint } from '../leases/lease';

/** What a processor asks for; no sequence number means the greatest delivered record. */
export interface CheckpointRequest {
  readonly sequenceNumber: string | null;
  readonly subSequenceNumber: number;
  /** Nothing but this very position, also when it is that of the last record of an ended shard. */
  readonly isExact?: boolean;
}

export interface CheckpointRange {
  /** What the row holds. */
  readonly last: Checkpoint;
  /** The greatest delivered record; the start of the session when nothing was delivered. */
  readonly delivered: Checkpoint;
  /** True in `shardEnded`: to checkpoint the greatest delivered record then means SHARD_END, unless it is exact. */
  readonly atEnd: boolean;
}

export type RuledCheckpoint =
  | { readonly kind: 'write'; readonly to: Checkpoint }
  | { readonly kind: 'nothing-to-write' }
  | { readonly kind: 'refused'; readonly reason: string };

/** The end of a shard as a position. */
export const END: Checkpoint = Object.freeze({ sequenceNumber: SHARD_END, subSequenceNumber: 0 });

export function ruleCheckpoint(request: CheckpointRequest, range: CheckpointRange): RuledCheckpoint {
  const asked = positionOf(request, range);
  if (asked === null) return { kind: 'refused', reason: `${request.sequenceNumber} is not a sequence number` };
  const largest = range.atEnd ? END : range.delivered;
  if (compareCheckpoints(asked, range.last) < 0)
    return { kind: 'refused', reason: `${print(asked)} lies before the last checkpoint ${print(range.last)}` };
  if (compareCheckpoints(asked, largest) > 0)
    return { kind: 'refused', reason: `${print(asked)} lies after the greatest delivered record ${print(largest)}` };
  return compareCheckpoints(asked, range.last) === 0 ? { kind: 'nothing-to-write' } : { kind: 'write', to: asked };
}

function positionOf(request: CheckpointRequest, range: CheckpointRange): Checkpoint | null {
  const { sequenceNumber, subSequenceNumber } = request;
  if (sequenceNumber === null) return range.atEnd ? END : range.delivered;
  if (sequenceNumber === SHARD_END) return END;
  const asked = { sequenceNumber, subSequenceNumber };
  if (range.atEnd && !request.isExact && isSame(asked, range.delivered)) return END;
  const isDigits = typeof sequenceNumber === 'string' && /^\d+$/.test(sequenceNumber); // callers may be JavaScript
  const isPosition = isDigits && Number.isSafeInteger(subSequenceNumber) && subSequenceNumber >= 0;
  return isPosition || isSame(asked, range.last) ? asked : null;
}

const isSame = (a: Checkpoint, b: Checkpoint): boolean =>
  a.sequenceNumber === b.sequenceNumber && a.subSequenceNumber === b.subSequenceNumber;

const print = ({ sequenceNumber, subSequenceNumber }: Checkpoint): string => `${sequenceNumber}/${subSequenceNumber}`;
