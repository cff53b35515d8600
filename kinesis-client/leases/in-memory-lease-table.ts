/**
 * A lease table in memory with the conditions of the real one (both pass test/lease-table-conformance.ts), and what tests
 * and simulations need beside: throttles, lost answers, requests that hang or are applied late, and a list of all writes.
 */
import { FlotillaError } from '../../runtime/errors';
import { isFinished, type Lease } from './lease';
import { integerOf, readLease, writeLease, type Row } from './lease-row';
import type { LeaseScan, LeaseTable, WriteAnswer } from './lease-table';
import type { LeaseWrite } from './lease-writes';
import { sortRows } from './sort-rows';

export type TableOperation = 'ensure' | 'scan' | 'get' | 'create' | 'write' | 'delete';

export interface TableCall {
  readonly operation: TableOperation;
  readonly leaseKey?: string;
  /** For a write. */
  readonly write?: LeaseWrite;
}

/**
 * What happens to a call. throttle: not applied, retryable error. lose: applied, retryable error. A promise: the call
 * waits for it before it is applied (a request on its way); `after`: its answer waits (a slow answer).
 */
export type Fault = 'throttle' | 'lose' | { readonly before?: Promise<unknown>; readonly after?: Promise<unknown> };

export class InMemoryLeaseTable implements LeaseTable {
  readonly rows = new Map<string, Row>();
  /** Every call in the order of its arrival. */
  readonly calls: TableCall[] = [];
  /** Every change that was applied, as `renew shard-1 3` (kind, key, counter after it). */
  readonly applied: string[] = [];
  /** The writes that were applied, in order. */
  readonly writes: LeaseWrite[] = [];
  /** Asked for each call; undefined: nothing special. */
  fault: (call: TableCall) => Fault | undefined = () => undefined;
  private exists = false;

  constructor(leases: readonly Lease[] = []) {
    for (const lease of leases) this.put(lease);
    this.exists = leases.length > 0;
  }

  /** Sets a row as it is, whatever stands there: the work of another program, or of an operator. */
  put(lease: Lease): void {
    this.rows.set(lease.leaseKey, writeLease(lease));
  }

  /** The lease in a row, read behind the back of all faults. Undefined when it is missing or no lease. */
  lease(leaseKey: string): Lease | undefined {
    const row = this.rows.get(leaseKey);
    return row === undefined ? undefined : (readLease(row) ?? undefined);
  }

  leases(): Lease[] {
    return [...this.rows.values()].flatMap((row) => readLease(row) ?? []);
  }

  ensure(): Promise<'created' | 'existed'> {
    return this.call({ operation: 'ensure' }, () => {
      const result = this.exists ? 'existed' : 'created';
      this.exists = true;
      return result;
    });
  }

  scan(): Promise<LeaseScan> {
    return this.call({ operation: 'scan' }, () => {
      const sorted = sortRows(this.rows.values(), 'in memory');
      return { ...sorted, readUnits: Math.max(0.5, sorted.leases.length / 20) };
    });
  }

  get(leaseKey: string): Promise<Lease | undefined> {
    return this.call({ operation: 'get', leaseKey }, () => this.lease(leaseKey));
  }

  create(lease: Lease): Promise<'created' | 'exists'> {
    return this.call({ operation: 'create', leaseKey: lease.leaseKey }, () => {
      if (this.rows.has(lease.leaseKey)) return 'exists';
      this.put(lease);
      this.applied.push(`create ${lease.leaseKey} ${lease.leaseCounter}`);
      return 'created';
    });
  }

  write(write: LeaseWrite): Promise<WriteAnswer> {
    return this.call({ operation: 'write', leaseKey: write.leaseKey, write }, () => this.apply(write));
  }

  delete(leaseKey: string): Promise<'deleted' | 'kept'> {
    return this.call({ operation: 'delete', leaseKey }, () => {
      const lease = this.lease(leaseKey);
      if (lease === undefined) return 'deleted';
      if (!isFinished(lease) || lease.pending !== undefined) return 'kept';
      this.rows.delete(leaseKey);
      this.applied.push(`delete ${leaseKey} ${lease.leaseCounter}`);
      return 'deleted';
    });
  }

  private apply(write: LeaseWrite): WriteAnswer {
    const row = this.rows.get(write.leaseKey);
    const holds = Object.entries(write.where).every(([name, wanted]) => sameAttribute(row?.[name], wanted));
    if (row === undefined || !holds) {
      const lease = this.lease(write.leaseKey);
      return lease === undefined ? { kind: 'refused' } : { kind: 'refused', row: lease };
    }
    const kept = Object.entries(row).filter(([name]) => !write.remove.includes(name));
    this.rows.set(write.leaseKey, { ...Object.fromEntries(kept), ...write.set });
    this.writes.push(write);
    this.applied.push(`${write.kind} ${write.leaseKey} ${this.lease(write.leaseKey)?.leaseCounter}`);
    return { kind: 'written' };
  }

  private async call<T>(call: TableCall, run: () => T): Promise<T> {
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault === 'throttle') throw new FlotillaError('FLOTILLA_THROTTLED', `${call.operation}: throttled by the test`);
    if (typeof fault === 'object') await fault.before;
    const result = run();
    if (fault === 'lose') throw new FlotillaError('FLOTILLA_UNAVAILABLE', `${call.operation}: answer lost by the test`);
    if (typeof fault === 'object') await fault.after;
    return result;
  }
}

type Attribute = Row[string];

/** DynamoDB's equality: numbers by value, sets without order, and never between two types. */
function sameAttribute(stored: Attribute | undefined, wanted: Attribute | null): boolean {
  if (stored === undefined || wanted === null) return stored === undefined && wanted === null;
  if (wanted.N !== undefined) return stored.N !== undefined && integerOf(stored.N) === integerOf(wanted.N);
  if (wanted.B !== undefined) return stored.B !== undefined && Buffer.compare(stored.B, wanted.B) === 0;
  if (wanted.SS !== undefined) return [...wanted.SS].sort().join() === [...(stored.SS ?? [])].sort().join();
  return stored.S === wanted.S;
}
