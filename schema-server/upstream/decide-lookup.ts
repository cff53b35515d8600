/**
 * The decisions of a look-up in upstream repositories, as functions of what is known: whether anybody is asked at all, what the
 * answers of the repositories together mean, what becomes of a copy. Pure: upstream-store.ts asks and acts.
 */
import type { LookupError } from '../../protocol/lookup-history';
import { lookupOrder, type Repository, type ResolverConfig } from '../../protocol/resolver-config';

/** A schema that a repository gave once. */
export interface Copy {
  /** The name of the repository. */
  readonly repository: string;
  /** When it last said so; epoch milliseconds, so that it means something after a restart. */
  readonly checkedAtMs: number;
  /** It is not asked again before; on the monotonic clock. Of a copy that could be refreshed at once: -Infinity. */
  readonly refreshFromMs: number;
}

export type LookupPlan =
  | 'serve'
  /** The copy serves at once, and whoever comes later gets what the repositories say now. */
  | 'serve-and-refresh'
  /** Nobody has it, as we learned a moment ago. */
  | 'say-missing'
  | 'ask';

export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** `missUntilMs`: until then what was learned of a schema that nobody gave holds; on the monotonic clock. */
export function planLookup(
  { copy, missUntilMs }: { readonly copy?: Copy; readonly missUntilMs?: number },
  now: Moment,
  ttlMs: number,
): LookupPlan {
  if (copy !== undefined) {
    const ageMs = now.wallMs - copy.checkedAtMs; // below 0 when somebody turned the clock back: its age is not known
    const isFresh = ageMs >= 0 && ageMs < ttlMs;
    return isFresh || now.monotonicMs < copy.refreshFromMs ? 'serve' : 'serve-and-refresh';
  }
  return missUntilMs !== undefined && now.monotonicMs < missUntilMs ? 'say-missing' : 'ask';
}

/** What one repository said. */
export type Outcome =
  | { readonly kind: 'found'; readonly repository: Repository; readonly text: Uint8Array }
  | {
      /** `refused`: about this schema only. `not-asked`: it failed a moment ago, and the error is that of then. */
      readonly kind: 'not-found' | 'refused' | 'unavailable' | 'not-asked';
      readonly repository: Repository;
      readonly error: LookupError;
      /** Of the last attempt; epoch milliseconds. */
      readonly atMs: number;
    };

const couldNotBeAsked = ({ kind }: Outcome): boolean => kind === 'unavailable' || kind === 'not-asked';

/** The empty prefix orders the repositories but vouches for nothing: with it any name that an event says would be waited for. */
const lists = ({ vendorPrefixes }: Repository, vendor: string): boolean =>
  vendorPrefixes.some((prefix) => prefix !== '' && vendor.startsWith(prefix));

/** Worth a long attempt: the operator listed its vendor, or this box resolved it before. Anybody can name any other schema. */
export const isVouchedFor = (config: ResolverConfig, vendor: string, wasResolved: boolean): boolean =>
  wasResolved || config.repositories.some((repository) => lists(repository, vendor));

/** Whether no further repository is asked. One that has the copy and cannot say keeps its word: nobody later overrules it. */
export const endsWalk = (outcome: Outcome, copyOf: string | undefined): boolean =>
  outcome.kind === 'found' || (outcome.repository.name === copyOf && outcome.kind !== 'not-found');

export type Verdict =
  | 'found'
  | 'missing'
  /** A repository could not be asked, and nobody vouches for the schema: for now it counts as missing. */
  | 'unsure'
  /** Events that name it must be held up until the repository answers. */
  | 'wait';

/** A schema that one repository does not have is not missing while another cannot say (snowplow-protocol 5.3). */
export function verdictOf(outcomes: readonly Outcome[], vendor: string, wasResolved: boolean): Verdict {
  if (outcomes.some(({ kind }) => kind === 'found')) return 'found';
  const silent = outcomes.filter(couldNotBeAsked);
  if (silent.length === 0) return 'missing';
  return wasResolved || silent.some(({ repository }) => lists(repository, vendor)) ? 'wait' : 'unsure';
}

export interface MissLimits {
  readonly notFoundTtlMs: number;
  /** How often at most an unsure schema is asked for. */
  readonly unsureTtlMs: number;
}

/** How long a verdict holds; 0: whoever comes next asks. An unsure one that cost no request holds for nobody. */
export function missHoldsMs(verdict: Verdict, outcomes: readonly Outcome[], limits: MissLimits): number {
  if (verdict === 'missing') return limits.notFoundTtlMs;
  if (verdict === 'unsure' && outcomes.some(({ kind }) => kind === 'unavailable')) return limits.unsureTtlMs;
  return 0;
}

/**
 * What becomes of a copy after its refresh. It goes when its own repository says that it is gone; it stays when nobody can say,
 * and also when what the repository says now is of no use.
 */
export function planRefresh(outcomes: readonly Outcome[], copyOf: string): 'replace' | 'keep' | 'drop' {
  if (outcomes.some(({ kind }) => kind === 'found')) return 'replace';
  const own = outcomes.find(({ repository }) => repository.name === copyOf);
  return own?.kind === 'not-found' ? 'drop' : 'keep';
}

/** Where copies may lie on the disk, in the order in which they count. */
export const copiedRepositories = (config: ResolverConfig, vendor: string): readonly Repository[] =>
  lookupOrder(config, vendor).filter(({ connection }) => connection.kind === 'http');
