/**
 * One user record as a record processor sees it: the enumerable properties are exactly those of `aws-kcl`, so that
 * printing or copying a record gives what it always gave; what Node can do better hides beside them.
 */
export interface ClientRecord {
  readonly action: 'record';
  /** Of the Kinesis record, digits. */
  readonly sequenceNumber: string;
  /** The index inside an aggregated record; 0 for a plain one. */
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  /** When the stream took the Kinesis record, epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
  /** Base64; made at the first look. */
  readonly data: string;
  /** The same without the detour. Not enumerable; not to be written to. */
  readonly bytes: Buffer;
  /** Not enumerable. */
  readonly explicitHashKey?: string;
  /** True when it came out of an aggregate. Not enumerable. */
  readonly aggregated: boolean;
}
