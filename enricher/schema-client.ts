/**
 * What an enricher process knows of schemas: compiled once, kept, asked for again when they are old. Decisions only look
 * (`get`); the pipeline fetches between them. While the schema server is down, what is known serves on, and what is not
 * known makes the shard wait: an outage never makes a bad row (snowplow-protocol 5.3).
 */
import { createHash } from 'node:crypto';
import { jsonOf, type Json } from '../protocol/json';
import { schemaUri, type SchemaKey } from '../protocol/schema-key';
import type { Clock } from '../runtime/clock';
import { isRetryable } from '../runtime/errors';
import { inParallel } from '../runtime/in-parallel';
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import { createHttpSchemaRepository, type RepositoryAnswer, type SchemaRepository } from './schema-repository';
import type { SchemasSettings } from './schemas-config';
import { createSchemasTelemetry, type SchemasTelemetry } from './telemetry';
import { compileSchema, type CompiledSchema } from './validate';

/** What is known of one schema key. A schema that is superseded is known with the validation of the later version. */
export type SchemaState =
  | Exclude<CompiledSchema, { kind: 'unreadable' }>
  /** There is none. The array `lookupHistory` of a ResolutionError. */
  | { readonly kind: 'unresolved'; readonly lookupHistory: Json };

export interface KnownSchemas {
  /** Undefined: not fetched yet, or too old to be used. */
  get(key: SchemaKey): SchemaState | undefined;
}

export interface SchemaClient extends KnownSchemas {
  /**
   * Makes the keys known. Throws a retryable FlotillaError when the schema server does not answer; what was learned until
   * then stays, so that trying again goes on from there.
   */
  fetch(keys: readonly SchemaKey[]): Promise<void>;
}

interface Entry {
  readonly state: SchemaState;
  /** Of the document, to spare compiling the same one again. */
  readonly digest?: string;
  freshUntilMs: number;
  usedAtMs: number;
}

/** What was used so recently is not thrown away: one record may name more schemas than are kept, and still needs them all. */
const keptAfterUseMs = 10_000;
/** A repository that Snowplow's client always has; it never holds what anybody asks for. */
const embeddedRepository = 'Iglu Client Embedded';

export interface SchemaClientDependencies {
  readonly settings: SchemasSettings;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Where schemas come from; by default `settings.uri`. */
  readonly repository?: SchemaRepository;
}

export function createSchemaClient({
  settings,
  clock,
  metrics,
  log,
  repository,
}: SchemaClientDependencies): SchemaClient {
  const asked = repository ?? createHttpSchemaRepository(settings, clock);
  return new CachingSchemaClient(settings, clock, asked, createSchemasTelemetry(metrics, log));
}

class CachingSchemaClient implements SchemaClient {
  /** The longest unused first. */
  private readonly entries = new Map<string, Entry>();
  private readonly underWay = new Map<string, Promise<void>>();
  private outageUntilMs = 0;

  constructor(
    private readonly settings: SchemasSettings,
    private readonly clock: Clock,
    private readonly repository: SchemaRepository,
    private readonly telemetry: SchemasTelemetry,
  ) {}

  get(key: SchemaKey): SchemaState | undefined {
    const uri = schemaUri(key);
    const entry = this.entries.get(uri);
    const nowMs = this.clock.monotonicMs();
    if (entry === undefined || !this.isUsable(entry, nowMs)) return undefined;
    entry.usedAtMs = nowMs;
    this.entries.delete(uri);
    this.entries.set(uri, entry);
    return entry.state;
  }

  async fetch(keys: readonly SchemaKey[]): Promise<void> {
    const startedMs = this.clock.monotonicMs();
    const wanted = keys.filter((key) => this.get(key) === undefined);
    await inParallel(wanted, this.settings.requestsMax, (key) => this.fetchOnce(key));
    // Fresh from now on together: asking for many takes a while, and the first must not be old before the last is here.
    for (const key of wanted) {
      const entry = this.entries.get(schemaUri(key));
      if (entry !== undefined && entry.freshUntilMs > startedMs) this.freshen(entry);
    }
    this.evict();
  }

  private isUsable({ state, freshUntilMs }: Entry, nowMs: number): boolean {
    return nowMs < freshUntilMs || (state.kind !== 'unresolved' && nowMs < this.outageUntilMs);
  }

  private freshen(entry: Entry): void {
    const { ttlMs, notFoundTtlMs } = this.settings;
    entry.freshUntilMs = this.clock.monotonicMs() + (entry.state.kind === 'unresolved' ? notFoundTtlMs : ttlMs);
  }

  /** Shards that miss the same schema share one request. */
  private fetchOnce(key: SchemaKey): Promise<void> {
    const uri = schemaUri(key);
    const running = this.underWay.get(uri);
    if (running !== undefined) return running;
    const started = this.refresh(uri, key).finally(() => this.underWay.delete(uri));
    this.underWay.set(uri, started);
    return started;
  }

  private async refresh(uri: string, key: SchemaKey): Promise<void> {
    const known = this.entries.get(uri);
    try {
      const answer = await this.ask(key);
      const digest = answer.kind === 'found' ? createHash('sha256').update(answer.text).digest('base64') : undefined;
      const isSame = digest !== undefined && digest === known?.digest;
      this.keep(uri, isSame ? known.state : await this.stateOf(key, answer), digest);
    } catch (error) {
      // A miss does not serve on: by now the schema may be there, and nothing is lost by waiting.
      if (!isRetryable(error) || known === undefined || known.state.kind === 'unresolved') throw error;
      this.outageUntilMs = this.clock.monotonicMs() + this.settings.outagePauseMs;
      this.telemetry.servesStale(error);
    }
  }

  private async ask(key: SchemaKey): Promise<RepositoryAnswer> {
    // A part of dots only would walk the folders of a static registry (snowplow-protocol 5.1).
    if ([key.vendor, key.name, key.format, key.version].some((part) => /^\.+$/.test(part)))
      return { kind: 'not-found' };
    const startedMs = this.clock.monotonicMs();
    try {
      const answer = await this.repository.ask(key);
      this.telemetry.asked(answer.kind, this.clock.monotonicMs() - startedMs);
      return answer;
    } catch (error) {
      this.telemetry.asked('unavailable', this.clock.monotonicMs() - startedMs);
      throw error;
    }
  }

  /** A superseded schema is known together with the version that is validated against: one step, as the original does. */
  private async stateOf(key: SchemaKey, answer: RepositoryAnswer): Promise<SchemaState> {
    const state = this.compile(key, answer);
    if (state.kind !== 'schema' || state.supersededBy === undefined) return state;
    const { supersededBy } = state;
    const superseding = this.compile(supersededBy, await this.ask(supersededBy));
    return superseding.kind === 'schema'
      ? { kind: 'schema', validate: superseding.validate, supersededBy }
      : superseding;
  }

  private compile(key: SchemaKey, answer: RepositoryAnswer): SchemaState {
    if (answer.kind === 'not-found') return this.unresolved({ error: 'NotFound' });
    if (answer.kind === 'failure') return this.unresolved({ error: 'ClientFailure', message: answer.message });
    const startedMs = this.clock.monotonicMs();
    const compiled = compileSchema(answer.text, key);
    this.telemetry.compiled(this.clock.monotonicMs() - startedMs);
    if (compiled.kind === 'unreadable') return this.unresolved({ error: 'ClientFailure', message: compiled.message });
    return compiled;
  }

  /** What bad rows tell of the lookup: every repository, sorted by name. */
  private unresolved(error: object): SchemaState {
    const lastAttempt = new Date(this.clock.wallMs()).toISOString();
    const lookups = [
      { repository: this.settings.repositoryName, errors: [error], attempts: 1, lastAttempt },
      { repository: embeddedRepository, errors: [{ error: 'NotFound' }], attempts: 1, lastAttempt },
    ];
    return {
      kind: 'unresolved',
      lookupHistory: jsonOf(lookups.sort((a, b) => (a.repository < b.repository ? -1 : 1))),
    };
  }

  private keep(uri: string, state: SchemaState, digest: string | undefined): void {
    const entry: Entry = { state, digest, freshUntilMs: 0, usedAtMs: this.clock.monotonicMs() };
    this.freshen(entry);
    this.entries.delete(uri);
    this.entries.set(uri, entry);
    this.telemetry.keeps(this.entries.size);
  }

  private evict(): void {
    const untilMs = this.clock.monotonicMs() - keptAfterUseMs;
    for (const [uri, { usedAtMs }] of this.entries) {
      if (this.entries.size <= this.settings.cacheEntriesMax || usedAtMs > untilMs) break;
      this.entries.delete(uri);
    }
    this.telemetry.keeps(this.entries.size);
  }
}
