/** What the enricher reports of records and events. Commits are reported by the sinks, lag by the client. */
import { badRowType, badRowTypes } from '../protocol/bad-row';
import { messageOf } from '../runtime/errors';
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import type { Outcome } from './outcome';
import type { RepositoryAnswer } from './schema-repository';

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
  const lookups = metrics.counter('flotilla_schemas_lookups_total', 'Requests to the schema server by their answer.', [
    'answer',
  ]);
  const lookupSeconds = metrics.histogram(
    'flotilla_schemas_lookup_seconds',
    'How long a request to the schema server takes.',
    [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  );
  const compileSeconds = metrics.histogram(
    'flotilla_schemas_compile_seconds',
    'How long it takes to make a validator of a schema.',
    [0.001, 0.005, 0.02, 0.1, 0.5],
  );
  const entries = metrics.gauge('flotilla_schemas_cache_entries', 'Schemas, and misses, that are known now.');
  const stale = metrics.counter(
    'flotilla_schemas_stale_total',
    'Refreshes of a known schema that failed, so that the old one serves on.',
  );
  for (const answer of ['found', 'not-found', 'failure', 'unavailable']) lookups.inc({ answer }, 0);

  return {
    asked(answer: RepositoryAnswer['kind'] | 'unavailable', durationMs: number): void {
      lookups.inc({ answer });
      lookupSeconds.observe(durationMs / 1000);
    },
    compiled(durationMs: number): void {
      compileSeconds.observe(durationMs / 1000);
    },
    keeps(count: number): void {
      entries.set(count);
    },
    servesStale(error: unknown): void {
      stale.inc();
      log.warn({ reason: messageOf(error) }, 'schema not refreshed, the known one serves on');
    },
  };
}
