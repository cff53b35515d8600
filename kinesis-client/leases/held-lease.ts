/**
 * One lease that this worker holds: all writes to it go through here, one at a time. The lease keeper makes and renews
 * it, the shard's consumer checkpoints through it. It is lost once and for ever: taken again, it is another HeldLease,
 * so an old consumer can never write under a new holding.
 *
 * Held ends when a write is fenced, the row is gone, it was let go, or trust ran out on this process's own clock:
 * trust counts from before the last successful write was sent and is never stretched by a slow answer.
 */
import type { Clock } from '../../runtime/clock';
import { FlotillaError } from '../../runtime/errors';
import type { Random } from '../../runtime/random';
import { answerTimeoutMs, trustedMs } from './config';
import { compareCheckpoints, type Checkpoint, type Lease } from './lease';
import type { LeaseTable } from './lease-table';
import {
  checkpointing,
  committing,
  eviction,
  preparing,
  renewal,
  settingChildren,
  type LeaseWrite,
} from './lease-writes';
import { settleWrite } from './settle-write';

/**
 * fenced: another worker wrote. row-gone: somebody deleted the row. shard-ended: we did, nobody needs it any more.
 * failed: DynamoDB refused a write for good. stopped: this worker ended.
 */
export type LostReason = 'fenced' | 'expired' | 'row-gone' | 'shard-ended' | 'evicted' | 'stopped' | 'failed';

/**
 * Writes answer 'lost' when the lease is or becomes lost: a write under way then may or may not have been applied, and
 * none is sent after it. They throw fatal FlotillaErrors (the lease is lost then too), and for what is a bug of the
 * caller: a checkpoint that steps back.
 */
export interface HeldLease {
  readonly leaseKey: string;
  /** As last known: after our own last write, or as it was taken. */
  readonly lease: Lease;
  /** Aborts once; its reason is a LostReason. */
  readonly lost: AbortSignal;
  isValid(): boolean;
  /** Throws FLOTILLA_PENDING_CHECKPOINT while a prepared checkpoint waits for its commit. */
  checkpoint(to: Checkpoint): Promise<'written' | 'lost'>;
  /** First phase. The state may be empty. Throws FLOTILLA_PENDING_CHECKPOINT when one is prepared already. */
  prepare(to: Checkpoint, state: Uint8Array): Promise<'written' | 'lost'>;
  /** Second phase: the pending checkpoint becomes the checkpoint. Throws when nothing is pending. */
  commit(): Promise<'written' | 'lost'>;
  /** Names the children in the row. Not fenced, as in Java: it tells a fact about the stream. */
  setChildren(childShardIds: readonly string[]): Promise<void>;
  /** Waits for the write in flight, then lets go, so that another worker can take the lease at once. */
  evict(): Promise<void>;
}

/** What the lease keeper does with it beside. */
export interface KeptLease extends HeldLease {
  /** A heartbeat. Not sent when a write of the last half interval was one already. */
  renew(renewIntervalMs: number): Promise<void>;
  /** Lost from now on, without a write: the row keeps its owner until it expires or somebody takes it. */
  drop(reason: LostReason): void;
}

export interface HeldLeaseDeps {
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly leaseDurationMs: number;
  readonly retryMaxMs: number;
  readonly onRetry: (write: LeaseWrite, error: unknown) => void;
}

/** `sentMs`: the monotonic time before the take of this lease was sent. */
export const holdLease = (lease: Lease, sentMs: number, deps: HeldLeaseDeps): KeptLease =>
  new Holding(lease, sentMs, deps);

class Holding implements KeptLease {
  private readonly loss = new AbortController();
  readonly lost = this.loss.signal;
  /** The write in flight, and those that wait for it. Never rejects. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private current: Lease,
    private sentMs: number,
    private readonly deps: HeldLeaseDeps,
  ) {
    void this.watch();
  }

  get lease(): Lease {
    return this.current;
  }

  get leaseKey(): string {
    return this.current.leaseKey;
  }

  isValid(): boolean {
    return !this.lost.aborted && this.deps.clock.monotonicMs() < this.trustedUntilMs();
  }

  checkpoint(to: Checkpoint): Promise<'written' | 'lost'> {
    return this.write((lease) => {
      this.mustBeForward(lease, to);
      return checkpointing(lease, to);
    });
  }

  prepare(to: Checkpoint, state: Uint8Array): Promise<'written' | 'lost'> {
    return this.write((lease) => {
      this.mustBeForward(lease, to);
      return preparing(lease, to, state);
    });
  }

  commit(): Promise<'written' | 'lost'> {
    return this.write(committing);
  }

  async setChildren(childShardIds: readonly string[]): Promise<void> {
    if (childShardIds.length > 0) await this.write((lease) => settingChildren(lease, childShardIds));
  }

  async evict(): Promise<void> {
    await this.write(eviction);
  }

  async renew(renewIntervalMs: number): Promise<void> {
    await this.write((lease) => {
      const ageMs = this.deps.clock.monotonicMs() - this.sentMs;
      return ageMs < renewIntervalMs / 2 ? undefined : renewal(lease);
    });
  }

  drop(reason: LostReason): void {
    if (!this.lost.aborted) this.loss.abort(reason);
  }

  private trustedUntilMs(): number {
    return this.sentMs + trustedMs(this.deps.leaseDurationMs);
  }

  /** Queues a write. The plan is made when its turn comes, from the lease as it stands then; undefined: not needed. */
  private write(plan: (lease: Lease) => LeaseWrite | undefined): Promise<'written' | 'lost'> {
    const turn = this.queue.then(() => this.writeNow(plan));
    this.queue = turn.then(
      () => undefined,
      () => undefined, // the caller of this turn gets the error; the next turn must still come
    );
    return turn;
  }

  private async writeNow(plan: (lease: Lease) => LeaseWrite | undefined): Promise<'written' | 'lost'> {
    if (!this.checkTrust()) return 'lost';
    const write = plan(this.current);
    if (write === undefined) return 'written';
    const settled = await settleWrite(write, {
      ...this.deps,
      answerTimeoutMs: answerTimeoutMs(this.deps.leaseDurationMs),
      signal: this.lost,
      isWorthTrying: () => this.checkTrust(),
    }).catch((error: unknown) => {
      this.drop('failed');
      throw error;
    });
    if (settled.kind === 'written') {
      this.current = write.after;
      // The meta update has no counter in its condition: it proves nothing about who holds the lease.
      if (write.kind !== 'children') this.sentMs = settled.sentMs;
      // Before the next write has its turn: what was let go must not be renewed.
      if (write.kind === 'evict') this.drop('evicted');
      return 'written';
    }
    if (settled.kind === 'refused') this.drop(settled.row === undefined ? 'row-gone' : 'fenced');
    return 'lost';
  }

  /** False from the moment on at which the lease is lost or its time is up, also when no timer could say so yet. */
  private checkTrust(): boolean {
    if (!this.isValid()) this.drop('expired');
    return !this.lost.aborted;
  }

  private async watch(): Promise<void> {
    while (this.checkTrust()) {
      await this.deps.clock.sleep(Math.ceil(this.trustedUntilMs() - this.deps.clock.monotonicMs()), this.lost);
    }
  }

  private mustBeForward(lease: Lease, to: Checkpoint): void {
    if (lease.pending !== undefined)
      throw new FlotillaError(
        'FLOTILLA_PENDING_CHECKPOINT',
        `lease ${lease.leaseKey}: ${lease.pending.checkpoint.sequenceNumber} is prepared and not committed`,
      );
    if (compareCheckpoints(to, lease.checkpoint) < 0)
      throw new Error(
        `lease ${lease.leaseKey}: checkpoint ${to.sequenceNumber} lies before ${lease.checkpoint.sequenceNumber}`,
      );
  }
}
