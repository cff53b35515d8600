/**
 * How one simulated process reaches the lease table: each call takes its time on the way there and back and costs the units
 * that DynamoDB would count. Cut off, as a process is that was killed: what was sent is still carried out, no answer comes.
 */
import type { Clock } from '../../runtime/clock';
import type { Random } from '../../runtime/random';
import type { Lease } from '../leases/lease';
import type { LeaseScan, LeaseTable, WriteAnswer } from '../leases/lease-table';
import type { LeaseWrite } from '../leases/lease-writes';
import type { FleetRecorder } from './fleet-recorder';

/** A page of a scan ends at 1 MB: 128 units of two times 4 KB (DynamoDB, "Working with scans"). */
const UNITS_PER_PAGE = 128;

export interface Connection extends LeaseTable {
  cut(): void;
}

export interface ConnectionDeps {
  /** Rows and conditions, without time or cost; its scans count the units that they would use. */
  readonly table: LeaseTable;
  /** The world's, not the process's: a request travels also while its sender stands still. */
  readonly clock: Clock;
  readonly random: Random;
  readonly recorder: FleetRecorder;
  /** The mean of a round trip; each way takes between half and one and a half times its share. */
  readonly roundTripMs: number;
}

export const connect = (deps: ConnectionDeps): Connection => new Wire(deps);

class Wire implements Connection {
  private isCut = false;

  constructor(private readonly deps: ConnectionDeps) {}

  cut(): void {
    this.isCut = true;
  }

  ensure(onWaiting?: (status: string) => void): Promise<'created' | 'existed'> {
    return this.call(() => this.deps.table.ensure(onWaiting));
  }

  async scan(): Promise<LeaseScan> {
    const morePages = ({ readUnits }: LeaseScan): number => Math.ceil(readUnits / UNITS_PER_PAGE) - 1;
    const scan = await this.call(() => this.deps.table.scan(), morePages);
    this.deps.recorder.spend({ read: scan.readUnits });
    return scan;
  }

  /** One consistent read of a row below 4 KB. */
  get(leaseKey: string): Promise<Lease | undefined> {
    this.deps.recorder.spend({ read: 1 });
    return this.call(() => this.deps.table.get(leaseKey));
  }

  create(lease: Lease): Promise<'created' | 'exists'> {
    return this.change(() => this.deps.table.create(lease));
  }

  write(write: LeaseWrite): Promise<WriteAnswer> {
    return this.change(() => this.deps.table.write(write));
  }

  delete(leaseKey: string): Promise<'deleted' | 'kept'> {
    return this.change(() => this.deps.table.delete(leaseKey));
  }

  /** A row below 1 KB costs one unit, also when the condition does not hold. */
  private change<T>(run: () => Promise<T>): Promise<T> {
    this.deps.recorder.spend({ write: 1 });
    return this.call(run);
  }

  /** `moreTrips`: how many round trips the answer takes beyond the first. */
  private async call<T>(run: () => Promise<T>, moreTrips: (answer: T) => number = () => 0): Promise<T> {
    await this.travel(1);
    const answer = await run();
    await this.travel(1 + 2 * moreTrips(answer));
    return this.isCut ? new Promise<T>(() => undefined) : answer;
  }

  private travel(ways: number): Promise<void> {
    const { clock, random, roundTripMs } = this.deps;
    return clock.sleep((roundTripMs / 2) * ways * (0.5 + random.next()));
  }
}
