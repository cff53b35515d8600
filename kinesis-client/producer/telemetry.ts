/** All metrics and log lines of the producer. */
import type { Logger } from '../../runtime/log';
import type { Metrics } from '../../runtime/metrics';

export type ProducerTelemetry = ReturnType<typeof createProducerTelemetry>;

export function createProducerTelemetry(metrics: Metrics, log: Logger) {
  const records = metrics.counter(
    'flotilla_producer_records_total',
    'Records handed to the producer, by how each ended.',
    ['outcome'],
  );
  const retries = metrics.counter('flotilla_producer_retries_total', 'Records sent again, by why.', ['reason']);
  const queued = metrics.gauge('flotilla_producer_queue_bytes', 'Bytes of records that are not acknowledged yet.');
  const duration = metrics.histogram(
    'flotilla_producer_put_seconds',
    'How long a PutRecords request took, failed ones too.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  );
  return {
    recordsEnded: (outcome: 'stored' | 'expired' | 'refused', count: number): void => records.inc({ outcome }, count),
    queueChanged: (bytes: number): void => queued.set(bytes),
    requestEnded: (seconds: number): void => duration.observe(seconds),
    recordsThrottled: (count: number): void => retries.inc({ reason: 'record' }, count),
    requestFailed: (err: unknown, count: number): void => {
      retries.inc({ reason: 'request' }, count);
      log.warn({ err, records: count }, 'put records failed, sent again');
    },
  };
}
