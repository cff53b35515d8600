/**
 * An Iglu repository over HTTP: one request for one schema, and what its answer means (snowplow-protocol 5.2, 5.3). Caches
 * and retries nothing. The address is a setting, never something that an event says.
 */
import { isJsonArray, isJsonObject, parseJson, type Json } from '../protocol/json';
import type { SchemaKey } from '../protocol/schema-key';
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
/** Of what comes with a 404. */
const messageBytesMax = 65_536;

export function createHttpSchemaRepository(
  { uri, apiKey, bytesMax }: { readonly uri: string; readonly apiKey: string | null; readonly bytesMax: number },
  clock: Clock,
): SchemaRepository {
  const base = uri.replace(/\/$/, '');
  const headers: Record<string, string> = apiKey === null ? {} : { apikey: apiKey };
  return {
    async ask({ vendor, name, format, version }, timeoutMs) {
      const address = `${base}/schemas/${[vendor, name, format, version].map(encodeURIComponent).join('/')}`;
      const timeout = new AbortController();
      const answered = new AbortController();
      void clock.sleep(timeoutMs, answered.signal).then(() => timeout.abort());
      try {
        const response = await fetch(address, { headers, redirect: 'manual', signal: timeout.signal });
        return await readAnswer(response, bytesMax);
      } catch (error) {
        const reason = timeout.signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error);
        return { kind: 'unavailable', error: 'ClientFailure', message: `${base}: ${reason}` };
      } finally {
        answered.abort();
      }
    },
  };
}

async function readAnswer(response: Response, bytesMax: number): Promise<RepositoryAnswer> {
  const { status } = response;
  if (status === 200) {
    const text = await readBody(response, bytesMax);
    return text === null
      ? { kind: 'failure', message: `Schema is larger than ${bytesMax} bytes` }
      : { kind: 'found', text };
  }
  if (status === 404) {
    const isUnsure = response.headers.get(unsureHeader) === 'unsure';
    return { kind: 'not-found', isUnsure, lookupHistory: historyIn(await readBody(response, messageBytesMax)) };
  }
  await response.body?.cancel();
  const message = `Unexpected status ${status}`;
  if (status >= 500) return { kind: 'unavailable', error: 'RepoFailure', message };
  if (status === 408 || status === 429) return { kind: 'unavailable', error: 'ClientFailure', message };
  return { kind: 'failure', message };
}

/** Static servers send a page of their own. */
function historyIn(body: string | null): Json | undefined {
  if (body === null || !body.startsWith('{')) return undefined;
  const parsed = parseJson(body);
  const history = parsed.ok && isJsonObject(parsed.value) ? parsed.value.get('lookupHistory') : undefined;
  return history !== undefined && isJsonArray(history) ? history : undefined;
}

/** Null when there is more than `bytesMax`. */
export async function readBody(response: Response, bytesMax: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > bytesMax) return null; // leaving the loop closes the connection
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Node's fetch says "fetch failed" and why in the cause. */
const reasonOf = (error: unknown): string =>
  messageOf(typeof error === 'object' && error !== null && 'cause' in error ? error.cause : error);
