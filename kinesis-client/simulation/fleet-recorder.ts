/** Writes the history of a fleet while it happens: workers tell it what they win and lose, connections what they cost. */
import type { FleetEvent, FleetHistory, FleetSecond } from './fleet-history';
import { LeaseOwners, type Untimed } from './lease-owners';

export class FleetRecorder implements FleetHistory {
  readonly events: FleetEvent[] = [];
  readonly seconds: FleetSecond[] = [];
  private readonly owners = new LeaseOwners();
  private readonly lastOwners = new Map<string, string>();
  private moves = 0;
  private readUnits = 0;
  private writeUnits = 0;

  constructor(
    readonly leases: number,
    private readonly nowMs: () => number,
  ) {}

  tell(event: Untimed<FleetEvent>): void {
    this.events.push({ atMs: this.nowMs(), ...event } as FleetEvent);
    this.owners.follow(event);
    if (event.kind !== 'won') return;
    const before = this.lastOwners.get(event.leaseKey);
    if (before !== undefined && before !== event.workerId) this.moves++;
    this.lastOwners.set(event.leaseKey, event.workerId);
  }

  /** Units that a call to the lease table used. */
  spend(units: { readonly read?: number; readonly write?: number }): void {
    this.readUnits += units.read ?? 0;
    this.writeUnits += units.write ?? 0;
  }

  /** A second is over. `workers`: the ids of those that run and are not about to stop. */
  endSecond(workers: readonly string[]): void {
    const { owned } = this.owners;
    const counts = workers.map((workerId) => this.owners.countOf(workerId));
    this.seconds.push({
      atMs: this.nowMs(),
      workers: workers.length,
      owned,
      unowned: this.leases - owned,
      ownedMin: workers.length === 0 ? 0 : Math.min(...counts),
      ownedMax: Math.max(0, ...counts),
      moves: this.moves,
      readUnits: this.readUnits,
      writeUnits: this.writeUnits,
    });
    this.readUnits = 0;
    this.writeUnits = 0;
  }
}
