/** All metrics and log lines of leases. */
import { messageOf, type FlotillaError } from '../../runtime/errors';
import type { Logger } from '../../runtime/log';
import type { Metrics } from '../../runtime/metrics';
import type { Lease } from './lease';
import type { LeasePlan } from './plan-leases';
import type { LeaseWrite, TakenHow, WriteKind } from './lease-writes';
import type { LostReason } from './held-lease';

export type LeaseTelemetry = ReturnType<typeof createLeaseTelemetry>;

/** The work that goes on beside holding leases. */
export type LeaseTask = 'start' | 'look' | 'renew' | 'hand-off' | 'audit' | 'cleanup' | 'kcl3';

/** The most keys that one log line names. */
const KEYS_MAX = 10;

export function createLeaseTelemetry(metrics: Metrics, log: Logger) {
  const held = metrics.gauge('flotilla_leases_held', 'Leases that this worker holds now, those of ended shards too.');
  const target = metrics.gauge('flotilla_leases_target', 'An even share of the leases, at the last look.');
  const workers = metrics.gauge('flotilla_leases_workers', 'Live workers seen at the last look, this one counted.');
  const spillover = metrics.gauge(
    'flotilla_leases_spillover',
    'How many leases the even share exceeds leasesMax by, at the last look (LeaseSpillover of Java).',
  );
  const taken = metrics.counter('flotilla_leases_taken_total', 'Moves up with every lease that is taken.', ['how']);
  const lost = metrics.counter('flotilla_leases_lost_total', 'Moves up with every lease that is held no more.', [
    'reason',
  ]);
  const retries = metrics.counter(
    'flotilla_leases_write_retries_total',
    'Moves up when a lease write got no answer, or a throttle, and is sent again.',
    ['write'],
  );
  const fencedWrites = metrics.counter(
    'flotilla_leases_fencing_rejections_total',
    'Moves up when a write to a held lease is refused because another worker has taken it.',
    ['write'],
  );
  const handOffs = metrics.counter(
    'flotilla_leases_hand_offs_total',
    'Moves up with each step of a hand-off: started on a lease of a peer, requested by a peer, ended here, forced by either side because the other took too long.',
    ['step'],
  );
  const handOffDuration = metrics.histogram(
    'flotilla_leases_hand_off_seconds',
    'How long a lease was held on after a peer had asked for it (handoff_duration).',
    [0.1, 0.5, 1, 2, 5, 10, 30],
  );
  const failures = metrics.counter(
    'flotilla_leases_failures_total',
    'Moves up when a look, a hand-off, an audit, a clean-up or the check for a Java 3.x fleet could not be done and waits for its next turn.',
    ['task'],
  );
  const looks = metrics.histogram(
    'flotilla_leases_look_seconds',
    'How long reading the whole lease table takes.',
    [0.005, 0.02, 0.1, 0.5, 2, 10],
  );
  const synced = metrics.counter(
    'flotilla_leases_created_total',
    'Moves up with every lease row that a shard sync makes.',
  );
  const deleted = metrics.counter(
    'flotilla_leases_deleted_total',
    'Moves up with every row of an ended shard that is deleted.',
  );

  return {
    tableMade(): void {
      log.info('lease table made');
    },
    /** Once for each status that has to pass before the table can be used. */
    waitsForTable(status: string): void {
      log.info({ status }, 'waiting until the lease table can be used');
    },
    /** Once at start, when rows of Java 3.5 lie in the lease table. */
    foreignRowsFound(keys: readonly string[]): void {
      log.warn(
        { leaseKeys: keys.slice(0, KEYS_MAX), rows: keys.length },
        'java 2.x workers on this table cannot start; to go back, stop all java 3.5 workers and delete these rows',
      );
    },
    /** Once at start, before it waits. */
    kcl3FleetSuspected(workerIds: readonly string[], watchMs: number): void {
      log.info(
        { workerIds: workerIds.slice(0, KEYS_MAX), workers: workerIds.length, watchMs },
        'java 3.x workers were here: waiting to see whether one of them lives',
      );
    },
    /** Once. */
    kcl3RowsUnreadable(error: FlotillaError): void {
      log.info({ reason: error.message }, 'not allowed to look for a java 3.x fleet in its own tables: taken for none');
    },
    looked(durationMs: number): void {
      looks.observe(durationMs / 1_000);
    },
    planned(plan: LeasePlan): void {
      target.set(plan.target);
      workers.set(plan.workers);
      spillover.set(plan.spillover);
    },
    leaseTaken(lease: Lease, how: TakenHow, heldNow: number): void {
      taken.inc({ how });
      held.set(heldNow);
      log.info({ leaseKey: lease.leaseKey, how, checkpoint: lease.checkpoint.sequenceNumber }, 'lease taken');
    },
    /** A normal state of one shard: the others go on. */
    leaseLost(leaseKey: string, reason: LostReason, heldNow: number): void {
      lost.inc({ reason });
      held.set(heldNow);
      log.info({ leaseKey, reason }, 'lease lost');
    },
    writeRetried(write: LeaseWrite, error: unknown): void {
      retries.inc({ write: write.kind satisfies WriteKind });
      log.debug({ leaseKey: write.leaseKey, write: write.kind, reason: messageOf(error) }, 'lease write is sent again');
    },
    writeFenced(write: LeaseWrite): void {
      fencedWrites.inc({ write: write.kind });
      log.debug({ leaseKey: write.leaseKey, write: write.kind }, 'lease write refused: another worker has the lease');
    },
    handOffStarted(leaseKey: string, owner: string | undefined): void {
      handOffs.inc({ step: 'started' });
      log.info({ leaseKey, owner }, 'lease asked for');
    },
    handOffRequested(leaseKey: string, receiver: string): void {
      handOffs.inc({ step: 'requested' });
      log.info({ leaseKey, receiver }, 'lease is to be handed over');
    },
    handOffForced(leaseKey: string): void {
      handOffs.inc({ step: 'forced' });
      log.warn({ leaseKey }, 'hand-off of a lease took too long');
    },
    handOffEnded(leaseKey: string, durationMs: number): void {
      handOffs.inc({ step: 'ended' });
      handOffDuration.observe(durationMs / 1_000);
      log.info({ leaseKey, durationMs }, 'lease handed over');
    },
    taskFailed(task: LeaseTask, error: unknown): void {
      failures.inc({ task });
      log.warn({ task, err: error }, 'lease task failed and will be tried again');
    },
    leasesCreated(leases: readonly Lease[]): void {
      if (leases.length === 0) return;
      synced.inc(leases.length);
      const leaseKeys = leases.slice(0, KEYS_MAX).map(({ leaseKey }) => leaseKey);
      log.info({ leases: leases.length, leaseKeys }, 'leases made for shards without one');
    },
    /** The stream lists a child whose parent still takes records: its row waits for the next sync. */
    childBeforeParent(shardIds: readonly string[]): void {
      log.warn({ shardIds: shardIds.slice(0, KEYS_MAX) }, 'child shards of open shards are passed over');
    },
    gapFound(start: string, rounds: number): void {
      log.warn({ startingHashKey: start, rounds }, 'no lease covers a part of the hash range');
    },
    leaseDeleted(leaseKey: string): void {
      deleted.inc();
      log.info({ leaseKey }, 'lease of an ended shard deleted');
    },
  };
}
