/**
 * How an Iglu repository is asked over HTTP, and what its answer means (snowplow-protocol 5.2, 5.3). Pure: whoever asks fetches.
 */
import type { LookupError } from './lookup-history';
import type { SchemaKey } from './schema-key';

/** `body` null: it was larger than the asker takes. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array | null;
}

export type RepositoryAnswer =
  /** JSON in UTF-8, as it was sent. */
  | { readonly kind: 'found'; readonly text: Uint8Array }
  | { readonly kind: 'not-found' }
  /** About this schema only, and no outage: asking again would not help. */
  | { readonly kind: 'refused'; readonly error: LookupError }
  /** It could not say. */
  | { readonly kind: 'unavailable'; readonly error: LookupError };

/** `uri` is that of the repository, without a slash at its end. */
export const schemaAddress = (uri: string, { vendor, name, format, version }: SchemaKey): string =>
  `${uri}/schemas/${[vendor, name, format, version].map(encodeURIComponent).join('/')}`;

/** A part of dots only would walk the folders of a static repository: nobody is asked for such a schema (snowplow-protocol 5.1). */
export const hasPartOfDots = ({ vendor, name, format, version }: SchemaKey): boolean =>
  [vendor, name, format, version].some((part) => /^\.+$/.test(part));

/** Too many requests and too slow ones are the repository's trouble; every other 4xx is about the schema. */
const passing = [408, 429];

export function repositoryAnswer({ status, body }: HttpAnswer): RepositoryAnswer {
  if (status === 404) return { kind: 'not-found' };
  if (status >= 500)
    return { kind: 'unavailable', error: { error: 'RepoFailure', message: `Unexpected status ${status}` } };
  if (passing.includes(status)) return { kind: 'unavailable', error: clientFailure(`Unexpected status ${status}`) };
  if (status !== 200) return { kind: 'refused', error: clientFailure(`Unexpected status ${status}`) };
  if (body === null) return { kind: 'refused', error: clientFailure('The document is too large for a schema') };
  if (!isJsonText(body))
    return { kind: 'refused', error: clientFailure('Could not decode server response. It is no JSON') };
  return { kind: 'found', text: body };
}

/** No answer came; `reason` says why. */
export const noAnswer = (reason: string): RepositoryAnswer => ({ kind: 'unavailable', error: clientFailure(reason) });

const clientFailure = (message: string): LookupError => ({ error: 'ClientFailure', message });

/** Strict: UTF-8 without a mark at its start, and one JSON value. */
export function isJsonText(text: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text));
    return true;
  } catch {
    return false; // either fault means the same to whoever asks
  }
}
