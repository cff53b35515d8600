/**
 * The enrichments in the order in which they run (snowplow-protocol 7.1): a later one sees what an earlier one added.
 * Those here always run; those that a configuration turns on take their places between them.
 */
import { type EnrichmentMessage } from '../../protocol/bad-row';
import { type EnrichedEvent } from '../../protocol/enriched-event';
import { crossDomain } from './cross-domain';
import { derivedTstamp } from './derived-tstamp';
import { type Enrichment, type EnrichmentInput } from './enrichment';
import { eventIdentity } from './event-identity';
import { pageUri } from './page-uri';
import { referrerUri } from './referrer-uri';

const enrichments: readonly Enrichment[] = [pageUri, derivedTstamp, referrerUri, crossDomain, eventIdentity];

/** Runs them all, whatever fails. Writes into `event`; returns the faults of all. */
export function runEnrichments(event: EnrichedEvent, others: Omit<EnrichmentInput, 'event'>): EnrichmentMessage[] {
  const messages: EnrichmentMessage[] = [];
  const input = { ...others, event };
  for (const enrichment of enrichments) {
    const { columns, faults } = enrichment(input);
    if (columns !== undefined) Object.assign(event, columns);
    if (faults !== undefined) messages.push(...faults);
  }
  return messages;
}
