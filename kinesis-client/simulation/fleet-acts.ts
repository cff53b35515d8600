/**
 * What can happen to a fleet, each as one act that lets it happen, waits until it is over and says what it took. Acts follow
 * each other on one fleet (`flotilla simulate`) or are played on many (the lease bench). Times in milliseconds.
 */
import type { Fleet } from './fleet';
import { spreadOf, type FleetSecond } from './fleet-history';
import { allOwnedMs, evenMs, gapsOf, idealJoinMoves, longestGapMs, movesIn, movesOf, takesIn } from './measure-fleet';

/** By then a fleet lies evenly. */
const LOOKS_TO_EVEN = 6;
/** A worker that lacks leases gets one a look at least, and needs two more to see who is there. */
const LOOKS_TO_SEE = 2;

/** Whatever has not been taken over by then never will be. */
const FAILOVERS_TO_TAKE_OVER = 3;

/** Of a rolling deploy: how long a process takes from its end to its next start. */
const RESTART_MS = 2_000;
/** How exactly the end of a graceful stop is seen. */
const STEP_MS = 100;

export interface ColdStart {
  /** From the first start. Infinity: not within the act. */
  readonly allOwnedMs: number;
  /** None free and a spread of 1 at most. */
  readonly evenMs: number;
  /** How often a lease was won, first owners counted. */
  readonly takes: number;
}

/** `workers` start by chance within `withinMs`, on leases that nobody owns. */
export async function coldStart(fleet: Fleet, workers: number, withinMs: number): Promise<ColdStart> {
  const fromMs = fleet.nowMs;
  const starts = Array.from({ length: workers }, () => fleet.random.integer(withinMs + 1)).sort((a, b) => a - b);
  for (const startMs of starts) {
    await fleet.advance(fromMs + startMs - fleet.nowMs);
    fleet.join();
  }
  await fleet.advance(LOOKS_TO_EVEN * fleet.lookMsMax + withinMs);
  const { history, nowMs } = fleet;
  return {
    allOwnedMs: allOwnedMs(history, fromMs),
    evenMs: evenMs(history, fromMs),
    takes: takesIn(history, { fromMs, toMs: nowMs }),
  };
}

export interface Moves {
  readonly moves: number;
  /** The fewest that would have done. */
  readonly ideal: number;
}

/** More workers start at once. Waits until the leases lie evenly. */
export async function joinMore(fleet: Fleet, joiners: number): Promise<Moves> {
  const { nowMs: fromMs, history } = fleet;
  const ideal = idealJoinMoves(history.leases, fleet.workers.length, joiners);
  for (let i = 0; i < joiners; i++) fleet.join();
  await untilEven(fleet);
  await fleet.advance(LOOKS_TO_SEE * fleet.lookMsMax); // what moves afterwards counts too
  return { ideal, moves: movesOf(movesIn(history, { fromMs, toMs: fleet.nowMs })) };
}

/**
 * A worker is killed; another starts in its place after `restartMs`. How long one of its leases had no owner at most;
 * Infinity: one has none at the end.
 */
export async function crashOne(fleet: Fleet, restartMs: number): Promise<number> {
  const fromMs = fleet.nowMs;
  fleet.crash(fleet.anyWorker());
  await fleet.advance(restartMs);
  fleet.join();
  const withinMs = FAILOVERS_TO_TAKE_OVER * fleet.failoverMs + LOOKS_TO_SEE * fleet.lookMsMax;
  await until(fleet, ({ unowned }) => unowned === 0, withinMs);
  const gapMs = longestGapMs(gapsOf(fleet.history, fromMs), 'crash');
  await untilEven(fleet);
  return gapMs;
}

/** A worker stops gracefully. How long a lease that it let go had no owner at most. */
export async function stopOne(fleet: Fleet): Promise<number> {
  const fromMs = fleet.nowMs;
  await stopAndWait(fleet, fleet.anyWorker());
  await untilEven(fleet);
  await fleet.advance(LOOKS_TO_SEE * fleet.lookMsMax);
  return longestGapMs(gapsOf(fleet.history, fromMs), 'let-go');
}

/** Nothing happens. How many leases moved all the same. */
export async function beQuiet(fleet: Fleet, looks: number): Promise<number> {
  const fromMs = fleet.nowMs;
  await fleet.advance(looks * fleet.lookMsMax);
  return movesOf(movesIn(fleet.history, { fromMs, toMs: fleet.nowMs }));
}

export interface Deploy extends Moves {
  /** The most that one lease moved. */
  readonly movesMax: number;
  /** The longest that a lease had no owner. */
  readonly gapMs: number;
}

/** Each worker in turn stops gracefully and another starts in its place; `pauseMs` after that is ready comes the next. */
export async function rollingDeploy(fleet: Fleet, pauseMs: number): Promise<Deploy> {
  const fromMs = fleet.nowMs;
  for (const workerId of fleet.workers) {
    await stopAndWait(fleet, workerId);
    await fleet.advance(RESTART_MS);
    let hasStarted = false;
    fleet.join(() => (hasStarted = true));
    while (!hasStarted) await fleet.advance(STEP_MS);
    await fleet.advance(pauseMs);
  }
  const moves = movesIn(fleet.history, { fromMs, toMs: fleet.nowMs });
  return {
    moves: movesOf(moves),
    ideal: fleet.history.leases,
    movesMax: Math.max(0, ...moves.values()),
    gapMs: longestGapMs(gapsOf(fleet.history, fromMs), 'let-go'),
  };
}

/** As long as it could take were it one lease a look, at most. */
const untilEven = (fleet: Fleet): Promise<void> =>
  until(
    fleet,
    (second) => second.unowned === 0 && spreadOf(second) <= 1,
    (Math.ceil(fleet.history.leases / fleet.workers.length) + LOOKS_TO_SEE) * fleet.lookMsMax,
  );

/** Waits until a second was so, or so long. */
async function until(fleet: Fleet, isSo: (second: FleetSecond) => boolean, withinMs: number): Promise<void> {
  const lastMs = fleet.nowMs + withinMs;
  do await fleet.advance(1_000);
  while (fleet.nowMs < lastMs && !isSo(fleet.history.seconds.at(-1) as FleetSecond));
}

async function stopAndWait(fleet: Fleet, workerId: string): Promise<void> {
  let hasLeft = false;
  void fleet.stop(workerId).then(() => (hasLeft = true));
  while (!hasLeft) await fleet.advance(STEP_MS);
}
