/**
 * One user record as a record processor sees it: the enumerable properties are exactly those of `aws-kcl`, so that
 * printing or copying a record gives what it always gave; what Node can do better hides beside them.
 */
import { compareCheckpoints, type Checkpoint } from '../leases/lease';
import type { StreamRecord } from './stream';

export interface ClientRecord {
  readonly action: 'record';
  /** Of the Kinesis record, digits. */
  readonly sequenceNumber: string;
  /** The index inside an aggregated record; 0 for a plain one. */
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  /** When the stream took the Kinesis record, epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
  /** Base64; made anew at each look. */
  readonly data: string;
  /** The same without the detour. Not enumerable; not to be written to. */
  readonly bytes: Buffer;
  /** Not enumerable. */
  readonly explicitHashKey?: string;
  /** True when it came out of an aggregate. Not enumerable. */
  readonly aggregated: boolean;
}

/**
 * The user records of Kinesis records, in order, without those up to `after`. Every record is one user record as yet:
 * the place where KPL aggregates will be opened is here.
 */
export function toClientRecords(records: readonly StreamRecord[], after: Checkpoint): ClientRecord[] {
  return records.map(toClientRecord).filter((record) => compareCheckpoints(record, after) > 0);
}

function toClientRecord(record: StreamRecord): ClientRecord {
  const bytes = Buffer.from(record.data.buffer, record.data.byteOffset, record.data.byteLength);
  return Object.defineProperties(
    {
      action: 'record' as const,
      data: '',
      partitionKey: record.partitionKey,
      sequenceNumber: record.sequenceNumber,
      subSequenceNumber: 0,
      approximateArrivalTimestamp: record.arrivedAtMs,
    },
    {
      data: { get: () => bytes.toString('base64'), enumerable: true },
      bytes: { value: bytes },
      explicitHashKey: { value: undefined },
      aggregated: { value: false },
    },
  ) as ClientRecord;
}
