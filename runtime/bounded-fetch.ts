/**
 * One GET over HTTP with everything about it bounded: time, bytes, no redirects. For addresses that are settings, never something
 * that an event says. Retries nothing.
 */
import type { Clock } from './clock';
import { FlotillaError, messageOf } from './errors';

export interface BoundedRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** From the start to the last byte. */
  readonly timeoutMs: number;
  /** Of the body, unpacked. */
  readonly bytesMax: number;
  readonly clock: Clock;
  /** Breaks it off. */
  readonly signal?: AbortSignal;
}

/** `body` null: there was more than `bytesMax`. Throws a retryable FlotillaError when no answer came. */
export async function boundedFetch(
  address: string,
  { headers, timeoutMs, bytesMax, clock, signal }: BoundedRequest,
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Buffer | null }> {
  const timeout = new AbortController();
  const ended = new AbortController();
  void clock.sleep(timeoutMs, ended.signal).then(() => timeout.abort());
  const either = signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, signal]);
  try {
    const response = await fetch(address, { headers, redirect: 'manual', signal: either });
    return { status: response.status, headers: response.headers, body: await readBody(response, bytesMax) };
  } catch (error) {
    const isLate = timeout.signal.aborted && !ended.signal.aborted;
    const reason = signal?.aborted ? 'broken off' : isLate ? `no answer within ${timeoutMs} ms` : reasonOf(error);
    throw new FlotillaError('FLOTILLA_UNAVAILABLE', reason, { cause: error });
  } finally {
    ended.abort();
  }
}

async function readBody(response: Response, bytesMax: number): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > bytesMax) return null; // leaving the loop closes the connection
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Node's fetch says "fetch failed" and why in the cause. */
const reasonOf = (error: unknown): string =>
  messageOf(typeof error === 'object' && error !== null && 'cause' in error ? error.cause : error);
