/** What one simulated process has of the world: its clock, the weather on its way, and where to write down what it does. */
import type { Random } from '../../runtime/random';
import type { VirtualClock, VirtualProcessClock } from '../../runtime/virtual-clock';
import type { Chronicle } from './chronicle';
import type { Weather } from './weather';

/** A write with the counter in it, by what it is for. */
export type FencedWrite = 'progress' | 'letting go' | 'holding';

export interface Connection {
  readonly process: string;
  /** Of the process: stands still with it. */
  readonly time: VirtualProcessClock;
  /** Of the world: what is on its way arrives also when the process stands still. */
  readonly world: VirtualClock;
  readonly random: Random;
  readonly weather: () => Weather;
  /** What is slow is measured by it. */
  readonly leaseDurationMs: number;
  /** Nothing gets through now. */
  readonly isCut: () => boolean;
  /** A write is about to leave: does something happen to the process at this very moment? Then the write comes late. */
  readonly strikesAt: (write: FencedWrite) => boolean;
  readonly chronicle: Chronicle;
}
