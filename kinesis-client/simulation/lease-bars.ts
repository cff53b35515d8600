/** What the client promises of its leases, as checks of what an act took: for `flotilla simulate` and the lease bench. Pure. */
import { atMost, figure, type Check } from '../../runtime/check';
import type { ColdStart, Deploy, Moves } from './fleet-acts';

const LOOKS_TO_OWN = 2;
const LOOKS_TO_EVEN = 6;
/** Of the moves that had to be. */
const MOVES_OVER_IDEAL = 1.1;
const FAILOVERS_TO_TAKE_OVER = 1.5;
const TAKE_OVER_MARGIN_S = 1;
const DEPLOY_MOVES_MAX = 2;

/** `lookMs`: the longest that a look and the pause before it take. `leases`: how many there are. */
export const coldStartChecks = (start: ColdStart, leases: number, lookMs: number): Check[] => [
  atMost(LOOKS_TO_OWN, 'cold start: every lease owned', start.allOwnedMs / lookMs, 'looks'),
  atMost(LOOKS_TO_EVEN, 'cold start: spread 1 at most', start.evenMs / lookMs, 'looks'),
  atMost(MOVES_OVER_IDEAL, 'cold start: takes / leases', start.takes / leases, 'times'),
];

export const joinCheck = ({ moves, ideal }: Moves): Check =>
  atMost(MOVES_OVER_IDEAL, 'join: moves / fewest possible', moves === ideal ? 1 : moves / ideal, 'times');

export const crashCheck = (worstMs: number, failoverMs: number): Check => {
  const barS = (FAILOVERS_TO_TAKE_OVER * failoverMs) / 1_000 + TAKE_OVER_MARGIN_S;
  return atMost(barS, 'crash: until every lease has a new owner', worstMs / 1_000, 's');
};

export const stopCheck = (worstMs: number, lookMs: number): Check =>
  atMost(1, 'graceful stop: until a lease has a new owner', worstMs / lookMs, 'looks');

export const quietCheck = (moves: number): Check => atMost(0, 'quiet: moves', moves, 'moves');

export const deployChecks = ({ moves, ideal, movesMax, gapMs }: Deploy, lookMs: number): Check[] => [
  atMost(DEPLOY_MOVES_MAX, 'rolling deploy: moves of one lease', movesMax, 'moves'),
  figure('rolling deploy: moves / leases', moves / ideal, 'times'),
  atMost(1, 'rolling deploy: until a lease has a new owner', gapMs / lookMs, 'looks'),
];
