/**
 * What a look-up of a schema means for the events that name it: the rule of an outage. Pure. The schema client asks and acts.
 *
 * A shard waits for a schema that the operator or this machine vouches for: a repository that lists its vendor could not be
 * asked, or it was resolved here before. Anybody can name any other schema in an event, so those never hold anything up.
 */
import { isJsonArray, isJsonObject, type Json } from '../protocol/json';
import type { ResolverConfig } from '../protocol/resolver-config';
import type { SchemaKey } from '../protocol/schema-key';

/** What came of asking for one schema, all repositories together. */
export type Lookup =
  | { readonly kind: 'found'; readonly text: string }
  | {
      /** None of those that were asked has it. */
      readonly kind: 'missing';
      /** The array `lookupHistory` of a ResolutionError (snowplow-protocol 5.3). */
      readonly lookupHistory: Json;
      /** The names of the repositories that could not be asked; null: some, nobody says which. */
      readonly notAsked: readonly string[] | null;
      /** A repository has something there that cannot be used, or refuses it: about this schema only, no outage. */
      readonly isFaulty: boolean;
    }
  /** The schema server of this machine did not answer, or says itself that this schema is worth waiting for. */
  | { readonly kind: 'down'; readonly reason: string };

/** `unsure`: a bad row, as for `not-found`, though the schema may exist. */
export type LookupDecision = 'known' | 'wait' | 'unsure' | 'not-found';

export interface VouchedFor {
  /** Whether this machine ever resolved it. */
  readonly wasResolved: boolean;
  /** Whether the operator listed its vendor for that repository; null: for any. */
  readonly isListedFor: (repository: string | null) => boolean;
}

export function decideLookup(lookup: Lookup, { wasResolved, isListedFor }: VouchedFor): LookupDecision {
  if (lookup.kind === 'found') return 'known';
  if (lookup.kind === 'down') return 'wait'; // nobody's outage but our own: it never makes a bad row
  const { notAsked } = lookup;
  if (notAsked?.length === 0) return 'not-found';
  const isListed = notAsked === null ? isListedFor(null) : notAsked.some(isListedFor);
  return isListed || wasResolved ? 'wait' : 'unsure';
}

/** The empty prefix orders the repositories, as in any resolver, but vouches for nothing: with it every name would wait. */
export function isListed(config: ResolverConfig, key: SchemaKey, repository: string | null): boolean {
  return config.repositories.some(
    ({ name, vendorPrefixes }) =>
      (repository === null || name === repository) &&
      vendorPrefixes.some((prefix) => prefix !== '' && key.vendor.startsWith(prefix)),
  );
}

/** The repositories of a look-up history that have an error other than NotFound; null when it does not say. */
export function notAskedIn(lookupHistory: Json): readonly string[] | null {
  if (!isJsonArray(lookupHistory)) return null;
  const names = lookupHistory.flatMap((entry) => {
    const [repository, errors] = isJsonObject(entry) ? [entry.get('repository'), entry.get('errors')] : [];
    if (typeof repository !== 'string' || !isJsonArray(errors ?? null)) return [];
    const isNotFound = (error: Json): boolean => isJsonObject(error) && error.get('error') === 'NotFound';
    return (errors as readonly Json[]).every(isNotFound) ? [] : [repository];
  });
  return names.length === 0 ? null : names;
}
