/** What the enricher reports of records and events. Commits are reported by the sinks, lag by the client. */
import { badRowType, badRowTypes } from '../protocol/bad-row';
import { messageOf } from '../runtime/errors';
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import type { LookupDecision } from './decide-lookup';
import type { Outcome } from './outcome';

export type EnricherTelemetry = ReturnType<typeof createEnricherTelemetry>;

export function createEnricherTelemetry(metrics: Metrics, log: Logger) {
  const records = metrics.counter(
    'flotilla_enricher_records_total',
    'User records of the raw stream that were decided.',
  );
  const events = metrics.counter('flotilla_enricher_events_total', 'Events by what became of them.', ['outcome']);
  const badRows = metrics.counter('flotilla_enricher_bad_rows_total', 'Bad rows by their type.', ['type']);
  const waits = metrics.counter(
    'flotilla_enricher_schema_waits_total',
    'Times that a shard waited because schemas could not be fetched.',
  );
  for (const outcome of ['enriched', 'bad', 'dropped'] as const) events.inc({ outcome }, 0);
  for (const type of badRowTypes) badRows.inc({ type }, 0);

  return {
    /** `outcomes`: all events of the records. */
    decided(userRecords: number, outcomes: readonly Outcome[]): void {
      records.inc(userRecords);
      const count = { enriched: 0, bad: 0, dropped: 0 };
      for (const outcome of outcomes) {
        count[outcome.kind]++;
        if (outcome.kind === 'bad') badRows.inc({ type: badRowType(outcome.row) });
      }
      if (count.enriched > 0) events.inc({ outcome: 'enriched' }, count.enriched);
      if (count.bad > 0) events.inc({ outcome: 'bad' }, count.bad);
      if (count.dropped > 0) events.inc({ outcome: 'dropped' }, count.dropped);
    },
    schemasUnavailable(shardId: string, error: unknown, attempt: number): void {
      waits.inc();
      if (attempt === 1) log.warn({ shardId, reason: messageOf(error) }, 'schemas cannot be fetched, the shard waits');
    },
    stopGaveUp(shardId: string): void {
      log.warn({ shardId }, 'stop does not wait for schemas, the next owner reads the rest');
    },
  };
}

export type SchemasTelemetry = ReturnType<typeof createSchemasTelemetry>;

/** What the schema client reports: how it gets to know schemas. */
export function createSchemasTelemetry(metrics: Metrics, log: Logger) {
  const lookups = metrics.counter(
    'flotilla_schemas_lookups_total',
    'Schemas that were asked for, by what came of it: unsure is not found where some repository could not say, unavailable is waited for.',
    ['answer'],
  );
  const lookupSeconds = metrics.histogram(
    'flotilla_schemas_lookup_seconds',
    'How long it takes to ask for a schema.',
    [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  );
  const compileSeconds = metrics.histogram(
    'flotilla_schemas_compile_seconds',
    'How long it takes to make a validator of a schema.',
    [0.001, 0.005, 0.02, 0.1, 0.5],
  );
  const entries = metrics.gauge('flotilla_schemas_cache_entries', 'Schemas that are known now.');
  const misses = metrics.gauge('flotilla_schemas_cache_misses', 'Schemas that are known now not to be found.');
  const stale = metrics.counter(
    'flotilla_schemas_stale_total',
    'Refreshes of a known schema that failed, so that the old one serves on.',
  );
  const down = metrics.gauge(
    'flotilla_schemas_repositories_down',
    'Repositories of the resolver file whose last attempt failed.',
  );
  const indexed = metrics.gauge('flotilla_schemas_indexed', 'Schemas that this machine is known to have resolved.');
  const indexFailures = metrics.counter(
    'flotilla_schemas_index_failures_total',
    'Reads and writes of the file of resolved schemas that failed.',
  );
  const changes = metrics.counter(
    'flotilla_schemas_changes_total',
    'Changes that the schema server told, by whether it named them or everything is asked for again.',
    ['of'],
  );
  const connected = metrics.gauge(
    'flotilla_schemas_feed_connected',
    '1 while the change feed of the schema server answers, 0 while changes are seen by their time to live.',
  );
  const answers: Record<LookupDecision, string> = {
    known: 'found',
    'not-found': 'not-found',
    unsure: 'unsure',
    wait: 'unavailable',
  };
  for (const answer of Object.values(answers)) lookups.inc({ answer }, 0);
  for (const named of ['keys', 'everything']) changes.inc({ of: named }, 0);
  let feedIs: 'changes' | 'absent' | 'unavailable' | null = null;

  return {
    lookedUp(decision: LookupDecision, durationMs: number): void {
      lookups.inc({ answer: answers[decision] });
      lookupSeconds.observe(durationMs / 1000);
    },
    compiled(durationMs: number): void {
      compileSeconds.observe(durationMs / 1000);
    },
    keeps(schemas: number, notFound: number): void {
      entries.set(schemas);
      misses.set(notFound);
    },
    servesStale(reason: unknown): void {
      stale.inc();
      log.warn({ reason: messageOf(reason) }, 'schema not refreshed, the known one serves on');
    },
    /** `repository`: its name in the resolver file. */
    repositoryDown(repository: string, reason: string): void {
      down.inc();
      log.warn({ repository, reason }, 'schema repository cannot be asked');
    },
    repositoryUp(repository: string): void {
      down.dec();
      log.info({ repository }, 'schema repository answers again');
    },
    indexed(count: number): void {
      indexed.set(count);
    },
    indexFailed(error: unknown): void {
      indexFailures.inc();
      log.warn({ reason: messageOf(error) }, 'file of resolved schemas cannot be used');
    },
    /** `keys`: how many were named; null: everything may have changed. */
    feedHeard(keys: number | null): void {
      connected.set(1);
      if (keys !== 0) changes.inc({ of: keys === null ? 'everything' : 'keys' }, keys ?? 1);
      if (feedIs !== 'changes') log.info('schema changes are heard');
      feedIs = 'changes';
    },
    feedLost({ kind, reason }: { readonly kind: 'absent' | 'unavailable'; readonly reason?: string }): void {
      connected.set(0);
      if (feedIs !== kind)
        log.info({ kind, reason }, 'schema changes are not heard, what is known grows old by its time');
      feedIs = kind;
    },
  };
}
