/**
 * What an enricher process knows of schemas: compiled once, kept, asked for again when they are old. Decisions only look
 * (`get`); the pipeline fetches between them. While a schema that is vouched for cannot be looked up, what is known of it serves
 * on, and what is not known makes the shard wait: an outage never makes a bad row of it. Any other is asked for once a minute at
 * most, and its events are bad rows meanwhile (decide-lookup.ts).
 */
import { createHash } from 'node:crypto';
import { jsonOf, type Json } from '../protocol/json';
import { lookupHistory } from '../protocol/lookup-history';
import { hasPartOfDots } from '../protocol/repository-answer';
import { parseSchemaKey, schemaUri, type SchemaKey } from '../protocol/schema-key';
import type { Clock } from '../runtime/clock';
import { FlotillaError, isRetryable } from '../runtime/errors';
import { inParallel } from '../runtime/in-parallel';
import type { FeedChange } from './change-feed';
import { decideLookup, type Lookup, type LookupDecision } from './decide-lookup';
import { KeptEntries } from './kept-entries';
import type { ResolvedIndex } from './resolved-index';
import type { SchemaSource } from './schema-source';
import type { SchemasSettings } from './schemas-config';
import type { SchemasTelemetry } from './telemetry';
import { compileSchema, type CompiledSchema } from './validate';

type UsableSchema = Exclude<CompiledSchema, { kind: 'unreadable' }>;

/** What is known of one schema key. A schema that is superseded is known with the validation of the later version. */
export type SchemaState =
  | UsableSchema
  /** There is none, or nobody can say now. The array `lookupHistory` of a ResolutionError. */
  | { readonly kind: 'unresolved'; readonly lookupHistory: Json };

export interface KnownSchemas {
  /** Undefined: not fetched yet, or too old to be used. */
  get(key: SchemaKey): SchemaState | undefined;
}

export interface SchemaClient extends KnownSchemas {
  /**
   * Makes the keys known. Throws a retryable FlotillaError when one of them must be waited for; what was learned until then
   * stays, so that trying again goes on from there.
   */
  fetch(keys: readonly SchemaKey[]): Promise<void>;
}

interface Entry {
  state: SchemaState;
  /** Of the document, to spare compiling the same one again. */
  readonly digest?: string;
  readonly ttlMs: number;
  freshUntilMs: number;
  /** A schema serves on for so long while it is asked for again, behind the events; a miss does not. */
  usableUntilMs: number;
}

type Learned =
  | { readonly kind: 'schema'; readonly state: SchemaState; readonly digest: string }
  | { readonly kind: 'miss'; readonly state: SchemaState; readonly ttlMs: number; readonly isFirm: boolean };

/** Requests that refresh what is known behind the events. */
const refreshesMax = 4;

export interface SchemaClientParts {
  readonly settings: SchemasSettings;
  readonly clock: Clock;
  readonly source: SchemaSource;
  readonly index: ResolvedIndex;
  /** Whether the operator listed the schema's vendor for that repository; null: for any. */
  readonly isListed: (key: SchemaKey, repository: string | null) => boolean;
  readonly telemetry: SchemasTelemetry;
}

export class CachingSchemaClient implements SchemaClient {
  private readonly schemas: KeptEntries<Entry>;
  /** Apart from the schemas: however many names nobody has, they push no schema out. */
  private readonly misses: KeptEntries<Entry>;
  private readonly underWay = new Map<string, Promise<void>>();
  /** Changed while they were asked for: what comes may be what was before. */
  private readonly overtaken = new Set<string>();

  constructor(private readonly parts: SchemaClientParts) {
    this.schemas = new KeptEntries(parts.settings.cacheEntriesMax);
    this.misses = new KeptEntries(parts.settings.missesMax);
  }

  get(key: SchemaKey): SchemaState | undefined {
    const uri = schemaUri(key);
    const nowMs = this.parts.clock.monotonicMs();
    const schema = this.schemas.peek(uri);
    if (schema !== undefined) {
      if (nowMs >= schema.usableUntilMs) return undefined;
      this.schemas.use(uri, nowMs);
      if (nowMs >= schema.freshUntilMs) this.refreshBehind(uri, key);
      return schema.state;
    }
    const miss = this.misses.peek(uri);
    if (miss === undefined || nowMs >= miss.freshUntilMs) return undefined;
    this.misses.use(uri, nowMs);
    return miss.state;
  }

  async fetch(keys: readonly SchemaKey[]): Promise<void> {
    const { clock, settings } = this.parts;
    const startedMs = clock.monotonicMs();
    const wanted = keys.filter((key) => this.get(key) === undefined);
    await inParallel(wanted, settings.requestsMax, (key) => this.refreshOnce(schemaUri(key), key));
    // Fresh from now on together: asking for many takes a while, and the first must not be old before the last is here.
    for (const key of wanted) {
      const uri = schemaUri(key);
      const entry = this.schemas.peek(uri) ?? this.misses.peek(uri);
      if (entry !== undefined && entry.freshUntilMs > startedMs && entry.usableUntilMs < Infinity) this.freshen(entry);
    }
    this.evict();
  }

  /** What the schema server said of its schemas. Events go on meanwhile: what is known is refreshed behind them. */
  async changed(change: FeedChange): Promise<void> {
    const { clock, settings } = this.parts;
    const isTouched = touchedBy(change);
    for (const uri of this.underWay.keys()) if (isTouched(uri)) this.overtaken.add(uri);
    for (const uri of this.misses.uris()) if (isTouched(uri)) this.misses.delete(uri);
    const inUseSinceMs = clock.monotonicMs() - settings.ttlMs;
    const inUse = new Set(this.schemas.uris(inUseSinceMs).filter(isTouched));
    for (const uri of this.schemas.uris().filter(isTouched)) {
      const entry = this.schemas.peek(uri);
      if (entry !== undefined && !inUse.has(uri)) entry.usableUntilMs = 0; // whoever names it next asks
    }
    await inParallel([...inUse], refreshesMax, (uri) => this.refreshQuietly(uri));
  }

  private refreshBehind(uri: string, key: SchemaKey): void {
    if (!this.underWay.has(uri)) void this.refreshOnce(uri, key).catch(() => undefined); // a known one serves on
  }

  private async refreshQuietly(uri: string): Promise<void> {
    const key = parseSchemaKey(uri);
    if (typeof key === 'string') return;
    await this.underWay.get(uri)?.catch(() => undefined);
    await this.refreshOnce(uri, key).catch(() => undefined);
  }

  private freshen(entry: Entry): void {
    const nowMs = this.parts.clock.monotonicMs();
    entry.freshUntilMs = nowMs + entry.ttlMs;
    entry.usableUntilMs = nowMs + 2 * entry.ttlMs;
  }

  /** Shards that miss the same schema share one request. */
  private refreshOnce(uri: string, key: SchemaKey): Promise<void> {
    const running = this.underWay.get(uri);
    if (running !== undefined) return running;
    const started = this.refresh(uri, key).finally(() => {
      this.underWay.delete(uri);
      this.overtaken.delete(uri);
    });
    this.underWay.set(uri, started);
    return started;
  }

  private async refresh(uri: string, key: SchemaKey): Promise<void> {
    const known = this.schemas.peek(uri);
    try {
      const learned = await this.learn(key, known);
      if (known !== undefined && learned.kind === 'miss' && !learned.isFirm)
        this.serveOn(known, 'no repository has it, and some cannot say');
      else this.keep(uri, learned);
    } catch (error) {
      // A miss does not serve on: by now the schema may be there, and nothing is lost by waiting.
      if (known === undefined || !isRetryable(error)) throw error;
      this.serveOn(known, error);
    }
  }

  private serveOn(known: Entry, reason: unknown): void {
    const { clock, settings, telemetry } = this.parts;
    known.freshUntilMs = clock.monotonicMs() + settings.outagePauseMs;
    known.usableUntilMs = Infinity;
    telemetry.servesStale(reason);
  }

  /** Throws a retryable error when it must be waited for. A superseded schema is learned with the version that it is validated against. */
  private async learn(key: SchemaKey, known?: Entry): Promise<Learned> {
    const { lookup, decision } = await this.lookUp(key);
    if (lookup.kind !== 'found') return this.missed(lookup, decision);
    const digest = createHash('sha256').update(lookup.text).digest('base64');
    const isSame = digest === known?.digest && !isSuperseded(known.state);
    const compiled = isSame ? (known.state as UsableSchema) : this.compile(key, lookup.text);
    if (compiled.kind === 'unreadable') return this.unreadable(compiled.message);
    if (!isSuperseded(compiled) || isSame) return { kind: 'schema', state: compiled, digest };
    const { supersededBy } = compiled;
    const later = await this.lookUp(supersededBy, true); // a schema names it, not anybody: it is worth as much
    if (later.lookup.kind !== 'found') return this.missed(later.lookup, later.decision);
    const superseding = this.compile(supersededBy, later.lookup.text);
    if (superseding.kind === 'unreadable') return this.unreadable(superseding.message);
    const state: SchemaState =
      superseding.kind === 'schema' ? { kind: 'schema', validate: superseding.validate, supersededBy } : superseding;
    return { kind: 'schema', state, digest };
  }

  private async lookUp(key: SchemaKey, isVouched = false): Promise<{ lookup: Lookup; decision: LookupDecision }> {
    const { clock, source, index, isListed, telemetry } = this.parts;
    if (hasPartOfDots(key))
      return { lookup: { kind: 'missing', lookupHistory: this.ownHistory(), notAsked: [], isFaulty: false }, decision: 'not-found' }; // prettier-ignore
    const uri = schemaUri(key);
    const startedMs = clock.monotonicMs();
    const lookup = await source.lookUp(
      key,
      (repository) => isVouched || index.hasSeen(uri) || isListed(key, repository),
    );
    const isUnsure = lookup.kind === 'missing' && lookup.notAsked?.length !== 0;
    const decision = decideLookup(lookup, {
      wasResolved: isVouched || (isUnsure && (await index.has(uri))),
      isListedFor: (repository) => isListed(key, repository),
    });
    telemetry.lookedUp(decision, clock.monotonicMs() - startedMs);
    if (decision === 'known') index.add(uri);
    return { lookup, decision };
  }

  private missed(lookup: Exclude<Lookup, { kind: 'found' }>, decision: LookupDecision): Learned {
    if (lookup.kind === 'down' || decision === 'wait') throw unavailable(lookup);
    const { notFoundTtlMs, unsureTtlMs } = this.parts.settings;
    const state: SchemaState = { kind: 'unresolved', lookupHistory: lookup.lookupHistory };
    return decision === 'unsure'
      ? { kind: 'miss', state, ttlMs: unsureTtlMs, isFirm: false }
      : { kind: 'miss', state, ttlMs: notFoundTtlMs, isFirm: !lookup.isFaulty };
  }

  /** What the repository answered is no schema document: a fault of this schema only. */
  private unreadable(message: string): Learned {
    const state: SchemaState = { kind: 'unresolved', lookupHistory: this.ownHistory(message) };
    return { kind: 'miss', state, ttlMs: this.parts.settings.notFoundTtlMs, isFirm: false };
  }

  private compile(key: SchemaKey, text: string): CompiledSchema {
    const { clock, telemetry } = this.parts;
    const startedMs = clock.monotonicMs();
    const compiled = compileSchema(text, key);
    telemetry.compiled(clock.monotonicMs() - startedMs);
    return compiled;
  }

  private ownHistory(message?: string): Json {
    const { settings, clock } = this.parts;
    const [repository, attempts, atMs] = [settings.repositoryName, 1, clock.wallMs()];
    const error = message === undefined ? { error: 'NotFound' as const } : { error: 'ClientFailure' as const, message };
    return jsonOf(lookupHistory([{ repository, error, attempts, atMs }], atMs));
  }

  private keep(uri: string, learned: Learned): void {
    const { clock, settings } = this.parts;
    const isMiss = learned.kind === 'miss';
    const ttlMs = isMiss ? learned.ttlMs : settings.ttlMs;
    const digest = isMiss ? undefined : learned.digest;
    const entry: Entry = { state: learned.state, digest, ttlMs, freshUntilMs: 0, usableUntilMs: 0 };
    if (!this.overtaken.has(uri)) this.freshen(entry);
    const [into, outOf] = isMiss ? [this.misses, this.schemas] : [this.schemas, this.misses];
    into.set(uri, entry, clock.monotonicMs());
    outOf.delete(uri);
    this.tellSize();
  }

  private evict(): void {
    const nowMs = this.parts.clock.monotonicMs();
    this.schemas.evict(nowMs);
    this.misses.evict(nowMs);
    this.tellSize();
  }

  private tellSize(): void {
    this.parts.telemetry.keeps(this.schemas.size, this.misses.size);
  }
}

const isSuperseded = (state: SchemaState): state is UsableSchema & { readonly supersededBy: SchemaKey } =>
  state.kind === 'schema' && state.supersededBy !== undefined;

/** A version may supersede others of its family: all of them are asked for again. */
function touchedBy(change: FeedChange): (uri: string) => boolean {
  if (change === 'everything') return () => true;
  const families = new Set(change.map(familyOf));
  return (uri) => families.has(familyOf(uri));
}
const familyOf = (uri: string): string => uri.slice(0, uri.lastIndexOf('/'));

const unavailable = (lookup: Exclude<Lookup, { kind: 'found' }>): FlotillaError =>
  new FlotillaError(
    'FLOTILLA_UNAVAILABLE',
    lookup.kind === 'down'
      ? `The schema server is not available: ${lookup.reason}`
      : `A schema that must be waited for cannot be looked up in ${lookup.notAsked?.join(', ') ?? 'some repository'}`,
  );
