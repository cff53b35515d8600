/**
 * Asks the repositories of the resolver configuration for one schema, one after another, until one has it. Each gets one attempt,
 * behind a breaker: one that fails is left alone for a while. Only configured addresses are asked. Caches nothing.
 *
 * A breaker counts for schemas that somebody vouches for, or for all others: names that anybody can invent, and the short time
 * that these get, never close the door to the schemas that count.
 */
import type { LookupError } from '../../protocol/lookup-history';
import { noAnswer, repositoryAnswer, schemaAddress, type RepositoryAnswer } from '../../protocol/repository-answer';
import { lookupOrder, type Repository, type ResolverConfig } from '../../protocol/resolver-config';
import type { SchemaKey } from '../../protocol/schema-key';
import type { boundedFetch } from '../../runtime/bounded-fetch';
import { afterFailure, closedBreaker, letThrough, type Breaker } from '../../runtime/breaker';
import type { Clock } from '../../runtime/clock';
import { isRetryable, messageOf } from '../../runtime/errors';
import type { SchemaStore } from '../schema-store';
import { endsWalk, type Outcome } from './decide-lookup';
import type { UpstreamTelemetry } from './telemetry';

/** A repository that fails is asked again after 1 s, then after twice as long, up to half a minute. */
const OPEN_MS = { openMinMs: 1_000, openMaxMs: 30_000 };

export interface AskingDependencies {
  readonly config: ResolverConfig;
  readonly settings: {
    /** The one attempt for a schema that nobody vouches for, or that a copy serves for. */
    readonly upstreamAttemptMs: number;
    /** The one attempt for every other schema. */
    readonly upstreamTimeoutMs: number;
    readonly schemaBytesMax: number;
  };
  /** The store over the folder of an embedded repository. */
  readonly storeOver: (folder: string) => SchemaStore;
  /** How a repository is asked; boundedFetch, but for tests. */
  readonly fetch: typeof boundedFetch;
  readonly clock: Clock;
  readonly telemetry: Pick<UpstreamTelemetry, 'asked' | 'failing' | 'answersAgain'>;
  /** Breaks off what is under way. */
  readonly signal: AbortSignal;
}

export interface Asking {
  readonly isVouchedFor: boolean;
  /** The repository of the copy that is refreshed. */
  readonly copyOf?: string;
}

interface Door {
  readonly repository: Repository;
  readonly ask: (key: SchemaKey, timeoutMs: number) => Promise<RepositoryAnswer>;
  readonly breakers: { vouched: Breaker; other: Breaker };
  last: { readonly error: LookupError; readonly atMs: number };
}

export class RepositoryAsker {
  private readonly doors: ReadonlyMap<string, Door>;

  constructor(private readonly deps: AskingDependencies) {
    this.doors = new Map(deps.config.repositories.map((repository) => [repository.name, this.doorTo(repository)]));
  }

  /** What each said, in the order of the asking. Never rejects: no answer is an outcome too. */
  async ask(key: SchemaKey, asking: Asking): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const { name } of lookupOrder(this.deps.config, key.vendor)) {
      const outcome = await this.askOne(this.doors.get(name) as Door, key, asking);
      outcomes.push(outcome);
      if (endsWalk(outcome, asking.copyOf)) break;
    }
    return outcomes;
  }

  private async askOne(door: Door, key: SchemaKey, { isVouchedFor, copyOf }: Asking): Promise<Outcome> {
    const { clock, settings, telemetry } = this.deps;
    const { repository, breakers } = door;
    const isNeeded = isVouchedFor && copyOf === undefined;
    const lane = isNeeded ? 'vouched' : 'other';
    const timeoutMs = isNeeded ? settings.upstreamTimeoutMs : settings.upstreamAttemptMs;
    const limits = { ...OPEN_MS, attemptMs: timeoutMs };
    const beganMs = clock.monotonicMs();
    const passed = letThrough(breakers[lane], beganMs, limits);
    if (passed === null) return { kind: 'not-asked', repository, ...door.last };
    breakers[lane] = passed;
    const answer = await door.ask(key, timeoutMs);
    const endedMs = clock.monotonicMs();
    telemetry.asked(repository.name, answer.kind, endedMs - beganMs);
    const atMs = clock.wallMs();
    if (answer.kind === 'unavailable') {
      door.last = { error: answer.error, atMs };
      breakers[lane] = afterFailure(breakers[lane], beganMs, endedMs, limits);
      telemetry.failing(repository.name, answer.error);
      return { kind: 'unavailable', repository, error: answer.error, atMs };
    }
    breakers[lane] = closedBreaker;
    telemetry.answersAgain(repository.name);
    if (answer.kind === 'found') return { kind: 'found', repository, text: answer.text };
    if (answer.kind === 'refused') return { kind: 'refused', repository, error: answer.error, atMs };
    return { kind: 'not-found', repository, error: { error: 'NotFound' }, atMs };
  }

  private doorTo(repository: Repository): Door {
    const { connection } = repository;
    const breakers = { vouched: closedBreaker, other: closedBreaker };
    const last = { error: { error: 'NotFound' }, atMs: 0 } as const;
    if (connection.kind === 'embedded') {
      const store = this.deps.storeOver(connection.path);
      return { repository, breakers, last, ask: (key) => askFolder(store, key) };
    }
    const { uri, apiKey } = connection;
    const headers: Record<string, string> = apiKey === null ? {} : { apikey: apiKey };
    return { repository, breakers, last, ask: (key, ms) => this.fetch(schemaAddress(uri, key), headers, ms) };
  }

  private async fetch(address: string, headers: Record<string, string>, timeoutMs: number): Promise<RepositoryAnswer> {
    const { clock, signal, settings, fetch } = this.deps;
    try {
      const bytesMax = settings.schemaBytesMax;
      return repositoryAnswer(await fetch(address, { headers, timeoutMs, bytesMax, clock, signal }));
    } catch (error) {
      if (!isRetryable(error)) throw error;
      return noAnswer(messageOf(error));
    }
  }
}

async function askFolder(store: SchemaStore, key: SchemaKey): Promise<RepositoryAnswer> {
  try {
    const found = await store.find(key);
    if (found.kind === 'found') return { kind: 'found', text: found.text };
    if (found.kind !== 'unusable') return { kind: 'not-found' };
    return { kind: 'refused', error: { error: 'ClientFailure', message: `The file ${found.reason}` } };
  } catch (error) {
    if (!isRetryable(error)) throw error;
    return { kind: 'unavailable', error: { error: 'RepoFailure', message: messageOf(error) } };
  }
}
