/**
 * Decides records once the schemas that they name are known: asks, fetches, asks again. When the schema server is down it
 * waits with back-off for as long as that lasts: the shard stands still and nothing is lost.
 */
import type { Clock } from '../runtime/clock';
import type { Random } from '../runtime/random';
import { withRetries, type Backoff } from '../runtime/retry';
import type { Turns } from '../runtime/turns';
import { enrichRecord, type Known, type Outcome } from './enrich';
import type { SchemaClient } from './schema-client';

export interface EnrichEnvironment {
  readonly schemas: SchemaClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly backoff: Backoff;
  /** Of the whole process. */
  readonly turns: Turns;
  readonly onUnavailable: (error: unknown, attempt: number) => void;
}

/**
 * Everything that became of the records, in their order; null when the signal ended a wait for schemas.
 * Rejects with what waiting cannot heal. `onMissing` hears of each record whose schemas must be fetched, before they are.
 */
export async function enrichWhenKnown(
  records: readonly { readonly bytes: Uint8Array }[],
  known: Known,
  environment: EnrichEnvironment,
  signal: AbortSignal,
  onMissing: (index: number) => void,
): Promise<readonly Outcome[] | null> {
  const { schemas, clock, turns } = environment;
  const outcomes: Outcome[] = [];
  for (const [index, { bytes }] of records.entries()) {
    if (turns.isDue()) await turns.rest();
    let enrichment = enrichRecord(bytes, known);
    if (enrichment.kind === 'needs-schemas') onMissing(index);
    while (enrichment.kind === 'needs-schemas') {
      const { keys } = enrichment;
      try {
        const { random, backoff, onUnavailable: onRetry } = environment;
        await withRetries(() => schemas.fetch(keys), {
          attemptsMax: Infinity,
          backoff,
          clock,
          random,
          signal,
          onRetry,
        });
      } catch (error) {
        if (signal.aborted) return null;
        throw error;
      }
      enrichment = enrichRecord(bytes, known);
    }
    for (const outcome of enrichment.outcomes) outcomes.push(outcome);
  }
  return outcomes;
}
