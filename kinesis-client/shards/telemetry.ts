/**
 * The metrics and log lines of reading and processing shards. Shard ids are facts of log lines, never labels.
 */
import type { Logger } from '../../runtime/log';
import type { Metrics } from '../../runtime/metrics';
import type { ShardState } from './shard-state';

export type Callback = 'initialize' | 'processRecords' | 'leaseLost' | 'shardEnded' | 'shutdownRequested' | 'shutdown';

export type ReadOutcome =
  'records' | 'empty' | 'end' | 'throttled' | 'expired' | 'refused' | 'gone' | 'unavailable' | 'invalid';

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
  const behind = metrics.gauge(
    'flotilla_consumer_behind_latest_seconds',
    'How far the last answer of the most delayed shard was behind the tip.',
  );
  const age = metrics.gauge(
    'flotilla_consumer_iterator_age_seconds',
    'How old the last record of the last answer was when it was read, worst shard.',
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
    'Moves when a shard could not be read from its checkpoint: records after it may have left the stream unread.',
  );
  const droppedFromAggregates = metrics.counter(
    'flotilla_consumer_aggregated_records_dropped_total',
    'User records in KPL aggregates that were not handed on: of another shard, or naming keys that are not there.',
    ['reason'],
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
  const behindMs = new Map<string, number>();
  const ageMs = new Map<string, number>();
  const worst = (values: Map<string, number>): number => Math.max(0, ...values.values()) / 1_000;

  return {
    read(shardId: string, outcome: ReadOutcome): void {
      reads.inc({ outcome });
      if (outcome === 'refused' || outcome === 'invalid' || outcome === 'gone')
        log.warn({ shardId, outcome }, 'odd answer to a read');
    },
    recordsCame(shardId: string, records: number, bytes: number, behindLatestMs: number, lastAgeMs: number): void {
      recordsRead.inc(records);
      bytesRead.inc(bytes);
      behindMs.set(shardId, behindLatestMs);
      ageMs.set(shardId, lastAgeMs);
      behind.set(worst(behindMs));
      age.set(worst(ageMs));
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

    stateChanged(shardId: string, from: ShardState | null, to: ShardState): void {
      if (from !== null) shardsGauge.dec({ state: from });
      if (to !== 'done') shardsGauge.inc({ state: to });
      log.info({ shardId, state: to }, 'shard state changed');
      if (to !== 'done') return;
      behindMs.delete(shardId);
      ageMs.delete(shardId);
      behind.set(worst(behindMs));
      age.set(worst(ageMs));
    },
    shardStopped(shardId: string, err: Error): void {
      needPerson.inc();
      log.error({ shardId, why: err.message, err: err.cause }, 'shard stopped until a person decides');
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
