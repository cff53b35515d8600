/**
 * The faults that are set now, and which call each of them strikes. The fronts ask it for every call (`pass-call.ts`) and,
 * where a fault changes what an operation does, in that operation (`find`). Without rules nothing is asked.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../runtime/clock';
import { seededRandom, type Random } from '../../runtime/random';
import type { Call } from '../gate';
import { strikesCall, type FaultKind, type KnownFaultRule, type RuleOf } from './fault-rule';
import { drawLatencyMs } from './latency';

/** A rule that is set, and what it has done so far. */
export interface ActiveFault<K extends FaultKind = FaultKind> {
  readonly id: string;
  readonly rule: RuleOf<K>;
  /** Calls that matched. */
  readonly seen: number;
  /** Calls that something happened to. */
  readonly struck: number;
  /** Of those that were carried out without an answer, how many the service refused: a late write met a later one. */
  readonly refused: number;
}

/** One that ends a call in another way than it would; of several that match, the first is it. */
type Fate = RuleOf<'error' | 'reset' | 'lost-answer' | 'late'>;

/** What happens to one call, in this order. */
export interface Strike {
  /** Resolves when no freeze holds the call. */
  readonly thawed: Promise<void> | null;
  readonly requestDelayMs: number;
  readonly fate: Fate | null;
  readonly answerDelayMs: number;
  /** To be told of a call that was carried out without an answer. */
  carriedOut(how: 'done' | 'refused'): void;
}

/** What an operation asks about itself. */
export interface Twist<K extends FaultKind> {
  readonly id: string;
  readonly rule: RuleOf<K>;
  /** Of the rule's dice. */
  readonly random: Random;
  /** To be told when something happened to the call. */
  struck(): void;
}

/** More at once are refused. */
export const FAULTS_MAX = 100;

interface Entry {
  readonly rule: KnownFaultRule;
  readonly random: Random;
  readonly thawed: Promise<void>;
  readonly thaw: () => void;
  seen: number;
  struck: number;
  refused: number;
}

/** Kinds that an operation asks for itself. */
const twists: ReadonlySet<FaultKind> = new Set([
  'partial',
  'shard-limits',
  'table-units',
  'no-old-item',
  'complete-again',
  'corrupt',
]);

export class Faults {
  private readonly entries = new Map<string, Entry>();
  /** The last ones that were removed: what they struck may still be under way. */
  private readonly past = new Map<string, Entry>();
  private readonly closing = new AbortController();
  private idsGiven = 0;

  constructor(private readonly clock: Clock) {
    setMaxListeners(0, this.closing.signal); // one for each call that waits
  }

  /** No fault is set: a front may pass a call on without describing it. */
  get idle(): boolean {
    return this.entries.size === 0;
  }

  /** From now on, until `remove`. Its id; null when there are `FAULTS_MAX` already. */
  add(rule: KnownFaultRule): string | null {
    if (this.entries.size >= FAULTS_MAX) return null;
    const id = `fault-${++this.idsGiven}`;
    let thaw = (): void => undefined;
    const thawed = new Promise<void>((resolve) => (thaw = resolve));
    this.entries.set(id, { rule, random: seededRandom(rule.seed), thawed, thaw, seen: 0, struck: 0, refused: 0 });
    return id;
  }

  /** What it did; null: there is no such fault. What a freeze holds goes on. */
  remove(id: string): ActiveFault | null {
    const entry = this.entries.get(id);
    if (!entry) return null;
    this.entries.delete(id);
    this.past.set(id, entry);
    for (const oldest of this.past.keys()) {
      if (this.past.size <= FAULTS_MAX) break;
      this.past.delete(oldest);
    }
    entry.thaw();
    return active(id, entry);
  }

  /** What it has done so far, also when it was removed of late; null: there is no such fault. */
  get(id: string): ActiveFault | null {
    const entry = this.entries.get(id) ?? this.past.get(id);
    return entry === undefined ? null : active(id, entry);
  }

  all(): ActiveFault[] {
    return [...this.entries].map(([id, entry]) => active(id, entry));
  }

  /** What happens to this call; null: nothing. */
  strike(call: Call): Strike | null {
    const thawed: Promise<void>[] = [];
    const delayMs = { request: 0, answer: 0 };
    let fate: Fate | null = null;
    let decider: Entry | undefined;
    let isStruck = false;
    for (const entry of this.entries.values()) {
      const { rule } = entry;
      if (twists.has(rule.kind) || (fate !== null && isFate(rule)) || !hits(entry, call)) continue;
      isStruck = true;
      entry.struck++;
      if (rule.kind === 'freeze') thawed.push(entry.thawed);
      else if (rule.kind === 'latency') delayMs[rule.on] += drawLatencyMs(rule.latency, entry.random);
      else if (isFate(rule)) [fate, decider] = [rule, entry];
    }
    if (!isStruck) return null;
    return {
      thawed: thawed.length === 0 ? null : Promise.all(thawed).then(() => undefined),
      requestDelayMs: delayMs.request,
      fate,
      answerDelayMs: delayMs.answer,
      carriedOut: (how) => {
        if (decider && how === 'refused') decider.refused++;
      },
    };
  }

  /** The first rule of this kind for the call. `rate` is rolled here but for `partial`, where it is that of records. */
  find<K extends FaultKind>(kind: K, call: Call): Twist<K> | null {
    for (const [id, entry] of this.entries) {
      if (entry.rule.kind !== kind || !hits(entry, call)) continue;
      return { id, rule: entry.rule as RuleOf<K>, random: entry.random, struck: () => entry.struck++ };
    }
    return null;
  }

  /** False when the emulators close before the time is over: then the call must not be applied any more. */
  async wait(ms: number): Promise<boolean> {
    if (ms > 0) await this.clock.sleep(ms, this.closing.signal);
    return !this.closing.signal.aborted;
  }

  /** Ends every wait, so that the fronts can close. */
  close(): void {
    this.closing.abort();
    for (const id of [...this.entries.keys()]) this.remove(id);
  }
}

const isFate = (rule: KnownFaultRule): rule is Fate =>
  rule.kind === 'error' || rule.kind === 'reset' || rule.kind === 'lost-answer' || rule.kind === 'late';

function hits(entry: Entry, call: Call): boolean {
  const { rule } = entry;
  if (!strikesCall(rule, call)) return false;
  if (rule.times !== undefined && entry.struck >= rule.times) return false;
  if (entry.seen++ < rule.skip) return false;
  return rule.kind === 'partial' || rule.rate === 1 || entry.random.next() < rule.rate;
}

const active = (id: string, { rule, seen, struck, refused }: Entry): ActiveFault => ({
  id,
  rule,
  seen,
  struck,
  refused,
});
