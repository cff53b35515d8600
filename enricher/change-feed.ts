/**
 * Follows what changes in the schema server: a long poll of its `GET /changes`, so that a schema that is published is known
 * here at once. It runs beside the events and holds none of them up; without it (another Iglu server, the server is down)
 * what is known grows old by its time to live, as ever.
 *
 * After every failure it first asks where the server is now, which is answered at once: a server that was started again counts
 * from anew, and would let a position of its forerunner wait.
 */
import { isJsonArray, isJsonObject, JsonNumber, parseJson, type Json } from '../protocol/json';
import { boundedFetch } from '../runtime/bounded-fetch';
import type { Clock } from '../runtime/clock';
import { messageOf } from '../runtime/errors';
import type { Random } from '../runtime/random';
import { backoffMs, type Backoff } from '../runtime/retry';
import type { SchemasSettings } from './schemas-config';
import type { SchemasTelemetry } from './telemetry';

export type FeedAnswer =
  /** `keys` null: too much changed to say what. */
  | { readonly kind: 'changes'; readonly feed: string; readonly position: number; readonly keys: readonly string[] | null } // prettier-ignore
  /** This server has no feed. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** The URIs of what changed, or all that was ever learned. */
export type FeedChange = 'everything' | readonly string[];

export interface FeedPlace {
  /** Of this run of the server. */
  readonly feed: string;
  /** Everything up to it was heard. */
  readonly position: number;
  /** False after a failure: ask where the server is now. */
  readonly isSure: boolean;
}

/** Pure: where we are after the answer, and what must be forgotten. `place` null: nothing was heard yet. */
export function nextPlace(
  place: FeedPlace | null,
  answer: FeedAnswer,
): { readonly place: FeedPlace | null; readonly change: FeedChange } {
  if (answer.kind === 'absent') return { place: null, change: [] };
  if (answer.kind === 'unavailable') return { place: place && { ...place, isSure: false }, change: [] };
  const { feed, position, keys } = answer;
  // What was learned before the first answer may be older than the position that it gives.
  if (place?.feed !== feed) return { place: { feed, position, isSure: true }, change: 'everything' };
  if (!place.isSure) return { place: { ...place, isSure: true }, change: [] };
  return { place: { feed, position, isSure: true }, change: keys ?? 'everything' };
}

/** `since` null: answer at once. Never rejects. */
export type AskFeed = (since: number | null, signal: AbortSignal) => Promise<FeedAnswer>;

export interface ChangeFeedParts {
  readonly ask: AskFeed;
  /** Not awaited: the next change is heard meanwhile. */
  readonly onChange: (change: FeedChange) => void;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends it, within the turn of the event loop. */
  readonly signal: AbortSignal;
  readonly telemetry: Pick<SchemasTelemetry, 'feedHeard' | 'feedLost'>;
}

/** Short enough that what is published right after a restart is known in time. */
const backoff: Backoff = { minMs: 50, maxMs: 1_000 };
/** A server that has no feed may have one after its next deploy. */
const absentBackoff: Backoff = { minMs: 120_000, maxMs: 120_000 };
/** An answer without any change that came sooner was not waited for: such a server must not be asked in a circle. */
const hastyMs = 100;

/** Resolves when the signal aborts. */
export async function followChanges({
  ask,
  onChange,
  clock,
  random,
  signal,
  telemetry,
}: ChangeFeedParts): Promise<void> {
  let place: FeedPlace | null = null;
  let failures = 0;
  while (!signal.aborted) {
    const askedAtMs = clock.monotonicMs();
    const since: number | null = place?.isSure ? place.position : null;
    const answer: FeedAnswer = await ask(since, signal);
    if (signal.aborted) return;
    const next = nextPlace(place, answer);
    place = next.place;
    if (next.change.length > 0) onChange(next.change);
    if (answer.kind === 'changes') telemetry.feedHeard(next.change === 'everything' ? null : next.change.length);
    else telemetry.feedLost(answer);
    const isHasty = since !== null && next.change.length === 0 && clock.monotonicMs() - askedAtMs < hastyMs;
    failures = answer.kind === 'changes' && !isHasty ? 0 : failures + 1;
    const pause = answer.kind === 'absent' ? absentBackoff : backoff;
    if (failures > 0) await clock.sleep(backoffMs(failures, pause, random), signal);
  }
}

/** Many more keys than any server names at once. */
const answerBytesMax = 4_000_000;

/** Asks the server of `settings.uri`. */
export function createHttpFeed(settings: SchemasSettings, clock: Clock): AskFeed {
  const base = settings.uri.replace(/\/$/, '');
  const headers: Record<string, string> = settings.apiKey === '' ? {} : { apikey: settings.apiKey };
  return async (since, signal) => {
    const { feedWaitMs, requestTimeoutMs } = settings;
    const query = since === null ? '' : `?since=${since}&waitMs=${feedWaitMs}`;
    const timeoutMs = requestTimeoutMs + (since === null ? 0 : feedWaitMs);
    try {
      const { status, body } = await boundedFetch(`${base}/changes${query}`, {
        headers,
        timeoutMs,
        bytesMax: answerBytesMax,
        clock,
        signal,
      });
      if (status >= 500 || status === 408 || status === 429) return { kind: 'unavailable', reason: `status ${status}` };
      return (status === 200 && body !== null && feedAnswerOf(body.toString('utf8'))) || { kind: 'absent' };
    } catch (error) {
      return { kind: 'unavailable', reason: messageOf(error) };
    }
  };
}

/** Null for what another server means by that path. */
function feedAnswerOf(text: string): FeedAnswer | null {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  const [feed, position, keys] = ['feed', 'position', 'keys'].map((name) => (parsed.value as ReadonlyMap<string, Json>).get(name)); // prettier-ignore
  if (typeof feed !== 'string' || !(position instanceof JsonNumber)) return null;
  const at = Number(position.text);
  if (!Number.isSafeInteger(at) || at < 0) return null;
  if (keys === null) return { kind: 'changes', feed, position: at, keys: null };
  const isKeys = keys === undefined || (isJsonArray(keys) && keys.every((key) => typeof key === 'string'));
  return isKeys ? { kind: 'changes', feed, position: at, keys: (keys ?? []) as readonly string[] } : null;
}
