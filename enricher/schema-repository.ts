/**
 * An Iglu repository over HTTP: one request for one schema, and what its answer means (snowplow-protocol 5.2, 5.3). Caches
 * and retries nothing. The address is a setting, never something that an event says.
 */
import { isJsonArray, isJsonObject, parseJson, type Json } from '../protocol/json';
import type { SchemaKey } from '../protocol/schema-key';
import { schemaAddress } from '../protocol/repository-answer';
import { boundedFetch } from '../runtime/bounded-fetch';
import type { Clock } from '../runtime/clock';
import { messageOf } from '../runtime/errors';

export type RepositoryAnswer =
  | { readonly kind: 'found'; readonly text: string }
  /** Also when it asked others in its turn and could not ask all of them (`isUnsure`); then it may say what each one said. */
  | { readonly kind: 'not-found'; readonly isUnsure: boolean; readonly lookupHistory?: Json }
  /** About this schema only: asking again at once would not help. */
  | { readonly kind: 'failure'; readonly message: string }
  /** It does not answer, or not for itself (5xx, 408, 429). The error is as bad rows name it. */
  | {
      readonly kind: 'unavailable';
      readonly error: 'RepoFailure' | 'ClientFailure';
      readonly message: string;
    };

export interface SchemaRepository {
  /** Never rejects. It has answered after `timeoutMs` at the latest. */
  ask(key: SchemaKey, timeoutMs: number): Promise<RepositoryAnswer>;
}

/** How our schema server says that it could not ask everybody. */
const unsureHeader = 'x-flotilla-lookup';
/** Of what comes with a 404: it is kept with each name, and stands in bad rows. */
const historyBytesMax = 65_536;

export function createHttpSchemaRepository(
  { uri, apiKey, bytesMax }: { readonly uri: string; readonly apiKey: string | null; readonly bytesMax: number },
  clock: Clock,
): SchemaRepository {
  const base = uri.replace(/\/$/, '');
  const headers: Record<string, string> = apiKey === null ? {} : { apikey: apiKey };
  return {
    async ask(key, timeoutMs) {
      try {
        const answer = await boundedFetch(schemaAddress(base, key), { headers, timeoutMs, bytesMax, clock });
        return answerOf(answer, bytesMax);
      } catch (error) {
        return { kind: 'unavailable', error: 'ClientFailure', message: messageOf(error) };
      }
    },
  };
}

function answerOf(
  { status, headers, body }: Awaited<ReturnType<typeof boundedFetch>>,
  bytesMax: number,
): RepositoryAnswer {
  // prettier-ignore
  if (status === 200) {
    if (body === null) return { kind: 'failure', message: `Schema is larger than ${bytesMax} bytes` };
    return { kind: 'found', text: body.toString('utf8') };
  }
  if (status === 404)
    return { kind: 'not-found', isUnsure: headers.get(unsureHeader) === 'unsure', lookupHistory: historyIn(body) };
  const message = `Unexpected status ${status}`;
  if (status >= 500) return { kind: 'unavailable', error: 'RepoFailure', message };
  if (status === 408 || status === 429) return { kind: 'unavailable', error: 'ClientFailure', message };
  return { kind: 'failure', message };
}

/** Static servers send a page of their own. */
function historyIn(body: Buffer | null): Json | undefined {
  const text = body !== null && body.length <= historyBytesMax ? body.toString('utf8') : '';
  if (!text.startsWith('{')) return undefined;
  const parsed = parseJson(text);
  const history = parsed.ok && isJsonObject(parsed.value) ? parsed.value.get('lookupHistory') : undefined;
  return history !== undefined && isJsonArray(history) ? history : undefined;
}
