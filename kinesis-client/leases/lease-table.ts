/**
 * The lease table as the rest of the client sees it: one attempt a call, no retry, no decision. Adapters:
 * dynamodb-lease-table.ts, and for tests in-memory-lease-table.ts; both pass test/lease-table-conformance.ts.
 *
 * Errors of every method: FlotillaError, retryable (FLOTILLA_THROTTLED, FLOTILLA_UNAVAILABLE: a write may or may not
 * have been applied) or fatal.
 */
import type { Lease } from './lease';
import type { LeaseWrite } from './lease-writes';
import type { ForeignRow } from './sort-rows';

export interface LeaseScan {
  readonly leases: readonly Lease[];
  /** Rows that are no leases: Java 3.5 keeps some in the table. */
  readonly foreignRows: readonly ForeignRow[];
  /** Read units that the scan used. */
  readonly readUnits: number;
}

export type WriteAnswer =
  | { readonly kind: 'written' }
  /** The condition did not hold. `row` is the row it was checked against, read consistently; absent: there is none. */
  | { readonly kind: 'refused'; readonly row?: Lease };

export interface LeaseTable {
  /**
   * Makes the table when it is missing and waits until it can be used; `onWaiting` hears each status that has to pass
   * first. Throws FLOTILLA_WRONG_LEASE_TABLE for a table that cannot be a lease table.
   */
  ensure(onWaiting?: (status: string) => void): Promise<'created' | 'existed'>;
  /** Every row, all pages, eventually consistent. Throws what sortRows throws. */
  scan(): Promise<LeaseScan>;
  /** One row, consistent. Undefined when it is missing or no lease. */
  get(leaseKey: string): Promise<Lease | undefined>;
  /** Writes the row only if there is none. */
  create(lease: Lease): Promise<'created' | 'exists'>;
  write(write: LeaseWrite): Promise<WriteAnswer>;
  /** Deletes a lease at SHARD_END without a pending checkpoint; any other is kept. 'deleted': there is no such lease now. */
  delete(leaseKey: string): Promise<'deleted' | 'kept'>;
}
