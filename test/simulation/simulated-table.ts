/**
 * The lease table of a simulated world, shared by all processes: DynamoDB in memory, with its write units, and with scans
 * that may see it as it was a moment ago.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readLease } from '../../kinesis-client/leases/lease-row';
import type { Lease } from '../../kinesis-client/leases/lease';
import type { Clock } from '../../runtime/clock';
import { FakeDynamoDB } from '../fake-dynamodb';

export type Command = Parameters<DynamoDBClient['send']>[0];

export const TABLE_NAME = 'leases';
/** How old a scan may be: eventually consistent reads are usually a second behind at most. */
const STALE_MAX_MS = 1_500;

export class SimulatedTable {
  private readonly unitsPerSecondMax = { read: Infinity, write: 0 };
  private readonly dynamodb: FakeDynamoDB;
  private readonly client: DynamoDBClient;
  private scanned: { readonly atMs: number; readonly output: unknown } | null = null;

  constructor(
    private readonly clock: Clock,
    writeUnitsPerSecond: number,
  ) {
    this.unitsPerSecondMax.write = writeUnitsPerSecond;
    this.dynamodb = new FakeDynamoDB({ clock, unitsPerSecondMax: this.unitsPerSecondMax });
    this.client = this.dynamodb.clientOf('the fleet');
  }

  /** No write is refused because of its rate any more. */
  beGenerous(): void {
    this.unitsPerSecondMax.write = Infinity;
  }

  lease(leaseKey: string): Lease | undefined {
    const row = this.dynamodb.row(TABLE_NAME, leaseKey);
    return row === undefined ? undefined : (readLease(row) ?? undefined);
  }

  /** Carried out before it returns. */
  send(command: Command): Promise<unknown> {
    return this.client.send(command);
  }

  async scan(command: Command, mayBeStale: boolean): Promise<unknown> {
    const atMs = this.clock.monotonicMs();
    if (mayBeStale && this.scanned !== null && atMs - this.scanned.atMs <= STALE_MAX_MS) return this.scanned.output;
    const output = await this.send(command);
    this.scanned = { atMs, output };
    return output;
  }
}
