/** All metrics and log lines of the collector itself; puts are reported by the producer. */
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';

export type CollectorTelemetry = ReturnType<typeof createCollectorTelemetry>;

export function createCollectorTelemetry(metrics: Metrics, log: Logger) {
  const requests = metrics.counter('flotilla_collector_requests_total', 'Requests answered, by class of status.', [
    'status',
  ]);
  const records = metrics.counter('flotilla_collector_records_total', 'Records acknowledged by Kinesis, by stream.', [
    'stream',
  ]);
  const seconds = metrics.histogram(
    'flotilla_collector_request_seconds',
    'From the end of the request to its answer, events only.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5],
  );
  const gone = metrics.counter(
    'flotilla_collector_aborted_total',
    'Requests whose client went away before the end of its body.',
  );
  const failures = metrics.counter(
    'flotilla_collector_failures_total',
    'Requests answered 500 for a fault of the collector.',
  );
  const bodies = metrics.gauge('flotilla_collector_bodies_bytes', 'Bytes of request bodies in memory.');
  const byStatus = new Map([1, 2, 3, 4, 5].map((digit) => [digit, requests.labels({ status: `${digit}xx` })]));
  const byStream = { raw: records.labels({ stream: 'raw' }), bad: records.labels({ stream: 'bad' }) };
  let refusedSinceMs: number | undefined;
  return {
    answered: (status: number): void => byStatus.get(Math.floor(status / 100))?.inc(),
    stored: (raw: number, bad: number): void => {
      byStream.raw.inc(raw);
      byStream.bad.inc(bad);
    },
    clientGone: (): void => gone.inc(),
    failed: (err: unknown): void => {
      failures.inc();
      log.error({ err }, 'request failed');
    },
    eventTook: (ms: number): void => seconds.observe(ms / 1000),
    bodiesHeld: (bytes: number): void => bodies.set(bytes),
    /** One line when Kinesis begins to refuse and one when it takes records again, however many requests suffer. */
    refused: (nowMs: number, err: unknown): void => {
      if (refusedSinceMs === undefined) log.warn({ err }, 'events refused, kinesis does not take them');
      refusedSinceMs ??= nowMs;
    },
    recovered: (nowMs: number): void => {
      if (refusedSinceMs === undefined) return;
      log.info({ durationMs: nowMs - refusedSinceMs }, 'events taken again');
      refusedSinceMs = undefined;
    },
  };
}
