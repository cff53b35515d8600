/**
 * The array `lookupHistory` of a ResolutionError: every repository and what it said of a schema, in the form of Iglu's own client
 * (snowplow-protocol 5.3). It stands in bad rows and in the schema server's answers. Pure.
 */

export type LookupError =
  | { readonly error: 'NotFound' }
  /** `RepoFailure`: a fault of the repository's own (5xx). `ClientFailure`: no answer, or none that can be used. */
  | { readonly error: 'RepoFailure' | 'ClientFailure'; readonly message: string };

export interface RepositoryLookup {
  readonly repository: string;
  readonly error: LookupError;
  /** 0: it was not asked now, and the error is that of the last time. */
  readonly attempts: number;
  /** Of the last attempt; epoch milliseconds. */
  readonly atMs: number;
}

export interface LookupHistoryEntry {
  readonly repository: string;
  readonly errors: readonly LookupError[];
  readonly attempts: number;
  /** ISO 8601 in UTC. */
  readonly lastAttempt: string;
}

/** A repository that Iglu's client always has; it never holds what anybody asks for. */
const embedded = 'Iglu Client Embedded';
/** Of the schemas of bad rows, in characters. */
const messageMax = 256;

/** Sorted by name. The embedded repository is among them, looked at `nowMs` when it is not there already. */
export function lookupHistory(lookups: readonly RepositoryLookup[], nowMs: number): LookupHistoryEntry[] {
  const isThere = lookups.some(({ repository }) => repository === embedded);
  const own: RepositoryLookup = { repository: embedded, error: { error: 'NotFound' }, attempts: 1, atMs: nowMs };
  return (isThere ? [...lookups] : [...lookups, own])
    .sort((a, b) => (a.repository < b.repository ? -1 : 1))
    .map(({ repository, error, attempts, atMs }) => ({
      repository,
      errors: [error.error === 'NotFound' ? error : { ...error, message: error.message.slice(0, messageMax) }],
      attempts,
      lastAttempt: new Date(atMs).toISOString(),
    }));
}
