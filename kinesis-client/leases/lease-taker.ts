/**
 * Carries out what a worker plans on leases that it does not hold: takes them, or asks their living owners for them. The
 * lookout says what, the keeper holds what comes of it. It never decides, and takes nothing after a stop has begun.
 */
import type { Clock } from '../../runtime/clock';
import { inParallel } from '../../runtime/in-parallel';
import type { Random } from '../../runtime/random';
import { answerTimeoutMs, trustedMs, type LeaseSettings } from './config';
import { holdLease, type KeptLease } from './held-lease';
import type { Lease } from './lease';
import type { LeaseTable } from './lease-table';
import { startingHandOff, taking, type LeaseWrite, type TakenHow } from './lease-writes';
import type { ReadTime } from './observe-leases';
import type { LeasePlan } from './plan-leases';
import { settleWrite, type Settled } from './settle-write';
import type { LeaseTelemetry } from './telemetry';
import { isOurWorkerId } from './worker-id';

export interface LeaseTakerOptions {
  readonly table: LeaseTable;
  readonly workerId: string;
  readonly settings: LeaseSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: LeaseTelemetry;
  /** From then on nothing is taken; what is under way is let go when it turns out taken. */
  readonly takingStops: AbortSignal;
  /** Gives up at once what is under way. */
  readonly stopping: AbortSignal;
  readonly onTaken: (held: KeptLease, how: TakenHow) => void;
}

/** A row as it stands after a write, or after one was refused (absent: it is gone). */
export interface Found {
  readonly leaseKey: string;
  readonly row?: Lease;
  readonly time: ReadTime;
  readonly isRefused: boolean;
}

export class LeaseTaker {
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly options: LeaseTakerOptions) {}

  /**
   * `isStale`: the plan rests on a slow read. A live owner writes all the time, so what is to be stolen is read again first.
   * Throws what the table throws, when all that was under way has ended.
   */
  async carryOut({ take, steal, parkMs }: LeasePlan, isStale: boolean): Promise<readonly Found[]> {
    const { table, settings, telemetry } = this.options;
    const taken = await inParallel(take, settings.leaseWritesParallel, ({ lease, how }) => {
      if (lease.checkpointOwner !== undefined && how === 'handed-over') telemetry.handOffForced(lease.leaseKey);
      return this.watched(this.take(lease, how, parkMs));
    });
    const stolen = await inParallel(steal, settings.leaseWritesParallel, async (lease) => {
      const fresh = isStale ? await table.get(lease.leaseKey) : lease;
      if (fresh === undefined || fresh.leaseOwner !== lease.leaseOwner) return undefined;
      return this.watched(
        isOurWorkerId(fresh.leaseOwner ?? '') ? this.askFor(fresh) : this.take(fresh, 'stolen', parkMs),
      );
    });
    return [...taken, ...stolen].flatMap((found) => found ?? []);
  }

  /** Resolves when nothing is under way. Never rejects. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.underWay]);
  }

  private async take(lease: Lease, how: TakenHow, parkMs: number): Promise<Found | undefined> {
    const { table, clock, random, settings, telemetry, takingStops, workerId, onTaken } = this.options;
    const startedMs = clock.monotonicMs();
    const write = taking(lease, workerId, clock.wallMs(), how, parkMs);
    const settled = await this.settle(write);
    if (settled.kind === 'written') {
      const held = holdLease(settled.lease, settled.sentMs, {
        ...{ table, clock, random },
        leaseDurationMs: settings.leaseDurationMs,
        retryMaxMs: settings.leaseRetryMaxMs,
        onRetry: telemetry.writeRetried,
        onFenced: telemetry.writeFenced,
      });
      if (takingStops.aborted) await held.release();
      else onTaken(held, how);
    }
    return this.found(write, settled, startedMs);
  }

  /** The owner gets time to end what he has begun. */
  private async askFor(lease: Lease): Promise<Found | undefined> {
    const { workerId, telemetry, clock } = this.options;
    const startedMs = clock.monotonicMs();
    const write = startingHandOff(lease, workerId);
    const settled = await this.settle(write);
    if (settled.kind === 'written') telemetry.handOffStarted(lease.leaseKey, lease.leaseOwner);
    return this.found(write, settled, startedMs);
  }

  private async settle(write: LeaseWrite): Promise<Settled> {
    const { table, clock, random, settings, telemetry, takingStops, stopping } = this.options;
    const untilMs = clock.monotonicMs() + trustedMs(settings.leaseDurationMs);
    return settleWrite(write, {
      ...{ table, clock, random },
      retryMaxMs: settings.leaseRetryMaxMs,
      onRetry: telemetry.writeRetried,
      answerTimeoutMs: answerTimeoutMs(settings.leaseDurationMs),
      signal: stopping,
      isWorthTrying: () => !takingStops.aborted && clock.monotonicMs() < untilMs,
    });
  }

  private found({ leaseKey }: LeaseWrite, settled: Settled, startedMs: number): Found | undefined {
    if (settled.kind === 'unknown') return undefined;
    const time = { startedMs, endedMs: this.options.clock.monotonicMs() };
    if (settled.kind === 'written') return { leaseKey, row: settled.lease, time, isRefused: false };
    return { leaseKey, ...(settled.row === undefined ? {} : { row: settled.row }), time, isRefused: true };
  }

  private async watched<T>(work: Promise<T>): Promise<T> {
    this.underWay.add(work);
    return work.finally(() => this.underWay.delete(work));
  }
}
