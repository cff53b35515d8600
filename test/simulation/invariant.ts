/** One thing that must always hold. It sees every event before it is folded into the facts, and may remember some of its own. */
import type { SimulationEvent } from './events';
import type { Facts } from './facts';

export interface Invariant {
  /** A few words, as a violation is reported: `one owner`. */
  readonly name: string;
  /** What is wrong with this event, in one sentence; null when nothing is. */
  check(event: SimulationEvent, facts: Facts): string | null;
}
