/**
 * Another program on the lease table, as a worker of the Java KCL 2.x: it takes a lease from a living owner without asking,
 * does nothing with it, and lets it go or dies.
 */
import { createDynamoDBLeaseTable } from '../../kinesis-client/leases/dynamodb-lease-table';
import type { Lease } from '../../kinesis-client/leases/lease';
import type { LeaseTable } from '../../kinesis-client/leases/lease-table';
import { eviction, taking } from '../../kinesis-client/leases/lease-writes';
import { isRetryable } from '../../runtime/errors';
import type { Random } from '../../runtime/random';
import type { VirtualClock } from '../../runtime/virtual-clock';
import type { Chronicle } from './chronicle';
import { dynamodbOverNetwork } from './dynamodb-over-network';
import { TABLE_NAME, type SimulatedTable } from './simulated-table';
import { CALM } from './weather';

/** Under this name it owns leases. */
export const STRANGER = 'stranger';

export class Stranger {
  private readonly table: LeaseTable;

  constructor(
    table: SimulatedTable,
    private readonly chronicle: Chronicle,
    private readonly clock: VirtualClock,
    private readonly random: Random,
    private readonly leaseDurationMs: number,
  ) {
    const dynamodb = dynamodbOverNetwork(table, {
      ...{ process: STRANGER, time: clock.process(), world: clock, random, leaseDurationMs, chronicle },
      ...{ weather: () => CALM, isCut: () => false, strikesAt: () => false },
    });
    const settings = { tableReadyTimeoutMs: 0, tableReadyPollMs: 0 };
    this.table = createDynamoDBLeaseTable({ dynamodb, tableName: TABLE_NAME, settings, clock });
  }

  /** Takes some lease that has an owner. What the table does not answer, it does not repeat. */
  async rob(): Promise<void> {
    const owned = [...this.chronicle.facts.rows.values()].flatMap(({ lease }) => (lease?.leaseOwner ? [lease] : []));
    const [victim] = this.random.shuffle(owned);
    if (victim === undefined) return;
    try {
      await this.takeAndLetGo(victim);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      this.chronicle.count('stranger refused');
    }
  }

  private async takeAndLetGo(victim: Lease): Promise<void> {
    const take = taking(victim, STRANGER, this.clock.wallMs(), 'stolen');
    if ((await this.table.write(take)).kind === 'refused') return;
    if (this.random.next() < 0.3) return; // it has died
    await this.clock.sleep(0.8 * this.leaseDurationMs * this.random.next());
    await this.table.write(eviction(take.after));
  }
}
