/** What went wrong, as bad rows say it (snowplow-protocol 6, "Messages"). The enricher makes these; bad-row.ts carries them. */
import type { Json } from './json';
import type { SelfDescribingFault } from './self-describing';

/** A field whose value was not what was expected. */
export interface InputData {
  readonly field: string;
  readonly value: string | null;
  readonly expectation: string;
}

/** A text that had to be JSON and is not. */
export interface NotJson {
  readonly field: string;
  readonly value: string | null;
  readonly error: string;
}

/** JSON that had to be self-describing and is not. */
export interface NotIglu {
  readonly json: Json;
  readonly error: SelfDescribingFault;
}

/** A webhook's event type that no schema stands for. */
export interface SchemaMapping {
  readonly actual: string | null;
  readonly expectedMapping: Readonly<Record<string, string>>;
  readonly expectation: string;
}

/** An envelope of another schema than its place allows. Both are URIs, the criterion with `*`. */
export interface CriterionMismatch {
  readonly schemaKey: string;
  readonly schemaCriterion: string;
}

/** Data that its schema (a URI) does not allow, or a schema that is not there or no good. */
export interface IgluError {
  readonly schemaKey: string;
  readonly error: ValidationError | InvalidSchema | ResolutionError;
}

export interface ValidationError {
  readonly error: 'ValidationError';
  /** At least one. `path` is a JSON path from `$`, or a column of the atomic event. */
  readonly dataReports: readonly DataReport[];
  /** The version that the data was validated against instead. */
  readonly supersededBy?: string;
}

export interface DataReport {
  readonly message: string;
  readonly path: string | null;
  readonly keyword: string | null;
  readonly targets: readonly string[] | null;
}

export interface InvalidSchema {
  readonly error: 'ValidationError';
  readonly schemaIssues: readonly { readonly path: string; readonly message: string }[];
}

export interface ResolutionError {
  readonly error: 'ResolutionError';
  /** `{repository, errors, attempts, lastAttempt}` each, sorted by repository (snowplow-protocol 5.3). */
  readonly lookupHistory: Json;
}

/** Any sentence. */
export interface Simple {
  readonly error: string;
}

export type AdapterMessage = InputData | NotJson | NotIglu | SchemaMapping;
export type TrackerProtocolMessage = InputData | NotJson | NotIglu | CriterionMismatch | IgluError;
export type SchemaViolationMessage = NotJson | NotIglu | CriterionMismatch | IgluError;
export type CollectorPayloadMessage =
  Simple | { readonly payloadField: string; readonly value: string | null; readonly expectation: string };

export interface EnrichmentMessage {
  /** The enrichment that failed; null when it was not one of the configured ones. */
  readonly enrichment: { readonly schemaKey: string; readonly identifier: string } | null;
  readonly message: InputData | IgluError | Simple;
}
