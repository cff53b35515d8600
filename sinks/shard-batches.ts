/**
 * The batches of one shard during one life of its record processor: one is open and grows, at most one before it is being
 * committed. A pipeline adds what each Kinesis record became and waits in `add` while there is no room.
 *
 * The open batch always stands at the end of a Kinesis record, except inside `add`; so a timer may end it at any time.
 */
import { Batch } from './batch';
import { batchEnd, type BatchEnd, type BatchLimits } from './batch-end';
import { commitBatch, type CommitEnvironment } from './commit-batch';
import type { Output, Position, Sinks } from './sink';

export interface ShardBatchesOptions extends CommitEnvironment {
  readonly sinks: Sinks;
  readonly limits: BatchLimits;
  /** The stored checkpoint. */
  readonly from: Position;
  /** What no restart of the shard can heal. */
  readonly onFatal: (error: unknown) => void;
}

/** A whole Kinesis record: its number, and the sub-sequence number of the last user record in it. */
export interface KinesisRecord extends Position {
  /** When the stream took it, epoch ms. */
  readonly arrivalMs: number;
}

interface OpenBatch {
  readonly batch: Batch;
  readonly first: string;
  readonly openedAtMs: number;
  readonly ended: AbortController;
  to: Position;
  reported: { heldBytes: number; outputs: number };
}

const SHARD_END: Position = { sequenceNumber: 'SHARD_END', subSequenceNumber: 0 };

export class ShardBatches {
  private open: OpenBatch | null = null;
  private isFilling = false;
  /** Settles when the commit in flight has ended, whatever became of it; never rejects. */
  private committing: Promise<void> = Promise.resolve();
  private closed: 'lost' | 'restarting' | null = null;
  private checkpoint: Position;
  private readonly dropped = new AbortController();
  /** Aborts when the shard is not ours any more. */
  readonly ended: AbortSignal;

  constructor(private readonly options: ShardBatchesOptions) {
    this.checkpoint = options.from;
    this.ended = AbortSignal.any([options.checkpointer.ended, this.dropped.signal]);
  }

  /**
   * Adds everything that one Kinesis record became, which may be nothing. Resolves when there is room for more.
   * After the shard was lost or starts again it does nothing.
   */
  async add(outputs: readonly Output[], record: KinesisRecord): Promise<void> {
    if (this.closed !== null) return;
    const open = (this.open ??= this.begin(record));
    this.isFilling = true;
    for (const output of outputs) {
      open.batch.add(output, record.arrivalMs);
      if (open.batch.needsRoom) await open.batch.makeRoom();
    }
    open.to = { sequenceNumber: record.sequenceNumber, subSequenceNumber: record.subSequenceNumber };
    this.isFilling = false;
    const measure = open.batch.measure;
    this.report(open, measure);
    const end = batchEnd(measure, this.ageMs(open), this.options.limits);
    if (end !== null) await this.end(end);
  }

  /** Commits all that was collected; at the end of the shard also when there is nothing. Resolves when it is done. */
  async commitAll(end: 'shutdown' | 'shard-end'): Promise<void> {
    await this.committing;
    if (end === 'shard-end' && this.open === null && this.closed === null) this.open = this.begin(null);
    await this.end(end);
    await this.committing;
  }

  /** The shard is not ours any more. Uploads whose prepare was not sent are aborted; resolves when that is done. */
  async drop(): Promise<void> {
    if (this.open !== null) this.options.telemetry.lost(this.options.shard.shardId);
    this.close('lost');
    this.dropped.abort();
    await this.committing;
  }

  private begin(record: KinesisRecord | null): OpenBatch {
    const open: OpenBatch = {
      batch: new Batch(this.options.sinks, this.options.shard),
      first: record?.sequenceNumber ?? '',
      openedAtMs: this.options.retries.clock.monotonicMs(),
      ended: new AbortController(),
      to: this.checkpoint,
      reported: { heldBytes: 0, outputs: 0 },
    };
    void this.endWhenOld(open);
    return open;
  }

  /** The timer: an idle shard commits too. A batch that is being filled at that moment ends when that record is in. */
  private async endWhenOld(open: OpenBatch): Promise<void> {
    await this.options.retries.clock.sleep(this.options.limits.batchAgeMs, open.ended.signal);
    if (this.open === open) await this.end('age');
  }

  /** Ends the open batch and begins its commit, as soon as the one before it is done; not while it is being filled. */
  private async end(why: BatchEnd | 'shutdown' | 'shard-end'): Promise<void> {
    const open = this.open;
    await this.committing;
    if (open === null || this.open !== open || this.isFilling || this.closed !== null) return;
    this.open = null;
    open.ended.abort();
    this.committing = this.commit(open, why);
  }

  private async commit(open: OpenBatch, why: BatchEnd | 'shutdown' | 'shard-end'): Promise<void> {
    const { shard, checkpointer, telemetry, retries, onFatal } = this.options;
    const begunAtMs = retries.clock.monotonicMs();
    const to = why === 'shard-end' ? SHARD_END : open.to;
    const range = { from: this.checkpoint, to, first: open.first, last: open.to.sequenceNumber };
    this.checkpoint = to;
    try {
      const result = await commitBatch(open.batch, range, this.options, this.ended);
      switch (result.kind) {
        case 'committed':
          telemetry.committed(shard.shardId, why, open.reported.outputs, retries.clock.monotonicMs() - begunAtMs);
          break;
        case 'restart':
          telemetry.restarting(shard.shardId, result.cause);
          this.close('restarting');
          checkpointer.restartFromCheckpoint();
          break;
        case 'lost':
          telemetry.lost(shard.shardId);
          this.close('lost');
          break;
        case 'stop':
          // The next life finds it pending, and stops with recover-commit.ts: at once, also when no record comes.
          this.close('restarting');
          checkpointer.restartFromCheckpoint();
          break;
      }
    } catch (error) {
      this.close('lost');
      onFatal(error);
    }
    this.report(open, { heldBytes: 0, outputs: 0 });
  }

  /** From here on nothing is collected. The open batch has uploaded nothing yet: forgetting it is enough. */
  private close(closed: NonNullable<typeof this.closed>): void {
    this.closed ??= closed;
    const open = this.open;
    this.open = null;
    open?.ended.abort();
    if (open !== null) this.report(open, { heldBytes: 0, outputs: 0 });
  }

  private ageMs(open: OpenBatch): number {
    return this.options.retries.clock.monotonicMs() - open.openedAtMs;
  }

  private report(open: OpenBatch, now: { heldBytes: number; outputs: number }): void {
    this.options.telemetry.collected({
      heldBytes: now.heldBytes - open.reported.heldBytes,
      outputs: now.outputs - open.reported.outputs,
    });
    open.reported = { heldBytes: now.heldBytes, outputs: now.outputs };
  }
}
