/** All metrics and log lines of the schema server. */
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';

/** `missing`, `unsure` and `unusable` are answered 404, `waiting` and `failed` 503; `refused` is a path or a method that does not exist. */
export type RequestOutcome =
  'found' | 'missing' | 'unsure' | 'waiting' | 'unusable' | 'listed' | 'health' | 'refused' | 'failed';
export type SchemaServerTelemetry = ReturnType<typeof createSchemaServerTelemetry>;

export function createSchemaServerTelemetry(metrics: Metrics, log: Logger) {
  const requests = metrics.counter('flotilla_schema_server_requests_total', 'Requests answered, by outcome.', [
    'outcome',
  ]);
  const seconds = metrics.histogram(
    'flotilla_schema_server_request_seconds',
    'From the headers of a request to its answer.',
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
  );
  const unusable = metrics.counter(
    'flotilla_schema_server_unusable_files_total',
    'Files that were found unusable, once for each state of a file: not JSON, too large, a link out of the folder.',
  );
  const cached = metrics.gauge('flotilla_schema_server_cache_bytes', 'Bytes of schemas in memory.');
  let failing = false;
  return {
    answered: (outcome: RequestOutcome, ms: number): void => {
      requests.inc({ outcome });
      seconds.observe(ms / 1000);
    },
    cacheHolds: (bytes: number): void => cached.set(bytes),
    fileUnusable: (file: string, reason: string): void => {
      unusable.inc();
      log.warn({ file, reason }, 'schema file not served');
    },
    /** An empty folder is most often a wrong one: a level too high or too low. */
    folderHas: (folder: string, schemas: number): void => {
      if (schemas === 0) log.warn({ folder }, 'no schemas in folder');
      else log.info({ folder, schemas }, 'schemas found');
    },
    /** One line when the folders begin to fail and one when they can be read again, however many requests suffer. */
    failed: (err: unknown): void => {
      if (!failing) log.error({ err }, 'schemas cannot be read');
      failing = true;
    },
    recovered: (): void => {
      if (failing) log.info('schemas can be read again');
      failing = false;
    },
  };
}
