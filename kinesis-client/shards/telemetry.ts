/**
 * The metrics and log lines of reading and processing shards. Shard ids are facts of log lines, never labels.
 */
import type { Logger } from '../../runtime/log';
import type { Metrics } from '../../runtime/metrics';
import type { ShardState } from './shard-state';

export type Callback = 'initialize' | 'processRecords' | 'leaseLost' | 'shardEnded' | 'shutdownRequested' | 'shutdown';

export type ReadOutcome =
  | 'records'
  | 'empty'
  | 'end'
  | 'throttled'
  | 'expired'
  | 'refused'
  | 'gone'
  | 'unavailable'
  | 'invalid'
  /** More than the memory that was reserved: it is asked for again. */
  | 'too-large';

/** What came with one answer. */
export interface ReadFacts {
  readonly records: number;
  readonly bytes: number;
  readonly millisBehindLatest: number;
  /** Of the last record; 0 when there was none. */
  readonly ageMs: number;
  /** How much of the retention the oldest record that is not read may have used up by now; asked at any later time. */
  readonly retentionUsed: () => number;
}

export type CheckpointOutcome = 'written' | 'lost' | 'refused' | 'failed';

export type ShardsTelemetry = ReturnType<typeof createShardsTelemetry>;

export function createShardsTelemetry(metrics: Metrics, log: Logger) {
  const reads = metrics.counter('flotilla_consumer_reads_total', 'GetRecords answered, by what came.', ['outcome']);
  const recordsRead = metrics.counter('flotilla_consumer_read_records_total', 'Kinesis records read.');
  const bytesRead = metrics.counter('flotilla_consumer_read_bytes_total', 'Bytes of record data read.');
  const processed = metrics.counter(
    'flotilla_consumer_processed_records_total',
    'User records whose processRecords succeeded.',
  );
  const batches = metrics.counter('flotilla_consumer_batches_total', 'processRecords ended, by how.', ['outcome']);
  const repeated = metrics.counter(
    'flotilla_consumer_repeated_records_total',
    'User records dropped because they were checkpointed or delivered before.',
  );
  const lastReads = new Map<string, ReadFacts>();
  const worst = (of: (read: ReadFacts) => number): number => Math.max(0, ...[...lastReads.values()].map(of));
  metrics.gaugeOf(
    'flotilla_consumer_behind_latest_seconds',
    'How far the last answer of the most delayed shard was behind the tip.',
    () => worst(({ millisBehindLatest }) => millisBehindLatest) / 1_000,
  );
  metrics.gaugeOf(
    'flotilla_consumer_iterator_age_seconds',
    'How old the last record of the last answer was when it was read, worst shard.',
    () => worst(({ ageMs }) => ageMs) / 1_000,
  );
  metrics.gaugeOf(
    'flotilla_consumer_retention_used_ratio',
    'How much of the retention of the stream the most delayed shard has used up, also while it is not read: at 1 its oldest records leave the stream unread. Page at 0.5.',
    () => worst(({ retentionUsed }) => retentionUsed()),
  );
  const buffered = metrics.gauge('flotilla_consumer_buffered_bytes', 'Memory reserved for records of all shards.');
  const shardsGauge = metrics.gauge('flotilla_consumer_shards', 'Shards of this worker, by state.', ['state']);
  const duration = metrics.histogram(
    'flotilla_consumer_callback_seconds',
    'How long callbacks of record processors took.',
    [0.005, 0.05, 0.25, 1, 5, 15, 60],
    ['callback'],
  );
  const slow = metrics.counter('flotilla_consumer_callbacks_slow_total', 'Callbacks that did not return in time.', [
    'callback',
  ]);
  const failed = metrics.counter('flotilla_consumer_callbacks_failed_total', 'Callbacks that failed.', ['callback']);
  const checkpoints = metrics.counter(
    'flotilla_consumer_checkpoints_total',
    'Checkpoints asked for by record processors, by kind and outcome.',
    ['kind', 'outcome'],
  );
  const expiredRecords = metrics.counter(
    'flotilla_consumer_records_possibly_expired_total',
    'Moves when a shard could not be read from its checkpoint, or not for as long as the retention: records after it may have left the stream unread.',
  );
  const missingRecords = metrics.counter(
    'flotilla_consumer_checkpoint_records_missing_total',
    'Moves when the record of a checkpoint was not there though what came in its place was young: nothing was written for a whole retention before that, or the stream lost it.',
  );
  const droppedFromAggregates = metrics.counter(
    'flotilla_consumer_aggregated_records_dropped_total',
    'User records in KPL aggregates that were not handed on: of another shard, or naming keys that are not there.',
    ['reason'],
  );
  const deadReadings = metrics.counter(
    'flotilla_consumer_dead_readings_total',
    'Shards let go because the client itself did not read on: no answer of the stream came back to them. Always a fault.',
  );
  const restarts = metrics.counter(
    'flotilla_consumer_restarts_total',
    'Shards started again at their checkpoint because their record processor asked for it.',
  );
  const ended = metrics.counter('flotilla_consumer_shards_ended_total', 'Shards whose end was stored.');
  const needPerson = metrics.counter(
    'flotilla_consumer_shards_stopped_total',
    'Shards that stopped because only a person can decide how to go on.',
  );

  const withBrokenAggregates = new Set<string>();
  const told = new WeakSet<Error>();

  return {
    read(shardId: string, outcome: ReadOutcome): void {
      reads.inc({ outcome });
      if (outcome === 'refused' || outcome === 'invalid' || outcome === 'gone')
        log.warn({ shardId, outcome }, 'odd answer to a read');
    },
    recordsCame(shardId: string, facts: ReadFacts): void {
      recordsRead.inc(facts.records);
      bytesRead.inc(facts.bytes);
      lastReads.set(shardId, facts);
    },
    /** One answer was turned into user records. Broken aggregates are named once for each shard. */
    recordsOpened(shardId: string, opened: { repeated: number; outside: number; unreadable: number }): void {
      repeated.inc(opened.repeated);
      droppedFromAggregates.inc({ reason: 'other-shard' }, opened.outside);
      droppedFromAggregates.inc({ reason: 'unreadable' }, opened.unreadable);
      if (opened.unreadable === 0 || withBrokenAggregates.has(shardId)) return;
      withBrokenAggregates.add(shardId);
      log.error({ shardId, records: opened.unreadable }, 'an aggregate names keys that it does not have: its last records are lost, ask its producer'); // prettier-ignore
    },
    bytesBuffered: (bytes: number): void => buffered.set(bytes),
    streamUnreachable(shardId: string, cause: unknown): void {
      log.warn({ shardId, err: cause }, 'stream not reachable');
    },
    recordsPossiblyExpired(shardId: string, sequenceNumber: string, why: string): void {
      expiredRecords.inc();
      log.error({ shardId, sequenceNumber, why }, 'records after the checkpoint may have expired');
    },
    checkpointRecordMissing(shardId: string, sequenceNumber: string, firstAgeMs: number): void {
      missingRecords.inc();
      log.warn({ shardId, sequenceNumber, firstAgeMs }, 'the record of the checkpoint is not in the shard any more');
    },
    /** Once, until the shard has caught up. */
    retentionRunsOut(shardId: string, behindMs: number, retentionMs: number): void {
      log.warn({ shardId, behindMs, retentionMs }, 'shard is behind by more than half of the retention');
    },

    stateChanged(shardId: string, from: ShardState | null, to: ShardState): void {
      if (from !== null) shardsGauge.dec({ state: from });
      if (to !== 'done') shardsGauge.inc({ state: to });
      log.info({ shardId, state: to }, 'shard state changed');
      if (to !== 'done') return;
      lastReads.delete(shardId);
    },
    /** An error that stops many shards, the same object for all, is told once. */
    shardStopped(shardId: string, err: Error): void {
      needPerson.inc();
      if (told.has(err)) return;
      told.add(err);
      log.error({ shardId, why: err.message, err: err.cause }, 'shard stopped until a person decides');
    },
    readingDied(shardId: string): void {
      deadReadings.inc();
      log.error({ shardId }, 'reading gives no sign of life, shard is let go');
    },
    shardRestarted(shardId: string): void {
      restarts.inc();
      log.warn({ shardId }, 'shard starts again at its checkpoint');
    },
    shardEnded(shardId: string): void {
      ended.inc();
      log.info({ shardId }, 'end of shard stored');
    },
    childrenDelayed(shardId: string, childShardId: string): void {
      log.warn({ shardId, childShardId }, 'child of a merge waits for the row of its other parent');
    },
    dependencyFailed(shardId: string, err: unknown): void {
      log.warn({ shardId, err }, 'lease table or stream did not answer');
    },

    callbackEnded(callback: Callback, durationMs: number): void {
      duration.observe({ callback }, durationMs / 1_000);
    },
    callbackSlow(shardId: string, callback: Callback, afterMs: number): void {
      slow.inc({ callback });
      log.warn({ shardId, callback, afterMs }, 'callback has not returned');
    },
    callbackFailed(shardId: string, callback: Callback, attempt: number, err: unknown): void {
      failed.inc({ callback });
      log.warn({ shardId, callback, attempt, err }, 'callback failed');
    },
    batchEnded(outcome: 'processed' | 'failed' | 'skipped', records: number): void {
      batches.inc({ outcome });
      if (outcome === 'processed') processed.inc(records);
    },
    batchSkipped(shardId: string, first: string, last: string): void {
      log.error({ shardId, first, last }, 'batch passed over after a failure');
    },
    checkpointed(kind: 'checkpoint' | 'prepare' | 'commit', outcome: CheckpointOutcome): void {
      checkpoints.inc({ kind, outcome });
    },
    stopRanOut(shardIds: readonly string[]): void {
      log.warn({ shardIds }, 'stop did not wait for shards that are still busy');
    },
  };
}
