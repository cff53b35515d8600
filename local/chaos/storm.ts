/**
 * Lets faults strike a fleet for some minutes: three lanes of faults on the wire, one a service, and one of faults of
 * processes, side by side. Which ones and how hard comes from the seed; what they met is reported, one strike each.
 */
import type { Clock } from '../../runtime/clock';
import type { Random } from '../../runtime/random';
import { nextKind, tempoOf } from './deal';
import { processCards, wireCards, type Card, type WireFault, type WireLane } from './fault-cards';
import { LEASE_MS, type Fleet } from './fleet';
import { ProcessStrikes, seconds } from './strike-processes';

/** One fault that was dealt. */
export interface Strike {
  readonly kind: string;
  /** Since the storm began, ms. */
  readonly atMs: number;
  /** What it did, in words; null when it met nothing. */
  readonly effect: string | null;
}

export interface StormOptions {
  readonly fleet: Fleet;
  readonly runMs: number;
  readonly shards: number;
  readonly clock: Clock;
  /** Each lane has dice of its own, so that what happens in one does not change the others. */
  readonly randomOf: (lane: string) => Random;
  /** Ends the storm before its time. */
  readonly stop: AbortSignal;
  readonly onStrike: (strike: Strike) => void;
}

/** Fewer are dealt in a lane: each restart of a process takes a second. */
const PROCESS_PAUSE_MS_MIN = 1_200;

/** The kinds of faults of a run. */
const kindsOf = (shards: number): string[] =>
  [...Object.values(wireCards).flat(), ...processCards({ shards, leaseMs: LEASE_MS })].map(({ kind }) => kind);

/** Resolves to how often each kind met something. */
export async function runStorm(options: StormOptions): Promise<Map<string, number>> {
  const { fleet, runMs, shards, clock, stop } = options;
  const beganMs = clock.monotonicMs();
  const felt = new Map(kindsOf(shards).map((kind) => [kind, 0]));
  const over = new AbortController();
  stop.addEventListener('abort', () => over.abort());
  void clock.sleep(runMs, stop).then(() => over.abort());

  type StrikeWith<F> = (fault: F, forMs: number, random: Random) => Promise<string | null>;
  async function lane<F>(name: string, cards: readonly Card<F>[], pauseMsMin: number, strike: StrikeWith<F>) {
    const random = options.randomOf(name);
    const { forMs, pauseMs } = tempoOf(runMs, cards.length);
    for (;;) {
      await clock.sleep(Math.max(pauseMs, pauseMsMin), over.signal);
      if (over.signal.aborted) return;
      const { kind, deal } = nextKind(cards, felt, random);
      const atMs = clock.monotonicMs() - beganMs;
      const effect = await strike(deal(random), forMs[0] + random.next() * (forMs[1] - forMs[0]), random);
      if (effect !== null) felt.set(kind, (felt.get(kind) ?? 0) + 1);
      options.onStrike({ kind, atMs, effect });
    }
  }

  const processes = new ProcessStrikes(fleet, clock);
  await Promise.all([
    ...(Object.keys(wireCards) as WireLane[]).map((service) =>
      lane(service, wireCards[service], 0, (fault, forMs) => strikeWire(fleet, clock, fault, forMs, over.signal)),
    ),
    lane('processes', processCards({ shards, leaseMs: LEASE_MS }), PROCESS_PAUSE_MS_MIN, (fault, _forMs, random) =>
      processes.strike(fault, random),
    ),
  ]);
  await processes.end();
  return felt;
}

/** Sets the rules for a while: at least so long, and then until they have struck a call, for some seconds. */
async function strikeWire(
  { faults }: Fleet,
  clock: Clock,
  { rules }: WireFault,
  forMs: number,
  over: AbortSignal,
): Promise<string | null> {
  const addUntilMs = clock.monotonicMs() + EMULATORS_BACK_MS;
  const ids: string[] = [];
  for (const rule of rules) {
    const id = await whenAnswered(() => faults.add(rule), addUntilMs, clock, over);
    if (id !== null) ids.push(id);
  }
  const [first] = ids;
  if (first === undefined) return null;
  const atMs = clock.monotonicMs();
  await clock.sleep(forMs, over);
  while (!over.aborted && clock.monotonicMs() - atMs < forMs + AIM_MS) {
    if ((await faults.get(first).catch(() => GONE)).struck > 0) break;
    await clock.sleep(POLL_MS, over);
  }
  const lastedMs = clock.monotonicMs() - atMs;
  const struck: number[] = [];
  for (const id of ids) struck.push((await faults.remove(id).catch(() => GONE)).struck);
  // The first rule is the fault; what else is there brings about the calls that it needs.
  return struck[0] === 0 ? null : `${seconds(lastedMs)}, ${struck.join(' and ')} calls`;
}

/** Of a fault whose emulators were killed meanwhile: it is gone, and what it did is not known. */
const GONE = { struck: 0 };
const AIM_MS = 4_000;
const POLL_MS = 100;
/** How long emulators that were killed may take to be back. */
const EMULATORS_BACK_MS = 4_000;

/** What the emulators answer, as soon as they do; null when they do not in time. */
async function whenAnswered<T>(
  ask: () => Promise<T>,
  untilMs: number,
  clock: Clock,
  over: AbortSignal,
): Promise<T | null> {
  for (;;) {
    const answer = await ask().catch(() => null);
    if (answer !== null || over.aborted || clock.monotonicMs() > untilMs) return answer;
    await clock.sleep(POLL_MS, over);
  }
}
