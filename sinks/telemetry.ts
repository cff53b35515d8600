/** What the commits of a worker report. A shard id is a fact of a log line, never a label. */
import { messageOf } from '../runtime/errors';
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import type { BatchEnd } from './batch-end';

export type SinksTelemetry = ReturnType<typeof createSinksTelemetry>;

export function createSinksTelemetry(metrics: Metrics, log: Logger) {
  const commits = metrics.counter(
    'flotilla_sinks_commits_total',
    'Batches that ended, by why they ended; `recovered`: an earlier owner had prepared it.',
    ['end'],
  );
  const seconds = metrics.histogram(
    'flotilla_sinks_commit_seconds',
    'From the end of a batch until its checkpoint is stored.',
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  );
  const dropped = metrics.counter(
    'flotilla_sinks_dropped_batches_total',
    'Batches given up before their commit was prepared; their records are read again, by this worker or the next owner.',
    ['why'],
  );
  const heldBytes = metrics.gauge('flotilla_sinks_held_bytes', 'Memory held by batches that are open, all shards.');
  const openOutputs = metrics.gauge('flotilla_sinks_open_outputs', 'Outputs in batches that are open, all shards.');
  const pendingShards = metrics.gauge(
    'flotilla_sinks_pending_commits',
    'Commits that are prepared and not yet committed.',
  );
  const oldestPending = metrics.gauge(
    'flotilla_sinks_oldest_pending_timestamp_seconds',
    'When this process began to finish the oldest commit that is prepared, Unix time; 0: there is none. Alert when it is old.',
  );
  const stoppedShards = metrics.counter(
    'flotilla_sinks_stopped_shards_total',
    'Shards that stand still until a person decides (a file that vanished, a foreign file, a foreign state).',
  );

  const pendingSince = new Map<string, number>();
  const showPending = (): void => {
    pendingShards.set(pendingSince.size);
    oldestPending.set(pendingSince.size === 0 ? 0 : Math.min(...pendingSince.values()));
  };

  return {
    /** The open batch of a shard changed by this much. */
    collected(change: { heldBytes: number; outputs: number }): void {
      heldBytes.inc(change.heldBytes);
      openOutputs.inc(change.outputs);
    },
    /** `atMs`: epoch milliseconds. */
    prepared(shardId: string, atMs: number): void {
      pendingSince.set(shardId, atMs / 1_000);
      showPending();
    },
    /** No longer ours to finish: committed, or the shard is somebody else's. */
    resolved(shardId: string): void {
      pendingSince.delete(shardId);
      showPending();
    },
    committed(shardId: string, end: BatchEnd | 'shutdown' | 'shard-end', outputs: number, durationMs: number): void {
      commits.inc({ end });
      seconds.observe(durationMs / 1_000);
      log.debug({ shardId, end, outputs, durationMs }, 'batch committed');
    },
    recovered(shardId: string): void {
      commits.inc({ end: 'recovered' });
      log.info({ shardId }, 'commit of an earlier owner finished');
    },
    restarting(shardId: string, cause: unknown): void {
      dropped.inc({ why: 'failed' });
      log.warn({ shardId, reason: messageOf(cause) }, 'batch given up, shard starts again at its checkpoint');
    },
    lost(shardId: string): void {
      dropped.inc({ why: 'lost' });
      log.info({ shardId }, 'shard lost, open batch dropped');
    },
    stopped(shardId: string, reason: string): void {
      stoppedShards.inc();
      log.error({ shardId, reason }, 'shard stands still until a person decides');
    },
  };
}
