/**
 * Looks at the lease table on and on: reads it, tells the holders of leases what it found, plans, and lets lease-taker.ts
 * do it. A shell around observe-leases.ts and plan-leases.ts; the lease keeper starts it and holds what comes of it.
 */
import type { Clock } from '../../runtime/clock';
import { inParallel } from '../../runtime/in-parallel';
import type { Random } from '../../runtime/random';
import { renewIntervalMs, type LeaseSettings } from './config';
import type { KeptLease } from './held-lease';
import type { Lease } from './lease';
import type { LeaseTable } from './lease-table';
import type { LeaseTaker } from './lease-taker';
import {
  dueLeases,
  emptyView,
  isPromised,
  observeRow,
  observeScan,
  type LeaseView,
  type ReadTime,
} from './observe-leases';
import { planLeases, type LeasePlan } from './plan-leases';
import type { ForeignRow } from './sort-rows';
import type { LeaseTelemetry } from './telemetry';

export interface LeaseLookoutOptions {
  readonly table: LeaseTable;
  readonly workerId: string;
  readonly settings: LeaseSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: LeaseTelemetry;
  readonly held: ReadonlyMap<string, KeptLease>;
  readonly taker: LeaseTaker;
  /** From then on it looks no more. */
  readonly takingStops: AbortSignal;
  /** Runs it, and tells whether it was done; what fails may be tried again. */
  readonly attempt: (run: () => Promise<unknown>) => Promise<boolean>;
}

/** Looks and audits of a fleet must not fall together: each pause is this much longer or shorter, by chance. */
const JITTER = 0.1;
/** How often one look plans again at once because others were quicker: each time it has learned who they are. */
const PLANS_PER_LOOK_MAX = 10;

export const jittered = (ms: number, random: Random): number => ms * (1 - JITTER + 2 * JITTER * random.next());

export class LeaseLookout {
  private view: LeaseView = emptyView;
  private workers = 1;
  private scanUnits = 1;
  private nextLookMs = 0;
  /** This worker has not had its share yet. */
  private isNew = true;
  /** Aborts when it has. */
  private readonly shared = new AbortController();

  constructor(private readonly options: LeaseLookoutOptions) {}

  /** The leases as they were last seen. */
  get leases(): readonly Lease[] {
    return [...this.view.values()].map(({ lease }) => lease);
  }

  /**
   * Resolves when this worker has its share: the first lease, the others a moment later, and what it asks its peers for; when they have
   * kept that for too long, or when nothing more is to be taken. So workers that are deployed in turn, each when the one before has
   * started, never meet half-way.
   */
  async untilShared(): Promise<void> {
    const { clock, settings, takingStops } = this.options;
    await clock.sleep(settings.handOffTimeoutMs, AbortSignal.any([this.shared.signal, takingStops]));
  }

  /** Reads the whole table and acts on it. Gives the rows that are no leases. Throws what the table throws. */
  async look(): Promise<readonly ForeignRow[]> {
    const { table, clock, telemetry } = this.options;
    const startedMs = clock.monotonicMs();
    this.nextLookMs = startedMs + this.pauseMs();
    const scan = await table.scan();
    const endedMs = clock.monotonicMs();
    telemetry.looked(endedMs - startedMs);
    this.scanUnits = scan.readUnits;
    this.view = observeScan(this.view, scan.leases, { startedMs, endedMs });
    this.tellHolders();
    await this.takePlanned({ startedMs, endedMs }, true);
    return scan.foreignRows;
  }

  async lookOnAndOn(): Promise<void> {
    const { clock, random, settings, takingStops: signal, attempt } = this.options;
    while (!signal.aborted) {
      const wakeMs = Math.min(this.nextLookMs, this.dueLeases()[0]?.dueMs ?? Infinity);
      await clock.sleep(Math.ceil(wakeMs - clock.monotonicMs()), signal);
      const nowMs = clock.monotonicMs();
      if (signal.aborted) return;
      const isDone = await attempt(() => (nowMs >= this.nextLookMs ? this.look() : this.lookAtDue(nowMs)));
      // A row that is due stays so until it was read: without a pause this would be a loop without one.
      if (!isDone) await clock.sleep(jittered(settings.leaseRetryMaxMs, random), signal);
    }
  }

  /** It has less than its share, or peers have not given yet what it asked for. */
  private expectsMore(): boolean {
    return this.isNew || this.leases.some((lease) => isPromised(lease, this.options.workerId));
  }

  /** What a look finds of a held lease comes sooner than its next renewal: a take by another worker, or a hand-off. */
  private tellHolders(): void {
    for (const lease of [...this.options.held.values()]) {
      const seen = this.view.get(lease.leaseKey);
      if (seen !== undefined) lease.observe(seen.lease);
    }
  }

  /** Reads the rows that have fallen due by now. Of the others it knows too little then to steal. */
  private async lookAtDue(nowMs: number): Promise<void> {
    const { table, clock, settings } = this.options;
    const due = this.dueLeases().filter(({ dueMs }) => dueMs <= nowMs);
    if (due.length === 0) return;
    const startedMs = clock.monotonicMs();
    await inParallel(due, settings.leaseWritesParallel, async ({ leaseKey }) => {
      const row = await table.get(leaseKey);
      this.view = observeRow(this.view, leaseKey, row, { startedMs, endedMs: clock.monotonicMs() });
    });
    await this.takePlanned({ startedMs, endedMs: clock.monotonicMs() }, false);
  }

  private dueLeases(): ReturnType<typeof dueLeases> {
    const { workerId, held, settings } = this.options;
    return dueLeases(this.view, workerId, held, settings);
  }

  /** Where another worker was quicker, its row says who it is: the next plan comes at once. */
  private async takePlanned(read: ReadTime, maySteal: boolean): Promise<void> {
    const { settings, telemetry, taker, takingStops } = this.options;
    const isStale = read.endedMs - read.startedMs > renewIntervalMs(settings.leaseDurationMs) / 2;
    for (let plans = 0; plans < PLANS_PER_LOOK_MAX && !takingStops.aborted; plans++) {
      const plan = this.plan();
      telemetry.planned(plan);
      this.workers = plan.workers;
      if (plan.isFirst) this.lookWithin(settings.firstShareWaitMs);
      const found = await taker.carryOut(maySteal ? plan : { ...plan, steal: [] }, isStale);
      for (const { leaseKey, row, time } of found) this.view = observeRow(this.view, leaseKey, row, time);
      if (this.isNew) this.isNew = !this.plan().isSettled;
      if (!this.expectsMore()) this.shared.abort();
      if (!found.some(({ isRefused }) => isRefused)) return;
    }
  }

  private plan(): LeasePlan {
    const { workerId, held, settings, random, clock } = this.options;
    return planLeases(this.view, { workerId, held, isNew: this.isNew, wallMs: clock.wallMs() }, settings, random);
  }

  /** The looks of all workers together stay under the read units they may cost. */
  private pauseMs(): number {
    const { lookIntervalMs, scanUnitsPerSecondMax } = this.options.settings;
    const affordableMs = (this.workers * this.scanUnits * 1_000) / scanUnitsPerSecondMax;
    return jittered(Math.max(lookIntervalMs, affordableMs), this.options.random);
  }

  private lookWithin(ms: number): void {
    const { clock, random } = this.options;
    this.nextLookMs = Math.min(this.nextLookMs, clock.monotonicMs() + jittered(ms, random));
  }
}
