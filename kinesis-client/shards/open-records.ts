/**
 * From Kinesis records to the user records in them: aggregates opened, what belongs to another shard left out, what was
 * done before left out. Pure. The shard session calls it with each answer.
 */
import { compareCheckpoints, type Checkpoint } from '../leases/lease';
import { openAggregate, type UserRecord } from './aggregated-record';
import { clientRecord, type ClientRecord } from './client-record';
import type { AggregateFilter, IsInside } from './hash-range-filter';
import type { StreamRecord } from './stream';

export interface OpenOptions {
  readonly filter: AggregateFilter;
  /** Null: everything is inside. */
  readonly isInside: IsInside | null;
}

export interface OpenedRecords {
  /** In order. */
  readonly records: readonly ClientRecord[];
  /** The last user record of the last Kinesis record, handed on or dropped; null when no Kinesis record is new. */
  readonly upTo: Checkpoint | null;
  /** Records up to `after`; a Kinesis record that lies wholly before it counts as one. */
  readonly repeated: number;
  /** User records that belong to another shard, or, under the filter `java`, lie in an aggregate with one that does. */
  readonly outside: number;
  /** User records whose keys the aggregate does not have. */
  readonly unreadable: number;
}

/** `records`: in ascending order, as a shard gives them. `after`: what was checkpointed or delivered before. */
export function openRecords(records: readonly StreamRecord[], after: Checkpoint, options: OpenOptions): OpenedRecords {
  const opened: ClientRecord[] = [];
  const firstNew = records.findIndex((record) => !liesBefore(record, after));
  const fresh = firstNew < 0 ? [] : records.slice(firstNew);
  let repeated = records.length - fresh.length;
  let [outside, unreadable] = [0, 0];
  let upTo: Checkpoint | null = null;
  for (const record of fresh) {
    const bytes = Buffer.from(record.data.buffer, record.data.byteOffset, record.data.byteLength);
    const aggregate = openAggregate(bytes);
    const aggregated = aggregate !== null;
    const users = aggregate?.records ?? [{ partitionKey: record.partitionKey, data: bytes }];
    const belongs = aggregated ? belongingIn(users, options) : null;
    const firstSub = record.sequenceNumber === after.sequenceNumber ? after.subSequenceNumber + 1 : 0;
    for (let sub = firstSub; sub < users.length; sub++) {
      const { partitionKey, explicitHashKey, data } = users[sub] as UserRecord;
      if (belongs !== null && !belongs(users[sub] as UserRecord)) outside++;
      else
        opened.push(
          clientRecord(record, { subSequenceNumber: sub, partitionKey, explicitHashKey, bytes: data, aggregated }),
        );
    }
    repeated += Math.min(firstSub, users.length);
    unreadable += aggregate?.unreadable ?? 0;
    const lastSub = Math.max(0, users.length + (aggregate?.unreadable ?? 0) - 1);
    if (lastSub >= firstSub) upTo = { sequenceNumber: record.sequenceNumber, subSequenceNumber: lastSub };
  }
  return { records: opened, upTo, repeated, outside, unreadable };
}

/** Wholly: of the record that `after` stands in there may be more to come. */
const liesBefore = ({ sequenceNumber }: StreamRecord, after: Checkpoint): boolean =>
  sequenceNumber !== after.sequenceNumber && compareCheckpoints({ sequenceNumber, subSequenceNumber: 0 }, after) < 0;

/** Null: all of them. */
function belongingIn(users: readonly UserRecord[], { filter, isInside }: OpenOptions): IsInside | null {
  if (filter === 'off' || isInside === null) return null;
  if (filter === 'record') return isInside;
  return users.every(isInside) ? null : () => false;
}
