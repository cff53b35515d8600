/**
 * What a worker's pipeline needs of the places it delivers to. Two kinds: a committing sink makes a batch visible only
 * after its commit was prepared (exactly once); an acknowledging sink writes at once and says when it is durable (at
 * least once). `commit-batch.ts` calls them in the order that `docs/guarantees.md` promises.
 */
import type { BadRow } from '../protocol/bad-row';
import type { EnrichedEvent } from '../protocol/enriched-event';

/** One thing to write. Which sink wants it, the sink decides. */
export type Output =
  { readonly kind: 'enriched'; readonly event: EnrichedEvent } | { readonly kind: 'bad'; readonly row: BadRow };

/** A place in a shard, as the client stores it: digits, or `SHARD_END` with sub-sequence 0. */
export interface Position {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

export interface ShardName {
  readonly streamName: string;
  readonly shardId: string;
}

/** The records that a batch was made of: those after `from` up to and with `to`. */
export interface BatchRange {
  /** The stored checkpoint that the batch starts at: digits, or a sentinel such as `TRIM_HORIZON`. */
  readonly from: Position;
  /** What the checkpoint becomes. */
  readonly to: Position;
  /** Sequence numbers of the first and of the last Kinesis record in it: digits always. */
  readonly first: string;
  readonly last: string;
}

/** The outputs of one batch on their way into a committing sink. One caller at a time. */
export interface CommittingBatch {
  /** Keeps the output. Synchronous: it is called for every event. `arrivalMs`: when the stream took the record. */
  add(output: Output, arrivalMs: number): void;
  /** True when `makeRoom` should run before more is added. */
  readonly needsRoom: boolean;
  /** Brings the memory in use down; no I/O that could fail for reasons of the world. */
  makeRoom(): Promise<void>;
  readonly measure: BatchMeasure;
  /**
   * Makes everything durable but invisible, so that nothing but time stands between it and `complete`.
   * @returns what `complete` needs, as JSON, below 500 bytes. Rejects with a FlotillaError when it cannot; `abort` then.
   */
  upload(range: BatchRange, signal: AbortSignal): Promise<SinkState>;
  /** Throws away what was uploaded. Only allowed while no prepare was sent. Never rejects. */
  abort(): Promise<void>;
}

/** How much a batch is, for the decision when it ends. */
export interface BatchMeasure {
  readonly outputs: number;
  /** Bytes as written, before compression. */
  readonly bytes: number;
  /** Bytes in memory now. */
  readonly heldBytes: number;
  /** Groups of files it is spread over. */
  readonly partitions: number;
}

/** What a sink puts into the lease row: a flat JSON object of texts. */
export type SinkState = Readonly<Record<string, string>>;

export interface CommittingSink {
  /** Its key in the lease row; never changes once rows hold it. */
  readonly name: string;
  /** Tries out every permission. Rejects with a fatal FlotillaError of one line that says what to do. */
  probe(): Promise<void>;
  open(shard: ShardName): CommittingBatch;
  /**
   * Makes visible what `state` names, whoever uploaded it. May be called again with the same state, also at the same
   * time by two processes: the outcome is the same. Waits and repeats as long as the world may recover.
   * @returns 'aborted' when the signal ended it, or why only a person can go on.
   */
  complete(state: SinkState, shard: ShardName, to: Position, signal: AbortSignal): Promise<Completion>;
}

export type Completion =
  { readonly kind: 'done' } | { readonly kind: 'aborted' } | { readonly kind: 'stop'; readonly reason: string };

/** The outputs of one batch on their way into an acknowledging sink. */
export interface AcknowledgingBatch {
  add(output: Output): void;
  /** Resolves when everything added is durable. Rejects when it cannot be; the batch is then collected again. */
  acknowledged(): Promise<void>;
}

export interface AcknowledgingSink {
  readonly name: string;
  open(shard: ShardName): AcknowledgingBatch;
}

/** Everything one worker delivers to. */
export interface Sinks {
  readonly committing: readonly CommittingSink[];
  readonly acknowledging: readonly AcknowledgingSink[];
}
