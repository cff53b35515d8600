/** All metrics and log lines of the upstream repositories and their mirror. */
import type { LookupError } from '../../protocol/lookup-history';
import type { RepositoryAnswer } from '../../protocol/repository-answer';
import type { Logger } from '../../runtime/log';
import type { Metrics } from '../../runtime/metrics';

/** Of look-ups that our own folders cannot answer. */
export type LookupAnswer = 'fresh' | 'stale' | 'fetched' | 'missing' | 'unsure' | 'wait';
export type UpstreamTelemetry = ReturnType<typeof createUpstreamTelemetry>;

export function createUpstreamTelemetry(metrics: Metrics, log: Logger) {
  const lookups = metrics.counter(
    'flotilla_schema_server_lookups_total',
    'Look-ups of schemas that are not in our own folders: answered from a fresh or a stale copy, fetched now, missing, unsure because a repository could not be asked, to be waited for.',
    ['answer'],
  );
  const requests = metrics.counter(
    'flotilla_schema_server_upstream_requests_total',
    'Requests to upstream repositories, by what came of them; refused is about one schema, unavailable about the repository.',
    ['repository', 'outcome'],
  );
  const seconds = metrics.histogram(
    'flotilla_schema_server_upstream_request_seconds',
    'From the start of a request to an upstream repository to its answer.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  );
  const resolved = metrics.gauge('flotilla_schema_server_resolved_schemas', 'Schemas that this box ever resolved.');
  const mirrorFailures = metrics.counter(
    'flotilla_schema_server_mirror_failures_total',
    'Reads and writes of the mirror on the disk that failed. Schemas are served all the same.',
  );
  const failing = new Set<string>();
  let isMirrorFailing = false;
  return {
    answered: (answer: LookupAnswer): void => lookups.inc({ answer }),
    asked: (repository: string, outcome: RepositoryAnswer['kind'], ms: number): void => {
      requests.inc({ repository, outcome });
      seconds.observe(ms / 1000);
    },
    /** One line when a repository begins to fail and one when it answers again, however many look-ups suffer. */
    failing: (repository: string, error: LookupError): void => {
      if (!failing.has(repository)) log.warn({ repository, error }, 'upstream repository fails');
      failing.add(repository);
    },
    answersAgain: (repository: string): void => {
      if (failing.delete(repository)) log.info({ repository }, 'upstream repository answers again');
    },
    resolvedAre: (schemas: number): void => resolved.set(schemas),
    mirrorFailed: (err: unknown): void => {
      mirrorFailures.inc();
      if (!isMirrorFailing) log.error({ err }, 'mirror of schemas fails');
      isMirrorFailing = true;
    },
    mirrorWorks: (): void => {
      if (isMirrorFailing) log.info('mirror of schemas works again');
      isMirrorFailing = false;
    },
    preloaded: (found: number, missing: readonly string[]): void => {
      if (missing.length === 0) log.info({ found }, 'schemas preloaded');
      else log.warn({ found, missing: missing.slice(0, 20), missingCount: missing.length }, 'schemas not preloaded');
    },
  };
}
