/** What the emulators process counts and says. */
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';

export type LocalTelemetry = ReturnType<typeof createLocalTelemetry>;

export function createLocalTelemetry(metrics: Metrics, log: Logger) {
  const faults = metrics.counter(
    'flotilla_local_faults_total',
    'Calls of Kinesis and DynamoDB that failed with an error of the emulator itself and were answered 500.',
    ['service'],
  );
  return {
    callFailed(service: 'kinesis' | 'dynamodb', operation: string, error: unknown): void {
      faults.inc({ service });
      log.error({ service, operation, err: error }, 'emulator call failed');
    },
    listening: (ports: Readonly<Record<'kinesis' | 'dynamodb' | 's3', number>>): void =>
      log.info({ ports }, 'emulators listening'),
    made: (what: 'stream' | 'bucket', name: string): void => log.info({ name }, `${what} made`),
  };
}
