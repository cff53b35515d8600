/**
 * An Iglu repository over HTTP: one request for one schema, and what its answer means (snowplow-protocol 5.2, 5.3). Caches
 * and retries nothing; schema-client.ts does. The address is a setting, never something that an event says.
 */
import type { SchemaKey } from '../protocol/schema-key';
import type { Clock } from '../runtime/clock';
import { FlotillaError, messageOf } from '../runtime/errors';
import type { SchemasSettings } from './schemas-config';

export type RepositoryAnswer =
  | { readonly kind: 'found'; readonly text: string }
  | { readonly kind: 'not-found' }
  /** About this schema only: asking again at once would not help. */
  | { readonly kind: 'failure'; readonly message: string };

export interface SchemaRepository {
  /** Throws a retryable FlotillaError when the repository does not answer, or not for itself (5xx, 408, 429). */
  ask(key: SchemaKey): Promise<RepositoryAnswer>;
}

export function createHttpSchemaRepository(settings: SchemasSettings, clock: Clock): SchemaRepository {
  const base = settings.uri.replace(/\/$/, '');
  const headers: Record<string, string> = settings.apiKey === '' ? {} : { apikey: settings.apiKey };
  return {
    async ask({ vendor, name, format, version }) {
      const address = `${base}/schemas/${[vendor, name, format, version].map(encodeURIComponent).join('/')}`;
      const timeout = new AbortController();
      const answered = new AbortController();
      void clock.sleep(settings.requestTimeoutMs, answered.signal).then(() => timeout.abort());
      try {
        const response = await fetch(address, { headers, redirect: 'manual', signal: timeout.signal });
        return await readAnswer(response, settings.schemaBytesMax);
      } catch (error) {
        if (error instanceof FlotillaError) throw error;
        const reason = timeout.signal.aborted ? `no answer within ${settings.requestTimeoutMs} ms` : reasonOf(error);
        throw unavailable(`${base}: ${reason}`, error);
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
  await response.body?.cancel();
  if (status === 404) return { kind: 'not-found' };
  if (status >= 500 || status === 408 || status === 429) throw unavailable(`status ${status}`);
  return { kind: 'failure', message: `Unexpected status ${status}` };
}

/** Null when there is more than `bytesMax`. */
async function readBody(response: Response, bytesMax: number): Promise<string | null> {
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

const unavailable = (reason: string, cause?: unknown): FlotillaError =>
  new FlotillaError('FLOTILLA_UNAVAILABLE', `The schema server is not available: ${reason}`, { cause });
