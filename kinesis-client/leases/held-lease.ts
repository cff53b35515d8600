/**
 * One lease that this worker holds: all writes to it go through here, one at a time. The lease keeper makes and renews
 * it, the shard's consumer checkpoints through it. It is lost once and for ever: taken again, it is another HeldLease,
 * so an old consumer can never write under a new holding.
 *
 * Held ends when a write is fenced, the row is gone, it was let go, or trust ran out on this process's own clock:
 * trust counts from before the last successful write was sent and is never stretched by a slow answer. A hand-off
 * that another worker asks for does not end it: it is held, renewed and checkpointed until it is released.
 */
import type { Clock } from '../../runtime/clock';
import { FlotillaError } from '../../runtime/errors';
import type { Random } from '../../runtime/random';
import { answerTimeoutMs, trustedMs } from './config';
import { actualOwner, compareCheckpoints, receiverFrom, sameProgress, type Checkpoint, type Lease } from './lease';
import type { LeaseTable } from './lease-table';
import {
  checkpointing,
  clearingPending,
  committing,
  endingHandOff,
  eviction,
  preparing,
  renewal,
  settingChildren,
  type LeaseWrite,
} from './lease-writes';
import { settleWrite, type Settled } from './settle-write';

/**
 * fenced: another worker wrote. row-gone: somebody deleted the row. shard-ended: we did, nobody needs it any more.
 * evicted: we let it go. handed-over: the same, to the worker that had asked for it. failed: DynamoDB refused a write
 * for good. stopped: this worker ended.
 */
export type LostReason =
  'fenced' | 'expired' | 'row-gone' | 'shard-ended' | 'evicted' | 'handed-over' | 'stopped' | 'failed';

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
  /** Aborts when another worker asks for the lease; its reason is the id of that worker. It should be released soon. */
  readonly handOffRequested: AbortSignal;
  /** Aborts when it is asked to be released: others may have it before the answer to the write is here. */
  readonly releaseRequested: AbortSignal;
  /** Whether something may be begun under it: it is held, its time is not up, and nobody has asked for its release. */
  isValid(): boolean;
  /** Throws FLOTILLA_PENDING_CHECKPOINT while a prepared checkpoint waits for its commit; or clears that one, as Java. */
  checkpoint(to: Checkpoint, clearsPending?: boolean): Promise<'written' | 'lost'>;
  /** First phase. The state may be empty. When one is prepared already: as `checkpoint`. */
  prepare(to: Checkpoint, state: Uint8Array, clearsPending?: boolean): Promise<'written' | 'lost'>;
  /** Second phase: the pending checkpoint becomes the checkpoint. Throws when nothing is pending. */
  commit(): Promise<'written' | 'lost'>;
  /** Names the children in the row. Not fenced, as in Java: it tells a fact about the stream. */
  setChildren(childShardIds: readonly string[]): Promise<void>;
  /**
   * Waits for the write in flight, then lets go, so that another worker can take the lease at once: the one that asked
   * for it, or any.
   */
  release(): Promise<void>;
}

/** What the lease keeper does with it beside. */
export interface KeptLease extends HeldLease {
  /**
   * A heartbeat. Not sent when a write of the last half interval was one already; but never spared twice in a row,
   * since of all writes only this one hears of a hand-off.
   */
  renew(renewIntervalMs: number): Promise<void>;
  /** A look found this row; it may be older than what is known here. */
  observe(row: Lease): void;
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
  /** Hears of a write that was refused because another worker has the lease. */
  readonly onFenced?: (write: LeaseWrite) => void;
}

/** `sentMs`: the monotonic time before the take of this lease was sent. */
export const holdLease = (lease: Lease, sentMs: number, deps: HeldLeaseDeps): KeptLease =>
  new Holding(lease, sentMs, deps);

class Holding implements KeptLease {
  private readonly loss = new AbortController();
  private readonly handOff = new AbortController();
  private readonly letting = new AbortController();
  readonly lost = this.loss.signal;
  readonly handOffRequested = this.handOff.signal;
  readonly releaseRequested = this.letting.signal;
  private readonly owner: string | undefined;
  private readonly takenAt: bigint;
  private spared = false;
  /** The write in flight, and those that wait for it. Never rejects. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private current: Lease,
    private sentMs: number,
    private readonly deps: HeldLeaseDeps,
  ) {
    this.owner = actualOwner(current);
    this.takenAt = current.leaseCounter;
    this.know(current);
    void this.watch();
  }

  get lease(): Lease {
    return this.current;
  }

  get leaseKey(): string {
    return this.current.leaseKey;
  }

  isValid(): boolean {
    return !this.letting.signal.aborted && this.isTrusted();
  }

  checkpoint(to: Checkpoint, clearsPending = false): Promise<'written' | 'lost'> {
    return this.move(to, clearsPending, (lease) => checkpointing(lease, to));
  }

  prepare(to: Checkpoint, state: Uint8Array, clearsPending = false): Promise<'written' | 'lost'> {
    return this.move(to, clearsPending, (lease) => preparing(lease, to, state));
  }

  commit(): Promise<'written' | 'lost'> {
    return this.write(committing);
  }

  async setChildren(childShardIds: readonly string[]): Promise<void> {
    if (childShardIds.length > 0) await this.write((lease) => settingChildren(lease, childShardIds));
  }

  async release(): Promise<void> {
    this.letting.abort();
    await this.write((lease) => (lease.checkpointOwner === undefined ? eviction(lease) : endingHandOff(lease)));
  }

  async renew(renewIntervalMs: number): Promise<void> {
    await this.write((lease) => {
      const ageMs = this.deps.clock.monotonicMs() - this.sentMs;
      this.spared = ageMs < renewIntervalMs / 2 && !this.spared;
      return this.spared ? undefined : renewal(lease);
    });
  }

  observe(row: Lease): void {
    if (row.leaseCounter > this.current.leaseCounter && actualOwner(row) !== this.owner) return this.drop('fenced');
    const receiver = receiverFrom(this.owner, row);
    // Rows from before it was taken tell of an earlier holding.
    if (receiver === undefined || row.leaseCounter < this.takenAt) return;
    this.know({ ...this.current, leaseOwner: receiver, checkpointOwner: row.checkpointOwner });
  }

  drop(reason: LostReason): void {
    if (!this.lost.aborted) this.loss.abort(reason);
  }

  private isTrusted(): boolean {
    return !this.lost.aborted && this.deps.clock.monotonicMs() < this.trustedUntilMs();
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
    for (;;) {
      if (!this.checkTrust()) return 'lost';
      const planned = this.current;
      const write = plan(planned);
      if (write === undefined) return 'written';
      const settled = await this.settle(write);
      if (settled.kind === 'written') {
        this.written(write, settled.lease, settled.sentMs);
        return 'written';
      }
      if (settled.kind === 'refused' && this.isHandOffSince(planned, settled.row)) {
        this.know(settled.row);
        continue; // what is to be written under a hand-off may be another thing
      }
      if (settled.kind === 'refused') this.refused(write, settled.row);
      return 'lost';
    }
  }

  private settle(write: LeaseWrite): Promise<Settled> {
    return settleWrite(write, {
      ...this.deps,
      answerTimeoutMs: answerTimeoutMs(this.deps.leaseDurationMs),
      signal: this.lost,
      isWorthTrying: () => this.checkTrust(),
    }).catch((error: unknown) => {
      this.drop('failed');
      throw error;
    });
  }

  private written(write: LeaseWrite, lease: Lease, sentMs: number): void {
    // The meta update has no counter in its condition: it proves nothing about who holds the lease.
    if (write.kind !== 'children') this.sentMs = sentMs;
    if (write.kind !== 'evict' && write.kind !== 'end-hand-off') return this.know(lease);
    // Before the next write has its turn: what was let go must not be renewed.
    this.current = lease;
    this.drop(write.kind === 'evict' ? 'evicted' : 'handed-over');
  }

  private refused(write: LeaseWrite, row: Lease | undefined): void {
    if (row !== undefined) this.deps.onFenced?.(write);
    this.drop(row === undefined ? 'row-gone' : 'fenced');
  }

  /** The row refused a write only because of a hand-off that was not known when it was planned: nothing else has changed in it. */
  private isHandOffSince(planned: Lease, row: Lease | undefined): row is Lease {
    if (row === undefined || !sameProgress(row, planned)) return false;
    const receiver = receiverFrom(this.owner, row);
    return receiver !== undefined && receiver !== receiverFrom(this.owner, planned);
  }

  /** The lease as it stands now. A hand-off that was heard of meanwhile lasts until the lease is lost. */
  private know(lease: Lease): void {
    const { leaseOwner, checkpointOwner } = receiverFrom(this.owner, lease) === undefined ? this.current : lease;
    this.current = { ...lease, leaseOwner, checkpointOwner };
    const receiver = receiverFrom(this.owner, this.current);
    if (receiver !== undefined) this.handOff.abort(receiver);
  }

  /** False from the moment on at which the lease is lost or its time is up, also when no timer could say so yet. */
  private checkTrust(): boolean {
    if (!this.isTrusted()) this.drop('expired');
    return !this.lost.aborted;
  }

  private async watch(): Promise<void> {
    while (this.checkTrust()) {
      await this.deps.clock.sleep(Math.ceil(this.trustedUntilMs() - this.deps.clock.monotonicMs()), this.lost);
    }
  }

  private move(
    to: Checkpoint,
    clearsPending: boolean,
    plan: (lease: Lease) => LeaseWrite,
  ): Promise<'written' | 'lost'> {
    return this.write((lease) => {
      this.mustBeForward(lease, to, clearsPending);
      return clearsPending ? clearingPending(plan(lease)) : plan(lease);
    });
  }

  private mustBeForward(lease: Lease, to: Checkpoint, clearsPending: boolean): void {
    if (lease.pending !== undefined && !clearsPending)
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
