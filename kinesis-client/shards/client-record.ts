/**
 * One user record as a record processor sees it: the enumerable properties are exactly those of `aws-kcl`, so that
 * printing or copying a record gives what it always gave; what Node can do better hides beside them.
 */
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
  /** Decimal, as the producer gave it. Not enumerable. */
  readonly explicitHashKey?: string;
  /** True when it came out of an aggregate. Not enumerable. */
  readonly aggregated: boolean;
}

/** What of a user record does not stand in its Kinesis record. */
export interface UserRecordParts {
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  readonly bytes: Buffer;
  readonly aggregated: boolean;
}

/** Each record of a stream passes here: five plain fields, one shared accessor and one private field cost 0.1 us. */
class UserRecord implements ClientRecord {
  // Only declared: the constructor gives them their order, that of aws-kcl.
  declare readonly data: string;
  declare readonly partitionKey: string;
  declare readonly sequenceNumber: string;
  declare readonly approximateArrivalTimestamp: number;
  declare readonly subSequenceNumber: number;
  declare readonly action: 'record';
  readonly #parts: UserRecordParts;

  constructor(outer: StreamRecord, parts: UserRecordParts) {
    Object.defineProperty(this, 'data', UserRecord.dataProperty);
    this.partitionKey = parts.partitionKey;
    this.sequenceNumber = outer.sequenceNumber;
    this.approximateArrivalTimestamp = outer.arrivedAtMs;
    this.subSequenceNumber = parts.subSequenceNumber;
    this.action = 'record';
    this.#parts = parts;
  }

  get bytes(): Buffer {
    return this.#parts.bytes;
  }

  get explicitHashKey(): string | undefined {
    return this.#parts.explicitHashKey;
  }

  get aggregated(): boolean {
    return this.#parts.aggregated;
  }

  /** Of its own, because copies and JSON see nothing else. */
  private static readonly dataProperty: PropertyDescriptor & ThisType<UserRecord> = {
    get() {
      return this.#parts.bytes.toString('base64');
    },
    enumerable: true,
    configurable: true,
  };
}

export const clientRecord = (outer: StreamRecord, parts: UserRecordParts): ClientRecord => new UserRecord(outer, parts);
