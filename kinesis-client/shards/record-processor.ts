/**
 * The interface that an application implements: the one of `aws-kcl` (Amazon's KCL for Node.js), so that its
 * processors run here unmodified. This file says what the callbacks get; `processor-calls.ts` calls them.
 *
 * The life of a processor: `initialize`, then `processRecords` any number of times, perhaps `shutdownRequested`, and
 * at last exactly one of `leaseLost` and `shardEnded`. One callback runs at a time. Every processor that was
 * initialised hears one of the two last ones; a processor that was not hears nothing.
 *
 * A callback is over when it calls `done()`, or, when it does not declare that parameter, when what it returns
 * resolves. A throw or a rejection is a failure. `this` is the processor.
 */
import type { Checkpointer } from './checkpointer';
import type { ClientRecord } from './client-record';

/** Ends a callback. What is given to it is ignored; calling it twice for one callback throws. */
export type Done = (...ignored: unknown[]) => void;

/** A checkpoint that an earlier owner prepared and did not commit. It must be resolved before anything else. */
export interface PendingCheckpoint {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  /** What was given to `prepareCheckpoint`; empty when nothing was. */
  readonly state: Buffer;
  /** Stores it as the checkpoint and clears it, in one write. Rejects as `checkpoint` does. */
  commit(): Promise<void>;
}

export interface InitializeInput {
  readonly shardId: string;
  /** The stored checkpoint: digits, `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`. Records after it will come. */
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  /** May be used at any time from now until `leaseLost` or the end of `shardEnded`, not only inside callbacks. */
  readonly checkpointer: Checkpointer;
  /** Only for processors that declare `pending: true`. */
  readonly pending?: PendingCheckpoint;
}

export interface ProcessRecordsInput {
  /** In order. Empty only under the setting `callWithoutRecords`. */
  readonly records: readonly ClientRecord[];
  /** How far the last record of the batch was behind the tip of the shard when it was fetched; 0 at the tip. */
  readonly millisBehindLatest: number;
  readonly checkpointer: Checkpointer;
}

export interface CheckpointerInput {
  readonly checkpointer: Checkpointer;
}

interface Callbacks {
  /**
   * What becomes of a checkpoint that an earlier owner prepared and did not commit. `true`: `initialize` is given it and
   * commits it. `'ignore'`: as in the Java client for a processor that does not look at it: it is not given, blocks nothing,
   * and goes with the next checkpoint. Else such a shard stops, with its lease kept.
   */
  readonly pending?: boolean | 'ignore';
  initialize(input: InitializeInput, done: Done): unknown;
  processRecords(input: ProcessRecordsInput, done: Done): unknown;
  /** The worker is about to stop: the last chance to checkpoint. */
  shutdownRequested?(input: CheckpointerInput, done: Done): unknown;
}

/** Version 2 of the interface. */
export interface RecordProcessorV2 extends Callbacks {
  /** The shard belongs to somebody else now, or this worker lets it go. Always the last callback. */
  leaseLost(input: Record<string, never>, done: Done): unknown;
  /** Every record of the closed shard was delivered. Must checkpoint, else it is called again. Always the last callback. */
  shardEnded(input: CheckpointerInput, done: Done): unknown;
}

/** Version 1: one `shutdown` in the place of the two; it has precedence when a processor has both. */
export interface RecordProcessorV1 extends Callbacks {
  shutdown(input: { reason: 'ZOMBIE' } | { reason: 'TERMINATE'; checkpointer: Checkpointer }, done: Done): unknown;
}

export type RecordProcessor = RecordProcessorV1 | RecordProcessorV2;

/**
 * Thrown by a callback when only a person can decide how to go on: the shard stops with its lease and any pending
 * checkpoint kept, so that nobody else takes it; a metric and one log line say so.
 */
export class StopShard extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StopShard';
  }
}

/**
 * The callback that ends a processor's life: which of the two versions it speaks.
 * @throws TypeError when a callback is missing, as `aws-kcl` does at construction.
 */
export function versionOf(processor: RecordProcessor): 1 | 2 {
  const has = (name: string): boolean => typeof (processor as unknown as Record<string, unknown>)[name] === 'function';
  const missing = ['initialize', 'processRecords'].filter((name) => !has(name));
  if (missing.length === 0 && has('shutdown')) return 1;
  missing.push(...['leaseLost', 'shardEnded'].filter((name) => !has(name)));
  if (missing.length > 0) throw new TypeError(`the record processor lacks ${missing.join(', ')}`);
  return 2;
}
