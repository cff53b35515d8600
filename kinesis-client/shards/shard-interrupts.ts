/**
 * What may break into anything that a shard consumer waits for: the lease is lost, the processor wants to start again, the
 * worker stops or another one asks for the lease. The consumer asks after every wait; nothing else decides on them.
 */
import type { HeldLease } from '../leases/held-lease';

export type Interruption = 'leaseLost' | 'restartRequested' | 'stopRequested';

export class ShardInterrupts {
  private readonly stopping = new AbortController();
  private restarting = new AbortController();
  private combined: AbortSignal;

  constructor(private readonly held: HeldLease) {
    this.combined = this.combine();
  }

  /** The most pressing one; null when nothing interrupts. A lease whose time is up counts as lost before any timer says so. */
  current(): Interruption | null {
    if (!this.held.isValid()) return 'leaseLost';
    if (this.restarting.signal.aborted) return 'restartRequested';
    return this.stopping.signal.aborted || this.held.handOffRequested.aborted ? 'stopRequested' : null;
  }

  /** Aborts with the next interruption. */
  get signal(): AbortSignal {
    return this.combined;
  }

  requestStop(): void {
    this.stopping.abort();
  }

  /** For one life of a processor: called after that life, it does nothing. */
  restartOnce(): () => void {
    const { restarting } = this;
    return () => restarting.abort();
  }

  /** The restart that was asked for is done. */
  restarted(): void {
    this.restarting = new AbortController();
    this.combined = this.combine();
  }

  private combine(): AbortSignal {
    const { lost, releaseRequested, handOffRequested } = this.held;
    const asked = [handOffRequested, this.restarting.signal, this.stopping.signal];
    return AbortSignal.any([lost, releaseRequested, ...asked]);
  }
}
