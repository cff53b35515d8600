/**
 * What a record processor checkpoints with: the object of `aws-kcl`, with promises, sub-sequence numbers and two-phase
 * checkpoints added. One for each life of a processor; useless after it.
 */

/** `error` is null or the name of an error, as in `aws-kcl`; `sequenceNumber` is the one that was asked for, null for none. */
export type CheckpointCallback = (error: string | null, sequenceNumber: string | null) => void;

/** The names that `aws-kcl` gives to what can go wrong. Under the MultiLangDaemon other names of Java classes may come. */
export type CheckpointErrorName =
  /** The lease is not ours any more. Nothing that this processor does counts now. */
  | 'ShutdownException'
  /** Not between the last checkpoint and the greatest delivered record. Nothing was written. */
  | 'IllegalArgumentException'
  /** Not allowed now: a pending checkpoint must be committed first. Nothing was written. */
  | 'InvalidStateException'
  /**
   * The lease table refuses because of its rate. Worth another try. Only the MultiLangDaemon says it: this client repeats a
   * throttled write as long as the lease lasts, and then it is a ShutdownException.
   */
  | 'ThrottlingException'
  /** The lease table cannot be reached, or refuses for good. Another try is safe; a hopeless one ends as a ShutdownException. */
  | 'KinesisClientLibDependencyException';

/** What a rejected promise holds; a callback gets its `name`, or the message when another checkpoint is in progress. */
export class CheckpointError extends Error {
  constructor(
    override readonly name: CheckpointErrorName,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A checkpoint that is prepared and waits for its commit. */
export interface PreparedCheckpoint {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  /** Stores it as the checkpoint and clears the pending state, in one write. Rejects with a CheckpointError. */
  commit(): Promise<void>;
}

export interface Checkpointer {
  /** Stores the greatest delivered record as the checkpoint; in `shardEnded` the end of the shard. */
  checkpoint(): Promise<string>;
  /**
   * Stores a position as the checkpoint. Without a sub-sequence number 0 is meant, as in `aws-kcl`: inside an aggregate
   * its later records come again after a restart. The last checkpoint again is allowed and writes nothing.
   * `SHARD_END` is a position in `shardEnded`.
   * @returns the sequence number that is stored now. Rejects with a CheckpointError.
   */
  checkpoint(sequenceNumber: string | null | undefined, subSequenceNumber?: number): Promise<string>;
  /** The `aws-kcl` way: nothing is returned, nothing is thrown, the callback is called once. */
  checkpoint(callback: CheckpointCallback): void;
  checkpoint(sequenceNumber: string | null | undefined, callback: CheckpointCallback): void;
  checkpoint(sequenceNumber: string | null | undefined, subSequenceNumber: number, callback: CheckpointCallback): void;
  /**
   * The first half of a two-phase checkpoint: stores the position and `state` (what the next owner needs to finish the
   * job) beside the checkpoint, which stays. Until the commit every other checkpoint is refused.
   * In `shardEnded` the position may be `SHARD_END`; it is never taken for that, as a checkpoint of the last record is then.
   * The last checkpoint again is allowed: it writes nothing, and neither does its commit. Rejects with a CheckpointError.
   */
  prepareCheckpoint(sequenceNumber: string, subSequenceNumber: number, state?: Uint8Array): Promise<PreparedCheckpoint>;
  /** Sub-sequence number 0, as in `checkpoint`. */
  prepareCheckpoint(sequenceNumber: string, state?: Uint8Array): Promise<PreparedCheckpoint>;
  /** The greatest delivered record with its sub-sequence number; in `shardEnded` the end of the shard. */
  prepareCheckpoint(state?: Uint8Array): Promise<PreparedCheckpoint>;
  /**
   * Starts the shard again at its stored checkpoint, lease kept: this processor hears `leaseLost`, and a new one is
   * made and initialised. The way back when a batch cannot be finished and nothing was prepared.
   */
  restartFromCheckpoint(): void;
  /**
   * Aborts when this life of the processor is over: the lease is lost, the shard starts again, the worker lets it go. A
   * callback that waits for something else (a schema, S3) ends its wait then: `leaseLost` comes only after it.
   */
  readonly ended: AbortSignal;
}
