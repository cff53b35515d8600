/**
 * Keeps the rows of the lease table in step with the shards of the stream: makes the first ones, repairs what is
 * missing, deletes what is over. A shell around plan-shard-sync.ts; the lease keeper says when. Any worker may do any
 * of it at any time: rows are created only where there is none and deleted only at SHARD_END.
 */
import type { Clock } from '../../runtime/clock';
import { FlotillaError } from '../../runtime/errors';
import type { Random } from '../../runtime/random';
import { findEarlierLease } from './find-earlier-lease';
import { isFinished, type HashRange, type Lease } from './lease';
import type { LeaseTable } from './lease-table';
import { settingHashRange } from './lease-writes';
import {
  findGap,
  planFirstLeases,
  planHashRanges,
  planLeaseCleanup,
  planShardSync,
  type InitialPosition,
} from './plan-shard-sync';
import type { ShardLister } from './shard-lister';
import type { LeaseTelemetry } from './telemetry';

export interface LeaseUpkeepDeps {
  readonly table: LeaseTable;
  readonly shards: ShardLister;
  readonly initialPosition: InitialPosition;
  readonly emptyTableWaitMaxMs: number;
  /** So often rows of ended shards are deleted: what was read longer ago may know nothing of such a row. */
  readonly leaseCleanupIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: LeaseTelemetry;
}

/** A gap is believed when it was there in this many audits in a row (Java's confidence): reshards make short ones. */
const GAP_ROUNDS = 3;
/** A list in the middle of a reshard contradicts itself or the leases; Java asks this often, this far apart. */
const LIST_ATTEMPTS = 3;
const LIST_PAUSE_MS = 1_000;
/** Each how many clean-ups the stream is asked which ended shards it has forgotten (30 minutes in Java). */
const FORGOTTEN_ROUNDS = 30;

export class LeaseUpkeep {
  private gap: { readonly start: string; readonly rounds: number } | undefined;
  private cleanups = 0;

  constructor(private readonly deps: LeaseUpkeepDeps) {}

  /**
   * Before the first look. Fills an empty table; waits by chance first, unless this worker made the table, so that a fleet
   * lists once. Throws FLOTILLA_EARLIER_STREAM when the leases of another table are not of this stream.
   */
  async begin(madeTable: boolean, signal: AbortSignal): Promise<void> {
    const { table, random, clock, emptyTableWaitMaxMs } = this.deps;
    let readAtMs = clock.monotonicMs();
    const { leases } = await table.scan();
    if (leases.length > 0) return this.mustBeOfThisStream(leases, signal);
    if (!madeTable && emptyTableWaitMaxMs > 0) {
      await clock.sleep(random.next() * emptyTableWaitMaxMs, signal);
      readAtMs = clock.monotonicMs();
      if (signal.aborted || (await table.scan()).leases.length > 0) return;
    }
    await this.fill(readAtMs, signal);
  }

  /** Compares all leases with all shards and makes what is missing. */
  async sync(): Promise<void> {
    const { shards, table, initialPosition, clock, telemetry } = this.deps;
    const readAtMs = clock.monotonicMs();
    const listed = await shards.listShards();
    const plan = planShardSync(listed, (await table.scan()).leases, initialPosition, clock.wallMs());
    if (plan.childrenOfOpen.length > 0) telemetry.childBeforeParent(plan.childrenOfOpen);
    await this.create(plan.create, readAtMs);
  }

  /** One round: costs nothing as long as the leases seen cover the whole hash range. */
  async audit(leases: readonly Lease[], signal: AbortSignal): Promise<void> {
    if (leases.length === 0) return this.begin(true, signal);
    const open = leases.filter((lease) => !isFinished(lease));
    const filledIn = await this.fillInRanges(open);
    const start = findGap([...open.flatMap(({ hashRange }) => hashRange ?? []), ...filledIn]);
    if (start === undefined) {
      this.gap = undefined;
      return;
    }
    this.gap = { start, rounds: this.gap?.start === start ? this.gap.rounds + 1 : 1 };
    this.deps.telemetry.gapFound(start, this.gap.rounds);
    if (this.gap.rounds < GAP_ROUNDS) return;
    this.gap = undefined;
    await this.sync();
  }

  /** Deletes the rows of `mine` that are over. `onDeleted` hears of each. */
  async cleanUp(
    leases: readonly Lease[],
    mine: ReadonlyMap<string, unknown>,
    onDeleted: (leaseKey: string) => void,
  ): Promise<void> {
    const hasEnded = leases.some((lease) => mine.has(lease.leaseKey) && isFinished(lease));
    if (!hasEnded) return;
    const asksStream = ++this.cleanups % FORGOTTEN_ROUNDS === 0;
    const listed = asksStream ? await this.deps.shards.listShards() : [];
    for (const leaseKey of planLeaseCleanup(leases, mine, listed)) {
      if ((await this.deps.table.delete(leaseKey)) === 'kept') continue;
      this.deps.telemetry.leaseDeleted(leaseKey);
      onDeleted(leaseKey);
    }
  }

  private async fill(readAtMs: number, signal: AbortSignal): Promise<void> {
    const { shards, initialPosition, clock } = this.deps;
    for (let attempt = 1; attempt <= LIST_ATTEMPTS && !signal.aborted; attempt++) {
      if (attempt > 1) await clock.sleep(LIST_PAUSE_MS, signal);
      const listed = await shards.listShards(filterOf(initialPosition));
      const leases = planFirstLeases(listed, initialPosition, clock.wallMs());
      if (leases !== undefined) return this.create(leases, readAtMs);
    }
    if (!signal.aborted)
      throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'ListShards: the shards do not cover the whole hash range');
  }

  private async mustBeOfThisStream(leases: readonly Lease[], signal: AbortSignal): Promise<void> {
    const { shards, clock } = this.deps;
    for (let attempt = 1; ; attempt++) {
      const earlier = findEarlierLease(leases, await shards.listShards());
      if (earlier === undefined || signal.aborted) return;
      if (attempt === LIST_ATTEMPTS)
        throw new FlotillaError(
          'FLOTILLA_EARLIER_STREAM',
          `lease ${earlier.leaseKey} ${earlier.evidence}: the table is of an earlier stream of the same name; delete it to read this stream from its start, or give the application another name`,
        );
      await clock.sleep(LIST_PAUSE_MS, signal);
    }
  }

  /** Writes what rows of old Java clients lack. Gives the ranges that were missing. */
  private async fillInRanges(leases: readonly Lease[]): Promise<readonly HashRange[]> {
    if (leases.every(({ hashRange }) => hashRange !== undefined)) return [];
    const missing = planHashRanges(leases, await this.deps.shards.listShards());
    for (const { lease, hashRange } of missing) await this.deps.table.write(settingHashRange(lease, hashRange));
    return missing.map(({ hashRange }) => hashRange);
  }

  /**
   * `readAtMs`: before the stream and the table were read that lack these rows (monotonic). A worker that stood still since then may find them
   * missing because their shards were read, ended and cleaned up: made again, all of it would be read again.
   */
  private async create(leases: readonly Lease[], readAtMs: number): Promise<void> {
    const { clock, leaseCleanupIntervalMs } = this.deps;
    const created: Lease[] = [];
    for (const lease of leases) {
      if (clock.monotonicMs() - readAtMs >= leaseCleanupIntervalMs)
        throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'the lease table was read too long ago to make rows in it');
      if ((await this.deps.table.create(lease)) === 'created') created.push(lease);
    }
    this.deps.telemetry.leasesCreated(created);
  }
}

const filterOf = (position: InitialPosition) =>
  position === 'LATEST' ? 'AT_LATEST' : position === 'TRIM_HORIZON' ? 'AT_TRIM_HORIZON' : position;
