/**
 * Holds this worker's share of the leases: looks at the table, takes what the plan says, renews what it holds, keeps
 * the rows in step with the shards. A shell around observe-leases.ts and plan-leases.ts; the worker starts and stops it
 * and hears of every lease won and lost. It never reads a shard and never checkpoints.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../runtime/clock';
import { isRetryable } from '../../runtime/errors';
import { inParallel } from '../../runtime/in-parallel';
import type { Random } from '../../runtime/random';
import { withRetries } from '../../runtime/retry';
import { answerTimeoutMs, renewIntervalMs, startBackoff, trustedMs, type LeaseSettings } from './config';
import { holdLease, type HeldLease, type KeptLease, type LostReason } from './held-lease';
import { isFinished, type Lease } from './lease';
import type { LeaseTable } from './lease-table';
import { LeaseUpkeep } from './lease-upkeep';
import { taking } from './lease-writes';
import { dueLeases, emptyView, observeRow, observeScan, type LeaseView, type ReadTime } from './observe-leases';
import { planLeases } from './plan-leases';
import type { InitialPosition } from './plan-shard-sync';
import { orAborted, settleWrite } from './settle-write';
import type { ShardLister } from './shard-lister';
import type { ForeignRow } from './sort-rows';
import type { LeaseTask, LeaseTelemetry } from './telemetry';

export interface LeaseListener {
  /** From now on the shard is ours. A lease at SHARD_END comes too: its shard has nothing to read. */
  won(lease: HeldLease): void;
  /** Called once for every lease won, whatever the reason (`lease.lost.reason`), also after our own evict. */
  lost(lease: HeldLease): void;
}

export interface LeaseKeeper {
  /** Ensures the table, makes the first leases if it is empty, takes the first share; then goes on until stopped. */
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

/** Looks and audits of a fleet must not fall together: each pause is this much longer or shorter, by chance. */
const JITTER = 0.1;

class Keeper implements LeaseKeeper {
  readonly held = new Map<string, KeptLease>();
  private view: LeaseView = emptyView;
  private workers = 1;
  private scanUnits = 1;
  private readonly upkeep: LeaseUpkeep;
  private readonly stopping = new AbortController();
  private readonly takingStops = new AbortController();
  private readonly renewing = new Set<KeptLease>();
  private readonly loops: Promise<void>[] = [];
  private syncs = false;
  private failed = false;

  constructor(private readonly options: LeaseKeeperOptions) {
    const { emptyTableWaitMaxMs } = options.settings;
    this.upkeep = new LeaseUpkeep({ ...options, emptyTableWaitMaxMs });
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
      this.lookOnAndOn(),
      this.every(settings.auditIntervalMs, 'audit', () => this.audit()),
      this.every(settings.leaseCleanupIntervalMs, 'cleanup', () => this.cleanUp()),
    );
  }

  stopTaking(): void {
    this.takingStops.abort();
  }

  async stop(): Promise<void> {
    this.stopTaking();
    this.stopping.abort();
    for (const lease of [...this.held.values()]) lease.drop('stopped');
    await Promise.all(this.loops);
  }

  private async prepareTable(): Promise<void> {
    const { table, telemetry } = this.options;
    const made = (await table.ensure(telemetry.waitsForTable)) === 'created';
    if (made) telemetry.tableMade();
    await this.upkeep.begin(made, this.stopping.signal);
    const foreignRows = await this.look();
    if (foreignRows.length > 0) telemetry.foreignRowsFound(foreignRows.map(({ key }) => key));
  }

  /** Reads the whole table and acts on it. Gives the rows that are no leases. */
  private async look(): Promise<readonly ForeignRow[]> {
    const { table, clock, telemetry } = this.options;
    const startedMs = clock.monotonicMs();
    const scan = await table.scan();
    const endedMs = clock.monotonicMs();
    telemetry.looked(endedMs - startedMs);
    this.scanUnits = scan.readUnits;
    this.view = observeScan(this.view, scan.leases, { startedMs, endedMs });
    this.tellHeld();
    await this.takePlanned({ startedMs, endedMs });
    return scan.foreignRows;
  }

  /** What a look finds of a held lease comes sooner than its next renewal: a take by another worker, or a hand-off. */
  private tellHeld(): void {
    for (const lease of [...this.held.values()]) {
      const seen = this.view.get(lease.leaseKey);
      if (seen !== undefined) lease.observe(seen.lease);
    }
  }

  /** Reads the rows that have fallen due by now. */
  private async lookAtDue(nowMs: number): Promise<void> {
    const { table, clock, settings } = this.options;
    const due = dueLeases(this.view, this.held, settings.leaseDurationMs).filter(({ dueMs }) => dueMs <= nowMs);
    if (due.length === 0) return;
    const startedMs = clock.monotonicMs();
    await inParallel(due, settings.leaseWritesParallel, async ({ leaseKey }) => {
      const row = await table.get(leaseKey);
      this.view = observeRow(this.view, leaseKey, row, { startedMs, endedMs: clock.monotonicMs() });
    });
    await this.takePlanned({ startedMs, endedMs: clock.monotonicMs() });
  }

  private async takePlanned(read: ReadTime): Promise<void> {
    const { workerId, settings, random, telemetry, table } = this.options;
    const plan = planLeases(this.view, workerId, this.held, settings, random);
    this.workers = plan.workers;
    telemetry.planned(plan);
    await inParallel(plan.take, settings.leaseWritesParallel, (lease) => this.take(lease, 'free'));
    // A live owner renews all the time: after a slow read its counter has moved on, and taking would always fail.
    const isStale = read.endedMs - read.startedMs > renewIntervalMs(settings.leaseDurationMs) / 2;
    await inParallel(plan.steal, settings.leaseWritesParallel, async (lease) => {
      const fresh = isStale ? await table.get(lease.leaseKey) : lease;
      if (fresh !== undefined && fresh.leaseOwner === lease.leaseOwner) await this.take(fresh, 'stolen');
    });
  }

  private async take(lease: Lease, how: 'free' | 'stolen'): Promise<void> {
    const { workerId, settings, clock, random, table, telemetry } = this.options;
    if (this.takingStops.signal.aborted || this.held.has(lease.leaseKey)) return;
    const { leaseDurationMs, leaseRetryMaxMs: retryMaxMs } = settings;
    const write = taking(lease, workerId, clock.wallMs());
    const triesUntilMs = clock.monotonicMs() + trustedMs(leaseDurationMs);
    const onRetry = telemetry.writeRetried;
    const settled = await settleWrite(write, {
      ...{ table, clock, random, retryMaxMs, onRetry },
      answerTimeoutMs: answerTimeoutMs(leaseDurationMs),
      signal: this.stopping.signal,
      isWorthTrying: () => clock.monotonicMs() < triesUntilMs,
    });
    if (settled.kind !== 'written') return;
    const onFenced = telemetry.writeFenced;
    const holding = { table, clock, random, leaseDurationMs, retryMaxMs, onRetry, onFenced };
    const held = holdLease(settled.lease, settled.sentMs, holding);
    if (this.takingStops.signal.aborted) return held.release();
    this.hold(held, how);
  }

  private hold(held: KeptLease, how: 'free' | 'stolen'): void {
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

  private async lookOnAndOn(): Promise<void> {
    const { clock, settings } = this.options;
    const signal = this.takingStops.signal;
    let nextLookMs = clock.monotonicMs() + this.lookPauseMs();
    while (!signal.aborted) {
      const [soonest] = dueLeases(this.view, this.held, settings.leaseDurationMs);
      const wakeMs = Math.min(nextLookMs, soonest?.dueMs ?? Infinity);
      await clock.sleep(Math.ceil(wakeMs - clock.monotonicMs()), signal);
      const nowMs = clock.monotonicMs();
      if (signal.aborted) return;
      const isLook = nowMs >= nextLookMs;
      if (isLook) nextLookMs = nowMs + this.lookPauseMs();
      const done = await this.attempt('look', () => (isLook ? this.look() : this.lookAtDue(nowMs)));
      // A row that is due stays so until it was read: without a pause this would be a loop without one.
      if (!done) await clock.sleep(this.jittered(settings.leaseRetryMaxMs), signal);
    }
  }

  /** The looks of all workers together stay under the read units they may cost. */
  private lookPauseMs(): number {
    const { lookIntervalMs, scanUnitsPerSecondMax } = this.options.settings;
    const affordableMs = (this.workers * this.scanUnits * 1_000) / scanUnitsPerSecondMax;
    return this.jittered(Math.max(lookIntervalMs, affordableMs));
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
    return this.upkeep.audit(
      [...this.view.values()].map(({ lease }) => lease),
      this.stopping.signal,
    );
  }

  private cleanUp(): Promise<void> {
    const leases = [...this.view.values()].map(({ lease }) => lease);
    return this.upkeep.cleanUp(leases, this.held, (leaseKey) => this.held.get(leaseKey)?.drop('shard-ended'));
  }

  private async every(intervalMs: number, task: LeaseTask, run: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.options.clock.sleep(this.jittered(intervalMs), signal);
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

  private jittered(ms: number): number {
    return ms * (1 - JITTER + 2 * JITTER * this.options.random.next());
  }
}
