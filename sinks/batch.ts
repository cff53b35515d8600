/**
 * One batch of a shard in all sinks at once: what was collected after one checkpoint and goes into the next commit.
 */
import type {
  AcknowledgingBatch,
  BatchMeasure,
  CommittingBatch,
  CommittingSink,
  Output,
  ShardName,
  Sinks,
} from './sink';

export class Batch {
  readonly committing: readonly { readonly sink: CommittingSink; readonly batch: CommittingBatch }[];
  readonly acknowledging: readonly AcknowledgingBatch[];

  constructor(sinks: Sinks, shard: ShardName) {
    this.committing = sinks.committing.map((sink) => ({ sink, batch: sink.open(shard) }));
    this.acknowledging = sinks.acknowledging.map((sink) => sink.open(shard));
  }

  add(output: Output, arrivalMs: number): void {
    for (const { batch } of this.committing) batch.add(output, arrivalMs);
    for (const batch of this.acknowledging) batch.add(output);
  }

  get needsRoom(): boolean {
    return this.committing.some(({ batch }) => batch.needsRoom);
  }

  async makeRoom(): Promise<void> {
    for (const { batch } of this.committing) await batch.makeRoom();
  }

  /** Of the sink that is fullest in each respect; memory is what all hold together. */
  get measure(): BatchMeasure {
    const sum = { outputs: 0, bytes: 0, heldBytes: 0, partitions: 0 };
    for (const { batch } of this.committing) {
      const { outputs, bytes, heldBytes, partitions } = batch.measure;
      sum.outputs = Math.max(sum.outputs, outputs);
      sum.bytes = Math.max(sum.bytes, bytes);
      sum.heldBytes += heldBytes;
      sum.partitions = Math.max(sum.partitions, partitions);
    }
    return sum;
  }
}
