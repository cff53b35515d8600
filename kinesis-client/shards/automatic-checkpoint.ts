/**
 * Checkpoints for a record processor that makes none: what it has processed, each so often, so that the next owner of the
 * shard does not begin at its start. Off unless `checkpointIntervalMs` is set. Used by the shard session, between batches
 * only.
 */
import type { Clock } from '../../runtime/clock';
import type { HeldLease } from '../leases/held-lease';
import type { Checkpoint } from '../leases/lease';
import { CheckpointError } from './checkpointer';
import type { ShardCheckpointer } from './shard-checkpointer';

export interface AutomaticCheckpointDeps {
  readonly held: HeldLease;
  readonly checkpointer: ShardCheckpointer;
  readonly clock: Clock;
  /** 0: never. */
  readonly intervalMs: number;
}

export class AutomaticCheckpoint {
  private last: Checkpoint;
  private lastAtMs: number;
  private isProcessed = true;

  constructor(private readonly deps: AutomaticCheckpointDeps) {
    this.last = deps.held.lease.checkpoint;
    this.lastAtMs = deps.clock.monotonicMs();
  }

  /** From now on records are delivered that are not processed yet. */
  batchBegins(): void {
    this.isProcessed = false;
  }

  /** All that was delivered is processed, or was passed over. Also called when nothing was delivered. */
  async batchEnded(): Promise<void> {
    const { held, clock, intervalMs } = this.deps;
    this.isProcessed = true;
    if (held.lease.checkpoint !== this.last) this.restart(); // the processor made one itself
    if (intervalMs > 0 && clock.monotonicMs() - this.lastAtMs >= intervalMs) await this.checkpoint();
  }

  /** The shard is about to be let go. Nothing happens in the middle of a batch. */
  async beforeLetGo(): Promise<void> {
    if (this.deps.intervalMs > 0 && this.isProcessed) await this.checkpoint();
  }

  private async checkpoint(): Promise<void> {
    const { held, checkpointer } = this.deps;
    if (held.lease.pending === undefined) await checkpointer.checkpoint().catch(ignoreRefusal);
    this.restart();
  }

  private restart(): void {
    this.last = this.deps.held.lease.checkpoint;
    this.lastAtMs = this.deps.clock.monotonicMs();
  }
}

/** The lease is lost, which others notice, or the processor is checkpointing itself at this moment. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof CheckpointError)) throw error;
}
