/**
 * What reading a shard needs of Kinesis, and no more. One call is one attempt; what can be expected to go wrong is an
 * answer, not an error. `kinesis-stream.ts` is the real one, `test/fake-stream.ts` the other; both pass one suite.
 */

/** Where a shard iterator begins. */
export type Position =
  | { readonly type: 'TRIM_HORIZON' }
  | { readonly type: 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestampMs: number }
  | { readonly type: 'AT_SEQUENCE_NUMBER'; readonly sequenceNumber: string }
  | { readonly type: 'AFTER_SEQUENCE_NUMBER'; readonly sequenceNumber: string };

/** A record as the stream holds it; perhaps an aggregate of many. */
export interface StreamRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Epoch milliseconds. */
  readonly arrivedAtMs: number;
}

/** A child of a shard that has ended. Hash keys are decimal, inclusive. */
export interface ChildShard {
  readonly shardId: string;
  /** One after a split, two after a merge. */
  readonly parentShardIds: readonly string[];
  readonly hashRange: { readonly start: string; readonly end: string };
}

export interface RecordsAnswer {
  readonly kind: 'records';
  readonly records: readonly StreamRecord[];
  /** Null: the shard is closed and this was the last of it. */
  readonly nextIterator: string | null;
  readonly millisBehindLatest: number;
  readonly children: readonly ChildShard[];
}

export type Refusal =
  /** Too many calls or bytes. */
  | { readonly kind: 'throttled' }
  /** The iterator is older than 5 minutes, or the service does not know it. */
  | { readonly kind: 'expired' }
  /** The position cannot be read (it was never in the shard, or it is trimmed). */
  | { readonly kind: 'refused'; readonly message: string }
  /** No such shard or no such stream. */
  | { readonly kind: 'gone' }
  /** No answer, or a fault of the service's own. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

export interface Stream {
  /** GetShardIterator. @throws FlotillaError (fatal) for what no repetition heals. */
  openIterator(
    shardId: string,
    position: Position,
    signal?: AbortSignal,
  ): Promise<{ readonly kind: 'iterator'; readonly iterator: string } | Refusal>;
  /** GetRecords. @throws FlotillaError (fatal) for what no repetition heals. */
  getRecords(iterator: string, recordsMax: number, signal?: AbortSignal): Promise<RecordsAnswer | Refusal>;
  /** Null when there is no stream of this name. @throws FlotillaError */
  describe(): Promise<StreamDescription | null>;
}

export interface StreamDescription {
  /** Epoch milliseconds. It tells a stream from a later one of the same name. */
  readonly createdAtMs: number;
  /** How long the stream keeps a record. An operator may change it at any time. */
  readonly retentionMs: number;
}

/** The most bytes that one GetRecords gives (the API reference of GetRecords). */
export const ANSWER_BYTES_MAX = 10 * 1024 * 1024;
