/** What an enrichment is: a pure function from what is known of an event to the columns that it adds. */
import { type EnrichmentMessage } from '../../protocol/bad-row';
import { type EnrichedEvent } from '../../protocol/enriched-event';
import { type SchemaKey } from '../../protocol/schema-key';

export interface EnrichmentInput {
  /** Everything so far: the values of the collector, the parameters, what earlier enrichments added. */
  readonly event: Readonly<EnrichedEvent>;
  /** The Referer header, as the collector stored it. */
  readonly refererUri: string | undefined;
  /** The schema of the unstruct event, when there is one and it is valid. */
  readonly unstructSchema: SchemaKey | undefined;
}

/** A fault makes the whole event an `enrichment_failures` row; a lookup without result is none. */
export interface EnrichmentResult {
  readonly columns?: EnrichedEvent;
  readonly faults?: readonly EnrichmentMessage[];
}

export type Enrichment = (input: EnrichmentInput) => EnrichmentResult;
