/**
 * The schema store with upstream repositories behind our own folders. What a repository gave is kept in memory and on the disk
 * (schema-mirror.ts) and serves from there, refreshed behind the caller's back when it is old, and for as long as it takes while
 * the repository fails. However many ask for a schema, it is asked for once. Decisions: decide-lookup.ts.
 */
import { join } from 'node:path';
import { lookupHistory } from '../../protocol/lookup-history';
import { hasPartOfDots } from '../../protocol/repository-answer';
import type { ResolverConfig } from '../../protocol/resolver-config';
import { schemaUri, type SchemaKey } from '../../protocol/schema-key';
import type { boundedFetch } from '../../runtime/bounded-fetch';
import type { Clock } from '../../runtime/clock';
import type { SchemaServerSettings } from '../config';
import type { SchemaFilter } from '../route';
import type { FoundSchema, SchemaStore } from '../schema-store';
import { RepositoryAsker } from './ask-repositories';
import {
  copiedRepositories,
  isVouchedFor,
  missHoldsMs,
  planLookup,
  planRefresh,
  verdictOf,
  type Copy,
  type Outcome,
} from './decide-lookup';
import { KeptSchemas } from './kept-schemas';
import { ResolvedIndex } from './resolved-index';
import { SchemaMirror } from './schema-mirror';
import type { UpstreamTelemetry } from './telemetry';

export interface UpstreamStoreDependencies {
  /** Asked first, and the only one that is listed. */
  readonly own: SchemaStore;
  readonly config: ResolverConfig;
  readonly settings: Pick<
    SchemaServerSettings,
    | 'mirrorFolder'
    | 'mirrorTtlMs'
    | 'upstreamNotFoundTtlMs'
    | 'upstreamUnsureTtlMs'
    | 'upstreamAttemptMs'
    | 'upstreamTimeoutMs'
    | 'schemaBytesMax'
    | 'cacheBytesMax'
  >;
  readonly storeOver: (folder: string) => SchemaStore;
  readonly fetch: typeof boundedFetch;
  readonly clock: Clock;
  readonly telemetry: UpstreamTelemetry;
}

export interface UpstreamStore extends SchemaStore {
  /** When nothing is under way, behind a caller's back either, and what was learned is on the disk. */
  settled(): Promise<void>;
  /** Breaks off what is under way and writes down what was learned. Nobody may ask any more. */
  close(): Promise<void>;
}

/** Makes the mirror's folder. Throws what the file system says when it cannot be used. */
export async function openUpstreamStore(deps: UpstreamStoreDependencies): Promise<UpstreamStore> {
  const mirror = new SchemaMirror(deps.settings.mirrorFolder);
  await mirror.open();
  return new MirroringStore(deps, mirror, await ResolvedIndex.open(join(mirror.folder, '.resolved'), deps.telemetry));
}

interface KeptCopy extends Copy {
  readonly text: Uint8Array;
}

interface Miss {
  readonly untilMs: number;
  readonly answer: FoundSchema;
}

/** An answer, and the end of the writing that it led to: until then nobody begins anew. */
interface Learned {
  readonly answer: FoundSchema;
  readonly written: Promise<void>;
}

/** Names that nobody has are free to invent; the memory of them has a bound. */
const MISSES_MAX = 10_000;
/** What a copy takes beside its text. */
const COPY_BYTES = 512;
const nothing = Promise.resolve();

class MirroringStore implements UpstreamStore {
  private readonly copies: KeptSchemas<KeptCopy>;
  private readonly misses = new KeptSchemas<Miss>(MISSES_MAX, () => 1);
  private readonly underWay = new Map<
    string,
    { readonly answer: Promise<FoundSchema>; readonly ended: Promise<void> }
  >();
  private readonly stopping = new AbortController();
  private readonly asker: RepositoryAsker;

  constructor(
    private readonly deps: UpstreamStoreDependencies,
    private readonly mirror: SchemaMirror,
    private readonly index: ResolvedIndex,
  ) {
    this.copies = new KeptSchemas<KeptCopy>(deps.settings.cacheBytesMax, ({ text }) => COPY_BYTES + text.length);
    this.asker = new RepositoryAsker({ ...deps, signal: this.stopping.signal });
  }

  list(filter: SchemaFilter): Promise<readonly SchemaKey[]> {
    return this.deps.own.list(filter);
  }

  async find(key: SchemaKey): Promise<FoundSchema> {
    const own = await this.deps.own.find(key);
    if (own.kind === 'found') this.index.add(schemaUri(key));
    return own.kind === 'missing' && !hasPartOfDots(key) ? this.lookUp(key) : own;
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.settled();
  }

  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all([...this.underWay.values()].map(({ ended }) => ended));
    await this.index.settled();
  }

  private lookUp(key: SchemaKey): Promise<FoundSchema> | FoundSchema {
    const { clock, settings, telemetry } = this.deps;
    const uri = schemaUri(key);
    const copy = this.copies.get(uri);
    const miss = this.misses.get(uri);
    const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    const plan = planLookup({ copy, missUntilMs: miss?.untilMs }, now, settings.mirrorTtlMs);
    if (copy !== undefined) {
      telemetry.answered(plan === 'serve-and-refresh' ? 'stale' : 'fresh');
      if (plan === 'serve-and-refresh') void this.once(uri, () => this.refresh(key, uri, copy));
      return { kind: 'found', text: copy.text, repository: copy.repository };
    }
    if (plan !== 'say-missing' || miss === undefined) return this.once(uri, () => this.resolve(key, uri));
    telemetry.answered(miss.answer.kind === 'missing' && miss.answer.isUnsure ? 'unsure' : 'missing');
    return miss.answer;
  }

  /** Everybody who asks for a schema while it is being asked for waits for the same answer. */
  private once(uri: string, learn: () => Promise<Learned>): Promise<FoundSchema> {
    const running = this.underWay.get(uri);
    if (running !== undefined) return running.answer;
    const learned = learn();
    const forget = (): void => void this.underWay.delete(uri);
    const answer = learned.then((done) => done.answer);
    this.underWay.set(uri, { answer, ended: learned.then(({ written }) => written).then(forget, forget) });
    return answer;
  }

  private async resolve(key: SchemaKey, uri: string): Promise<Learned> {
    const copy = await this.readCopy(key);
    if (copy !== null) {
      this.copies.keep(uri, copy);
      this.index.add(uri);
      this.deps.telemetry.answered('fresh');
      return { answer: { kind: 'found', text: copy.text, repository: copy.repository }, written: nothing };
    }
    const wasResolved = this.index.has(uri);
    const asking = { isVouchedFor: isVouchedFor(this.deps.config, key.vendor, wasResolved) };
    const outcomes = await this.asker.ask(key, asking);
    const found = outcomes.find((outcome) => outcome.kind === 'found');
    if (found === undefined) return { answer: this.keepMiss(key, uri, outcomes), written: nothing };
    this.deps.telemetry.answered('fetched');
    return this.keepCopy(key, uri, found);
  }

  private async refresh(key: SchemaKey, uri: string, copy: KeptCopy): Promise<Learned> {
    const { clock, settings } = this.deps;
    const outcomes = await this.asker.ask(key, { isVouchedFor: true, copyOf: copy.repository });
    const found = outcomes.find((outcome) => outcome.kind === 'found');
    const answer: FoundSchema = { kind: 'found', text: copy.text, repository: copy.repository };
    if (found !== undefined) return this.keepCopy(key, uri, found, copy);
    if (planRefresh(outcomes, copy.repository) === 'drop') {
      this.copies.forget(uri);
      const written = this.onDisk(() => this.mirror.remove(copy.repository, key));
      return { answer: this.keepMiss(key, uri, outcomes), written };
    }
    this.copies.keep(uri, { ...copy, refreshFromMs: clock.monotonicMs() + settings.upstreamNotFoundTtlMs });
    return { answer, written: nothing };
  }

  /** What lies on the disk from before, of the repository that counts first. */
  private async readCopy(key: SchemaKey): Promise<KeptCopy | null> {
    for (const { name } of copiedRepositories(this.deps.config, key.vendor)) {
      const found = await this.mirror.read(name, key).catch((error: unknown) => {
        this.deps.telemetry.mirrorFailed(error);
        return null;
      });
      if (found !== null) return { ...found, repository: name, refreshFromMs: -Infinity };
    }
    return null;
  }

  /** `before`: the copy that was refreshed. */
  private keepCopy(key: SchemaKey, uri: string, found: Outcome & { kind: 'found' }, before?: KeptCopy): Learned {
    const { name, connection } = found.repository;
    const checkedAtMs = this.deps.clock.wallMs();
    const { text } = found;
    this.copies.keep(uri, { text, repository: name, checkedAtMs, refreshFromMs: -Infinity });
    this.misses.forget(uri);
    this.index.add(uri);
    const isSame = before?.repository === name && Buffer.compare(before.text, text) === 0;
    const written = this.onDisk(async () => {
      if (connection.kind === 'http') {
        if (isSame)
          await this.mirror.touch(name, key, checkedAtMs).catch(() => this.mirror.write(name, key, { text, checkedAtMs })); // prettier-ignore
        else await this.mirror.write(name, key, { text, checkedAtMs });
      }
      if (before !== undefined && before.repository !== name) await this.mirror.remove(before.repository, key);
    });
    return { answer: { kind: 'found', text, repository: name }, written };
  }

  private keepMiss(key: SchemaKey, uri: string, outcomes: readonly Outcome[]): FoundSchema {
    const { clock, settings, telemetry } = this.deps;
    const verdict = verdictOf(outcomes, key.vendor, this.index.has(uri));
    const lookups = outcomes.flatMap((outcome) =>
      outcome.kind === 'found'
        ? []
        : [
            {
              repository: outcome.repository.name,
              error: outcome.error,
              attempts: outcome.kind === 'not-asked' ? 0 : 1,
              atMs: outcome.atMs,
            },
          ],
    );
    const history = lookupHistory(lookups, clock.wallMs());
    const answer: FoundSchema =
      verdict === 'wait' ? { kind: 'wait', history } : { kind: 'missing', isUnsure: verdict === 'unsure', history };
    telemetry.answered(verdict === 'found' ? 'fetched' : verdict);
    const ttls = { notFoundTtlMs: settings.upstreamNotFoundTtlMs, unsureTtlMs: settings.upstreamUnsureTtlMs };
    const holdsMs = missHoldsMs(verdict, outcomes, ttls);
    if (holdsMs > 0) this.misses.keep(uri, { untilMs: clock.monotonicMs() + holdsMs, answer });
    return answer;
  }

  /** A disk that fails costs what a restart would have found: the schema is served all the same. */
  private async onDisk(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.deps.telemetry.mirrorWorks();
    } catch (error) {
      this.deps.telemetry.mirrorFailed(error);
    }
  }
}
