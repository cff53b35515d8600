/**
 * From Kinesis records to the user records in them: aggregates opened, what belongs to another shard left out, what was
 * done before left out. Pure. The shard session calls it with each answer.
 */
import { compareCheckpoints, type Checkpoint } from '../leases/lease';
import { openAggregate, type OpenedAggregate } from './aggregated-record';
import { clientRecord, type ClientRecord } from './client-record';
import type { AggregateFilter, IsInside } from './hash-range-filter';
import type { StreamRecord } from './stream';

export interface OpenOptions {
  readonly filter: AggregateFilter;
  /** Null: everything is inside. */
  readonly isInside: IsInside | null;
  /** A batch that has so many user records is full. */
  readonly recordsMax: number;
}

export interface OpenedRecords {
  /** In order. */
  readonly records: readonly ClientRecord[];
  /** The last user record of the last Kinesis record, handed on or dropped; null when no Kinesis record is new. */
  readonly upTo: Checkpoint | null;
  /** User records up to `after`. */
  readonly repeated: number;
  /** User records that belong to another shard, or, under the filter `java`, lie in an aggregate with one that does. */
  readonly outside: number;
  /** User records whose keys the aggregate does not have. */
  readonly unreadable: number;
}

/**
 * One batch after the other, each opened when it is asked for: an answer of 10 MB may hold a million user records. A batch
 * ends with the Kinesis record that fills it; no Kinesis record is divided, so that whoever stores a batch as a whole
 * stands between two of them.
 * @param records in ascending order, as a shard gives them
 * @param after what was checkpointed or delivered before
 */
export function* openRecords(
  records: readonly StreamRecord[],
  after: Checkpoint,
  options: OpenOptions,
): Generator<OpenedRecords, void, void> {
  let batch = new Batch(options);
  let isPast = false; // what comes after a new record is new
  for (const [i, record] of records.entries()) {
    isPast ||= !liesBefore(record, after);
    const isAtIt = record.sequenceNumber === after.sequenceNumber;
    batch.add(record, isAtIt ? after.subSequenceNumber + 1 : isPast ? 0 : Infinity);
    if (batch.records.length < options.recordsMax && i < records.length - 1) continue;
    yield batch;
    batch = new Batch(options);
  }
}

/** Wholly: of the record that `after` stands in there may be more to come. */
const liesBefore = ({ sequenceNumber }: StreamRecord, after: Checkpoint): boolean =>
  sequenceNumber !== after.sequenceNumber && compareCheckpoints({ sequenceNumber, subSequenceNumber: 0 }, after) < 0;

class Batch implements OpenedRecords {
  readonly records: ClientRecord[] = [];
  upTo: Checkpoint | null = null;
  repeated = 0;
  outside = 0;
  unreadable = 0;

  constructor(private readonly options: OpenOptions) {}

  /** The user records of `record` from the sub-sequence number `from` on. */
  add(record: StreamRecord, from: number): void {
    const { sequenceNumber } = record;
    const bytes = Buffer.from(record.data.buffer, record.data.byteOffset, record.data.byteLength);
    const aggregate = openAggregate(bytes);
    const count = aggregate === null ? 1 : aggregate.records.length + aggregate.unreadable;
    this.repeated += Math.min(from, aggregate?.records.length ?? 1);
    if (from > 0 && from >= count) return;
    this.upTo = { sequenceNumber, subSequenceNumber: Math.max(0, count - 1) };
    if (aggregate === null)
      this.records.push(clientRecord(record, { partitionKey: record.partitionKey, data: bytes }, 0, false));
    else this.addOpened(record, aggregate, from);
  }

  private addOpened(record: StreamRecord, { records, unreadable }: OpenedAggregate, from: number): void {
    const { filter, isInside } = this.options;
    const isFiltered = filter !== 'off' && isInside !== null;
    this.unreadable += unreadable;
    if (isFiltered && filter === 'java' && !records.every(isInside)) {
      this.outside += Math.max(0, records.length - from);
      return;
    }
    for (const [sub, user] of records.entries()) {
      if (sub < from) continue;
      if (isFiltered && filter === 'record' && !isInside(user)) this.outside++;
      else this.records.push(clientRecord(record, user, sub, true));
    }
  }
}
