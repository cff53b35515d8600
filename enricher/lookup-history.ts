/** What bad rows tell of a look-up: every repository and what it said, as Iglu's own client writes it (snowplow-protocol 5.3). Pure. */
import { jsonOf, type Json } from '../protocol/json';

export type LookupError =
  | { readonly error: 'NotFound' }
  /** `RepoFailure`: its own fault (5xx). `ClientFailure`: no answer, or none that can be used. */
  | { readonly error: 'RepoFailure' | 'ClientFailure'; readonly message: string };

export interface RepositoryLookup {
  readonly repository: string;
  readonly error: LookupError;
  /** How often it was asked before anybody gave up. */
  readonly attempts: number;
  /** Of the last attempt; epoch milliseconds. */
  readonly atMs: number;
}

/** A repository that Snowplow's client always has; it never holds what anybody asks for. */
const embedded = 'Iglu Client Embedded';

/** Sorted by name. The embedded repository is added, as looked at `nowMs`. */
export function lookupHistory(lookups: readonly RepositoryLookup[], nowMs: number): Json {
  const own: RepositoryLookup = { repository: embedded, error: { error: 'NotFound' }, attempts: 1, atMs: nowMs };
  const all = [...lookups.filter(({ repository }) => repository !== embedded), own];
  all.sort((a, b) => (a.repository < b.repository ? -1 : 1));
  return jsonOf(
    all.map(({ repository, error, attempts, atMs }) => ({
      repository,
      errors: [error],
      attempts,
      lastAttempt: new Date(atMs).toISOString(),
    })),
  );
}
