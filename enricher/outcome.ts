/** What becomes of one event (enrich.ts decides it, sinks and telemetry take it). */
import { type BadRow } from '../protocol/bad-row';
import { type EnrichedEvent } from '../protocol/enriched-event';

/** `dropped` is what a script of the user may ask for. */
export type Outcome = { kind: 'enriched'; event: EnrichedEvent } | { kind: 'bad'; row: BadRow } | { kind: 'dropped' };
