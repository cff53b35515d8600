/**
 * Whom the enricher asks for schemas: the schema server of its machine, which asks others in its turn, or the repositories of a
 * resolver file itself. Either gives a Lookup, which decide-lookup.ts judges. Caches nothing.
 */
import { jsonOf } from '../protocol/json';
import { lookupHistory, type LookupError, type RepositoryLookup } from '../protocol/lookup-history';
import { isJsonText } from '../protocol/repository-answer';
import { lookupOrder, type Repository, type ResolverConfig } from '../protocol/resolver-config';
import type { SchemaKey } from '../protocol/schema-key';
import { afterFailure, closedBreaker, letThrough, type Breaker, type BreakerLimits } from '../runtime/breaker';
import type { Clock } from '../runtime/clock';
import { notAskedIn, type Lookup } from './decide-lookup';
import { createFolderSchemaRepository } from './folder-schema-repository';
import { createHttpSchemaRepository, type RepositoryAnswer, type SchemaRepository } from './schema-repository';
import type { SchemasSettings } from './schemas-config';
import type { SchemasTelemetry } from './telemetry';

export interface SchemaSource {
  /** `isVouchedFor`: decides whether a repository is worth a long wait for this schema. Never rejects. */
  lookUp(key: SchemaKey, isVouchedFor: (repository: string) => boolean): Promise<Lookup>;
}

/** The schema server, or any one repository: an outage of it is our own. */
export class ServerSource implements SchemaSource {
  constructor(
    private readonly settings: SchemasSettings,
    private readonly clock: Clock,
    private readonly server: SchemaRepository = serverOf(settings, clock),
  ) {}

  async lookUp(key: SchemaKey): Promise<Lookup> {
    const answer = await this.server.ask(key, this.settings.requestTimeoutMs);
    if (answer.kind === 'found') return answer;
    if (answer.kind === 'unavailable') return { kind: 'down', reason: answer.message };
    const history = this.historyOf(answer);
    const isUnsure = answer.kind === 'not-found' && answer.isUnsure;
    return {
      kind: 'missing',
      lookupHistory: history,
      notAsked: isUnsure ? notAskedIn(history) : [],
      isFaulty: answer.kind === 'failure',
    };
  }

  private historyOf(answer: Exclude<RepositoryAnswer, { kind: 'found' | 'unavailable' }>) {
    if (answer.kind === 'not-found' && answer.lookupHistory !== undefined) return answer.lookupHistory;
    const nowMs = this.clock.wallMs();
    const error: LookupError =
      answer.kind === 'failure' ? { error: 'ClientFailure', message: answer.message } : { error: 'NotFound' };
    const lookup = { repository: this.settings.repositoryName, error, attempts: 1, atMs: nowMs };
    return jsonOf(lookupHistory([lookup], nowMs));
  }
}

const serverOf = ({ uri, apiKey, schemaBytesMax }: SchemasSettings, clock: Clock): SchemaRepository =>
  createHttpSchemaRepository({ uri, apiKey: apiKey === '' ? null : apiKey, bytesMax: schemaBytesMax }, clock);

interface Asked {
  readonly repository: SchemaRepository;
  breaker: Breaker;
  /** What its last failure was; told for those who were not let through to it. */
  lastFailure: RepositoryLookup | null;
}

/**
 * The repositories of a resolver file, one after the other until one has it (snowplow-protocol 5.2). Each has a breaker and
 * one short attempt, except for what is vouched for: that waits anyway, so it asks where its vendor is listed whenever it can.
 */
export class ResolverSource implements SchemaSource {
  private readonly asked: ReadonlyMap<string, Asked>;
  private readonly breakerLimits: BreakerLimits;

  constructor(
    private readonly config: ResolverConfig,
    private readonly settings: SchemasSettings,
    private readonly clock: Clock,
    private readonly telemetry: Pick<SchemasTelemetry, 'repositoryDown' | 'repositoryUp'>,
    open: (repository: Repository) => SchemaRepository = (repository) => repositoryOf(repository, settings, clock),
  ) {
    this.asked = new Map(
      config.repositories.map((one) => [
        one.name,
        { repository: open(one), breaker: closedBreaker, lastFailure: null },
      ]),
    );
    const { breakerMinMs: openMinMs, breakerMaxMs: openMaxMs, requestTimeoutMs: attemptMs } = settings;
    this.breakerLimits = { openMinMs, openMaxMs, attemptMs };
  }

  async lookUp(key: SchemaKey, isVouchedFor: (repository: string) => boolean): Promise<Lookup> {
    const lookups: RepositoryLookup[] = [];
    const notAsked: string[] = [];
    let isFaulty = false;
    const decided = new AbortController();
    try {
      for await (const { name, answer } of this.askInOrder(key, isVouchedFor, decided.signal)) {
        if (answer.kind === 'found') return answer;
        if (answer.kind === 'unavailable') notAsked.push(name);
        isFaulty ||= answer.kind === 'failure';
        lookups.push(answer.lookup);
      }
    } finally {
      decided.abort();
    }
    return {
      kind: 'missing',
      lookupHistory: jsonOf(lookupHistory(lookups, this.clock.wallMs())),
      notAsked,
      isFaulty,
    };
  }

  /** The answers in the order of the file's rules. Where one is slow, the next is asked meanwhile: silences do not add up. */
  private async *askInOrder(key: SchemaKey, isVouchedFor: (repository: string) => boolean, decided: AbortSignal) {
    const order = lookupOrder(this.config, key.vendor).map(({ name }) => name);
    const answers: ReturnType<ResolverSource['askOne']>[] = [];
    const ask = (place: number): ReturnType<ResolverSource['askOne']> => {
      const name = order[place] as string;
      const isPatient = isVouchedFor(name);
      const answer = (answers[place] ??= this.askOne(name, key, isPatient));
      if (isPatient || place + 1 >= order.length || answers[place + 1] !== undefined) return answer;
      const answered = new AbortController();
      const stop = AbortSignal.any([answered.signal, decided]);
      void answer.then(() => answered.abort());
      void this.clock.sleep(this.settings.attemptTimeoutMs / 5, stop).then(() => {
        if (!stop.aborted) void ask(place + 1);
      });
      return answer;
    };
    for (const [place, name] of order.entries()) yield { name, answer: await ask(place) };
  }

  private async askOne(name: string, key: SchemaKey, isVouchedFor: boolean) {
    const asked = this.asked.get(name) as Asked;
    const beganMs = this.clock.monotonicMs();
    const passed = letThrough(asked.breaker, beganMs, this.breakerLimits);
    if (passed === null && !isVouchedFor && asked.lastFailure !== null)
      return { kind: 'unavailable', lookup: { ...asked.lastFailure, attempts: 0 } } as const;
    asked.breaker = passed ?? asked.breaker;
    const { requestTimeoutMs, attemptTimeoutMs } = this.settings;
    const answer = await asked.repository.ask(key, isVouchedFor ? requestTimeoutMs : attemptTimeoutMs);
    const nowMs = this.clock.monotonicMs();
    const told = (error: LookupError): RepositoryLookup => ({
      repository: name,
      error,
      attempts: 1,
      atMs: this.clock.wallMs(),
    });
    if (answer.kind === 'unavailable') {
      const { error, message } = answer;
      if (asked.breaker.failures === 0) this.telemetry.repositoryDown(name, message);
      asked.lastFailure = told({ error, message });
      asked.breaker = afterFailure(asked.breaker, beganMs, nowMs, this.breakerLimits);
      return { kind: 'unavailable', lookup: asked.lastFailure } as const;
    }
    if (asked.breaker.failures > 0) this.telemetry.repositoryUp(name);
    asked.breaker = closedBreaker;
    if (answer.kind === 'not-found') return { kind: 'not-found', lookup: told({ error: 'NotFound' }) } as const;
    const fault = answer.kind === 'failure' ? answer.message : jsonFault(answer.text);
    if (answer.kind === 'found' && fault === null) return answer;
    return { kind: 'failure', lookup: told({ error: 'ClientFailure', message: String(fault) }) } as const;
  }
}

/** What is no JSON counts as not had: the next repository is asked (snowplow-protocol 5.3). */
const jsonFault = (text: string): string | null =>
  isJsonText(Buffer.from(text)) ? null : 'Could not decode server response. It is no JSON';

const repositoryOf = ({ connection }: Repository, settings: SchemasSettings, clock: Clock): SchemaRepository =>
  connection.kind === 'http'
    ? createHttpSchemaRepository({ ...connection, bytesMax: settings.schemaBytesMax }, clock)
    : createFolderSchemaRepository(connection.path, settings.schemaBytesMax);
