/** What a fleet's history says about the promises of the client: how long leases stand without an owner, and how often they move. Pure. */
import type { FleetEvent, FleetHistory } from './fleet-history';
import { LeaseOwners } from './lease-owners';

/** A time in which nobody alive held a lease that had an owner before. */
export interface Gap {
  readonly leaseKey: string;
  readonly fromMs: number;
  /** Infinity: it still lasts at the end of the history. */
  readonly toMs: number;
  /**
   * crash: its owner was killed. let-go: its owner let it go, for anybody. handed-over: for the worker that had asked for it.
   * other: its owner could not keep it.
   */
  readonly cause: 'crash' | 'let-go' | 'handed-over' | 'other';
}

/** Every gap that began at `sinceMs` or later, in the order of their beginnings. */
export function gapsOf(history: FleetHistory, sinceMs: number): Gap[] {
  const owners = new LeaseOwners();
  const open = new Map<string, number>();
  const gaps: Gap[] = [];
  for (const event of history.events) {
    for (const leaseKey of owners.follow(event)) {
      open.set(leaseKey, gaps.length);
      gaps.push({ leaseKey, fromMs: event.atMs, toMs: Infinity, cause: causeOf(event) });
    }
    if (event.kind !== 'won') continue;
    const index = open.get(event.leaseKey);
    if (index !== undefined) gaps[index] = { ...(gaps[index] as Gap), toMs: event.atMs };
    open.delete(event.leaseKey);
  }
  return gaps.filter(({ fromMs }) => fromMs >= sinceMs);
}

function causeOf(event: FleetEvent): Gap['cause'] {
  if (event.kind === 'crash') return 'crash';
  if (event.kind !== 'lost') return 'other';
  return event.reason === 'evicted' ? 'let-go' : event.reason === 'handed-over' ? 'handed-over' : 'other';
}

/** The longest gap of that cause, in milliseconds; 0 when there was none. */
export const longestGapMs = (gaps: readonly Gap[], cause: Gap['cause']): number =>
  gaps.filter((gap) => gap.cause === cause).reduce((longest, { fromMs, toMs }) => Math.max(longest, toMs - fromMs), 0);

/** How long after `sinceMs` every lease had an owner for the first time; 0 when it was so already. Infinity: never. */
export const allOwnedMs = (history: FleetHistory, sinceMs: number): number =>
  firstMs(history, sinceMs, (owners) => owners.owned === history.leases);

/**
 * The same for leases that lie evenly: all with workers that run and are not about to stop, and none of those holds two more
 * than another.
 */
export const evenMs = (history: FleetHistory, sinceMs: number): number =>
  firstMs(history, sinceMs, (owners, workers) => {
    const counts = workers.map((workerId) => owners.countOf(workerId));
    const held = counts.reduce((sum, count) => sum + count, 0);
    return held === history.leases && Math.max(...counts) - Math.min(...counts) <= 1;
  });

/** How long after `sinceMs` it was so for the first time: what an event made so stays so until the next. */
function firstMs(
  { events }: FleetHistory,
  sinceMs: number,
  isSo: (owners: LeaseOwners, workers: readonly string[]) => boolean,
): number {
  const owners = new LeaseOwners();
  const workers = new Set<string>();
  for (const [i, event] of events.entries()) {
    owners.follow(event);
    if (event.kind === 'join') workers.add(event.workerId);
    if (event.kind === 'stop' || event.kind === 'crash') workers.delete(event.workerId);
    const untilMs = events[i + 1]?.atMs ?? Infinity;
    if (untilMs > Math.max(sinceMs, event.atMs) && isSo(owners, [...workers])) return Math.max(0, event.atMs - sinceMs);
  }
  return Infinity;
}

/** A part of the history, both ends in it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

type Won = Extract<FleetEvent, { kind: 'won' }>;

/** How often a lease was won in the span, by whomever. */
export const takesIn = (history: FleetHistory, { fromMs, toMs }: Span): number =>
  history.events.filter(({ kind, atMs }) => kind === 'won' && atMs >= fromMs && atMs <= toMs).length;

/** How often in the span each lease went from one owner to another, by lease key; those that never did are not in it. */
export function movesIn(history: FleetHistory, { fromMs, toMs }: Span): ReadonlyMap<string, number> {
  const owners = new Map<string, string>();
  const moves = new Map<string, number>();
  for (const { leaseKey, workerId, atMs } of history.events.filter((event): event is Won => event.kind === 'won')) {
    const before = owners.get(leaseKey);
    owners.set(leaseKey, workerId);
    const isMove = before !== undefined && before !== workerId && atMs >= fromMs && atMs <= toMs;
    if (isMove) moves.set(leaseKey, (moves.get(leaseKey) ?? 0) + 1);
  }
  return moves;
}

/** All of them. */
export const movesOf = (moves: ReadonlyMap<string, number>): number =>
  [...moves.values()].reduce((sum, one) => sum + one, 0);

/** How many leases must move when `joiners` join `workers` among whom `leases` lie evenly: what the joiners get at least. */
export function idealJoinMoves(leases: number, workers: number, joiners: number): number {
  const share = Math.floor(leases / (workers + joiners));
  const withOneMore = leases % (workers + joiners);
  return joiners * share + Math.max(0, withOneMore - workers);
}
