/**
 * What happened to a simulated fleet, as plain values: every event, and the state at the end of each second. The fleet
 * writes it, measure-fleet.ts and whoever draws or prints read it. Times are virtual milliseconds since the fleet began.
 */
import type { LostReason } from '../leases/held-lease';

export type FleetEvent = { readonly atMs: number; readonly workerId: string } &
  /** A process starts. */
  (
    | { readonly kind: 'join' }
    /** A graceful stop begins. */
    | { readonly kind: 'stop' }
    /** It has ended. */
    | { readonly kind: 'left' }
    /** SIGKILL. What the process held then is owned by nobody who works. */
    | { readonly kind: 'crash'; readonly leaseKeys: readonly string[] }
    /** From now on the worker may process the shard. */
    | { readonly kind: 'won'; readonly leaseKey: string }
    | { readonly kind: 'lost'; readonly leaseKey: string; readonly reason: LostReason }
  );

export type FleetEventKind = FleetEvent['kind'];

export interface FleetSecond {
  /** The end of the second. */
  readonly atMs: number;
  /** Those that run and are not about to stop. */
  readonly workers: number;
  /** Leases that a living worker holds. */
  readonly owned: number;
  /** Leases that nobody alive holds. */
  readonly unowned: number;
  /** The fewest and the most that one of `workers` holds. */
  readonly ownedMin: number;
  readonly ownedMax: number;
  /** How often a lease that had an owner went to another one, from the beginning until now. */
  readonly moves: number;
  /** Read and write units of the lease table in this second. */
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface FleetHistory {
  readonly leases: number;
  readonly events: readonly FleetEvent[];
  readonly seconds: readonly FleetSecond[];
}

/** The spread of a second: how many leases the fullest worker has more than the emptiest. */
export const spreadOf = ({ ownedMin, ownedMax }: FleetSecond): number => ownedMax - ownedMin;
