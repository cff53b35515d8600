/** Follows through the events of a fleet who holds which lease: what the recorder counts and measure-fleet.ts measures. */
import type { FleetEvent } from './fleet-history';

/** An event without its time. */
export type Untimed<E> = E extends FleetEvent ? Omit<E, 'atMs'> : never;

export class LeaseOwners {
  private readonly owners = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  /** How many leases somebody holds. */
  get owned(): number {
    return this.owners.size;
  }

  /** How many of them this worker does. */
  countOf(workerId: string): number {
    return this.counts.get(workerId) ?? 0;
  }

  /** Takes the next event in. Gives the keys of the leases that have no owner from now on. */
  follow(event: Untimed<FleetEvent>): readonly string[] {
    switch (event.kind) {
      case 'won':
        this.change(event.leaseKey, event.workerId);
        return [];
      case 'lost':
        return this.free([event.leaseKey], event.workerId);
      case 'crash':
        return this.free(event.leaseKeys, event.workerId);
      case 'join':
      case 'stop':
      case 'left':
        return [];
    }
  }

  /** A thief may have won a lease before its victim hears of it: then it is not free. */
  private free(leaseKeys: readonly string[], workerId: string): string[] {
    const freed = leaseKeys.filter((leaseKey) => this.owners.get(leaseKey) === workerId);
    for (const leaseKey of freed) this.change(leaseKey, undefined);
    return freed;
  }

  private change(leaseKey: string, to: string | undefined): void {
    const from = this.owners.get(leaseKey);
    if (from !== undefined) this.counts.set(from, this.countOf(from) - 1);
    if (to === undefined) this.owners.delete(leaseKey);
    else {
      this.owners.set(leaseKey, to);
      this.counts.set(to, this.countOf(to) + 1);
    }
  }
}
