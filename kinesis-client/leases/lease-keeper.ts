/**
 * Holds this worker's share of the leases: lets lease-lookout.ts find and take it, renews what it holds, ends hand-offs in time,
 * keeps the rows in step with the shards. The worker starts and stops it and hears of every lease won and lost. It never
 * reads a shard and never checkpoints.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../runtime/clock';
import { isRetryable } from '../../runtime/errors';
import { inParallel } from '../../runtime/in-parallel';
import type { Random } from '../../runtime/random';
import { withRetries } from '../../runtime/retry';
import { answerTimeoutMs, renewIntervalMs, startBackoff, type LeaseSettings } from './config';
import type { HeldLease, KeptLease, LostReason } from './held-lease';
import { isFinished } from './lease';
import type { LeaseTable } from './lease-table';
import { jittered, LeaseLookout } from './lease-lookout';
import { LeaseTaker } from './lease-taker';
import { LeaseUpkeep } from './lease-upkeep';
import type { TakenHow } from './lease-writes';
import type { InitialPosition } from './plan-shard-sync';
import { orAborted } from './settle-write';
import type { ShardLister } from './shard-lister';
import type { LeaseTask, LeaseTelemetry } from './telemetry';

export interface LeaseListener {
  /** From now on the shard is ours. A lease at SHARD_END comes too: its shard has nothing to read. */
  won(lease: HeldLease): void;
  /** Called once for every lease won, whatever the reason (`lease.lost.reason`), also after our own evict. */
  lost(lease: HeldLease): void;
}

export interface LeaseKeeper {
  /** Ensures the table, makes the first leases if it is empty, takes its share (but see untilShared); then goes on until stopped. */
  start(): Promise<void>;
  readonly held: ReadonlyMap<string, HeldLease>;
  /** A graceful stop begins: what is held is renewed, nothing more is taken. */
  stopTaking(): void;
  /** Ends all loops. What is still held is dropped without a write: its rows expire. */
  stop(): Promise<void>;
}

export interface LeaseKeeperOptions {
  readonly table: LeaseTable;
  readonly shards: ShardLister;
  /** Unique to this process: see worker-id.ts. */
  readonly workerId: string;
  readonly initialPosition: InitialPosition;
  readonly listener: LeaseListener;
  readonly settings: LeaseSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: LeaseTelemetry;
  /** Called at most once, after start, for what a retry cannot heal. */
  readonly onFatal: (error: unknown) => void;
}

export const createLeaseKeeper = (options: LeaseKeeperOptions): LeaseKeeper => new Keeper(options);

class Keeper implements LeaseKeeper {
  readonly held = new Map<string, KeptLease>();
  private readonly upkeep: LeaseUpkeep;
  private readonly taker: LeaseTaker;
  private readonly lookout: LeaseLookout;
  private readonly stopping = new AbortController();
  private readonly takingStops = new AbortController();
  private readonly renewing = new Set<KeptLease>();
  private readonly loops: Promise<void>[] = [];
  private syncs = false;
  private failed = false;

  constructor(private readonly options: LeaseKeeperOptions) {
    const { emptyTableWaitMaxMs, leaseCleanupIntervalMs } = options.settings;
    this.upkeep = new LeaseUpkeep({ ...options, emptyTableWaitMaxMs, leaseCleanupIntervalMs });
    const [takingStops, stopping] = [this.takingStops.signal, this.stopping.signal];
    this.taker = new LeaseTaker({ ...options, takingStops, stopping, onTaken: (held, how) => this.hold(held, how) });
    const attempt = (run: () => Promise<unknown>): Promise<boolean> => this.attempt('look', run);
    this.lookout = new LeaseLookout({ ...options, held: this.held, taker: this.taker, takingStops, attempt });
    setMaxListeners(0, this.stopping.signal); // every take and renewal under way waits on it
  }

  async start(): Promise<void> {
    const { settings, telemetry } = this.options;
    // First of all: what the first look takes is renewed from then on, however long the rest of the start may take.
    this.loops.push(this.renewOnAndOn());
    await withRetries(() => this.prepareTable(), {
      ...this.options,
      attemptsMax: settings.startAttemptsMax,
      backoff: startBackoff(settings),
      signal: this.stopping.signal,
      onRetry: (error) => telemetry.taskFailed('start', error),
    }).catch(async (error: unknown) => {
      await this.stop();
      throw error;
    });
    this.loops.push(
      this.lookout.lookOnAndOn(),
      this.every(settings.auditIntervalMs, 'audit', () => this.audit()),
      this.every(settings.leaseCleanupIntervalMs, 'cleanup', () => this.cleanUp()),
    );
    await this.lookout.untilShared();
  }

  stopTaking(): void {
    this.takingStops.abort();
  }

  async stop(): Promise<void> {
    this.stopTaking();
    await this.takesUnderWay();
    this.stopping.abort();
    for (const lease of [...this.held.values()]) lease.drop('stopped');
    await Promise.all(this.loops);
  }

  /** What turns out taken now is let go at once. Waits for it as long as for the answer to any write. */
  private async takesUnderWay(): Promise<void> {
    const { clock, settings } = this.options;
    const over = new AbortController();
    const timeout = clock.sleep(answerTimeoutMs(settings.leaseDurationMs), over.signal);
    await Promise.race([this.taker.idle(), timeout]);
    over.abort();
  }

  private async prepareTable(): Promise<void> {
    const { table, telemetry } = this.options;
    const made = (await table.ensure(telemetry.waitsForTable)) === 'created';
    if (made) telemetry.tableMade();
    await this.upkeep.begin(made, this.stopping.signal);
    const foreignRows = await this.lookout.look();
    if (foreignRows.length > 0) telemetry.foreignRowsFound(foreignRows.map(({ key }) => key));
  }

  private hold(held: KeptLease, how: TakenHow): void {
    const { listener, telemetry } = this.options;
    if (!held.isValid()) return held.drop('expired');
    this.held.set(held.leaseKey, held);
    telemetry.leaseTaken(held.lease, how, this.held.size);
    held.lost.addEventListener('abort', () => {
      const reason = held.lost.reason as LostReason;
      this.held.delete(held.leaseKey);
      telemetry.leaseLost(held.leaseKey, reason, this.held.size);
      listener.lost(held);
      if (reason === 'row-gone') void this.repairRows();
    });
    listener.won(held);
    const onRequest = (): void => void this.attempt('hand-off', () => this.endHandOff(held));
    if (held.handOffRequested.aborted) onRequest();
    else held.handOffRequested.addEventListener('abort', onRequest);
  }

  /** Whoever works on the shard hears from the lease itself that a peer asks for it. Here it is let go if he does not in time. */
  private async endHandOff(held: HeldLease): Promise<void> {
    const { clock, settings, telemetry } = this.options;
    const { leaseKey, lost } = held;
    const sinceMs = clock.monotonicMs();
    telemetry.handOffRequested(leaseKey, held.handOffRequested.reason as string);
    if (!isFinished(held.lease)) {
      await clock.sleep(settings.handOffTimeoutMs, lost);
      if (!lost.aborted) telemetry.handOffForced(leaseKey);
    }
    await held.release();
    if (lost.reason === 'handed-over') telemetry.handOffEnded(leaseKey, clock.monotonicMs() - sinceMs);
  }

  private async renewOnAndOn(): Promise<void> {
    const { clock, settings } = this.options;
    const { signal } = this.stopping;
    const intervalMs = renewIntervalMs(settings.leaseDurationMs);
    for (let nextMs = clock.monotonicMs() + intervalMs; !signal.aborted; nextMs += intervalMs) {
      await clock.sleep(Math.ceil(nextMs - clock.monotonicMs()), signal);
      if (signal.aborted) return;
      nextMs = Math.max(nextMs, clock.monotonicMs() - intervalMs);
      const due = [...this.held.values()].filter((lease) => !this.renewing.has(lease));
      for (const lease of due) this.renewing.add(lease);
      // Not awaited: a renewal that hangs holds up neither the next round nor the leases beside it.
      void this.attempt('renew', () =>
        inParallel(due, settings.leaseWritesParallel, async (lease) => {
          await lease.renew(intervalMs).finally(() => this.renewing.delete(lease));
        }),
      );
    }
  }

  /** Somebody deleted the row of a shard that was being read: nobody reads it until it is made again. */
  private async repairRows(): Promise<void> {
    if (this.syncs) return;
    this.syncs = true;
    await this.attempt('audit', () => this.upkeep.sync());
    this.syncs = false;
  }

  private audit(): Promise<void> {
    return this.upkeep.audit(this.lookout.leases, this.stopping.signal);
  }

  private cleanUp(): Promise<void> {
    const onDeleted = (leaseKey: string): void => this.held.get(leaseKey)?.drop('shard-ended');
    return this.upkeep.cleanUp(this.lookout.leases, this.held, onDeleted);
  }

  private async every(intervalMs: number, task: LeaseTask, run: () => Promise<void>): Promise<void> {
    const { clock, random } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await clock.sleep(jittered(intervalMs, random), signal);
      if (!signal.aborted) await this.attempt(task, run);
    }
  }

  /**
   * Runs it to its end, or until the stop. What may heal waits for its next turn; anything else ends the worker. True
   * when it was done.
   */
  private async attempt(task: LeaseTask, run: () => Promise<unknown>): Promise<boolean> {
    const { telemetry, onFatal } = this.options;
    const guarded = run().then(
      () => true,
      (error: unknown) => {
        if (isRetryable(error)) telemetry.taskFailed(task, error);
        else if (!this.failed && !this.stopping.signal.aborted) {
          this.failed = true;
          onFatal(error);
        }
        return false;
      },
    );
    return (await orAborted(guarded, this.stopping.signal)) === true;
  }
}
