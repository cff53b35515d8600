/**
 * Where a shard is opened: not before `initialize` has returned; first at the checkpoint as it stands then, with the record
 * of the checkpoint to come first; after that always behind the last record read, never at LATEST again.
 */
import { AT_TIMESTAMP, LATEST, TRIM_HORIZON } from '../../../kinesis-client/leases/lease';
import type { Position } from '../../../kinesis-client/shards/stream';
import type { Facts } from '../facts';
import type { Invariant } from '../invariant';
import type { LifeFacts } from '../lives';

export function iterators(): Invariant {
  /** The last record read in a life. */
  const read = new Map<number, string>();
  return {
    name: 'iterators',
    check(event, facts) {
      if (event.kind === 'recordsRead') read.set(event.life, event.last);
      if (event.kind !== 'iteratorAsked') return null;
      const life = facts.lives.newest(event.process, event.shardId);
      if (life === undefined || !life.initialised || life.over)
        return `${event.process} opens ${event.shardId} before a processor is initialised`;
      const last = read.get(life.life);
      const wanted: Position =
        last === undefined ? firstPosition(life, facts) : { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: last };
      return print(wanted) === print(event.position)
        ? null
        : `${event.process} opens ${event.shardId} at ${print(event.position)} instead of ${print(wanted)}`;
    },
  };
}

function firstPosition({ startsAt, latestSinceMs = NaN }: LifeFacts, facts: Facts): Position {
  switch (startsAt.sequenceNumber) {
    case TRIM_HORIZON:
      return { type: 'TRIM_HORIZON' };
    case LATEST:
      return { type: 'AT_TIMESTAMP', timestampMs: latestSinceMs };
    case AT_TIMESTAMP:
      return { type: 'AT_TIMESTAMP', timestampMs: facts.options.initialTimestampMs ?? NaN };
    default:
      return { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: startsAt.sequenceNumber };
  }
}

const print = (position: Position): string =>
  'sequenceNumber' in position
    ? `${position.type} ${position.sequenceNumber}`
    : 'timestampMs' in position
      ? `${position.type} ${position.timestampMs}`
      : position.type;
