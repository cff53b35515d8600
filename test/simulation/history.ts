/** Histories for tests of the invariants: events written down by hand, each row told by what changes in it. */
import type { Lease } from '../../kinesis-client/leases/lease';
import { aLease, at } from '../lease-builders';
import type { WithoutTime } from './chronicle';
import type { Callback, Request, SimulationEvent, Violation } from './events';
import type { FactsOptions } from './facts';
import { Invariants } from './invariants';
import { unfinished } from './unfinished';

const OPTIONS: FactsOptions = { leaseDurationMs: 10_000, handOffTimeoutMs: 30_000, readsFromBeginning: true };

export class History {
  private readonly events: SimulationEvent[] = [];
  private readonly rows = new Map<string, Lease>();
  private nowMs = 0;

  constructor(private readonly options: FactsOptions = OPTIONS) {}

  /** From here on events happen at this time. */
  at(ms: number): this {
    this.nowMs = ms;
    return this;
  }

  add(event: WithoutTime<SimulationEvent>): this {
    this.events.push({ ...event, atMs: this.nowMs } as SimulationEvent);
    return this;
  }

  shard(shardId: string, ...parentShardIds: string[]): this {
    return this.add({ kind: 'shardOpened', shardId, parentShardIds });
  }

  closed(shardId: string, ...childShardIds: string[]): this {
    return this.add({ kind: 'shardClosed', shardId, childShardIds });
  }

  /** Plain records of these sequence numbers; each has an output of its own name. */
  put(shardId: string, ...sequenceNumbers: number[]): this {
    for (const one of sequenceNumbers)
      this.add({
        ...{ kind: 'recordPut', shardId, positions: [at(one)], arrivedAtMs: this.nowMs },
        outputs: [`${shardId} ${one}`],
      });
    return this;
  }

  process(process: string, became: (SimulationEvent & { kind: 'process' })['became'] = 'running'): this {
    return this.add({ kind: 'process', process, became });
  }

  created(process: string, leaseKey: string, fields: Partial<Lease> = {}): this {
    return this.row(process, leaseKey, () => aLease(leaseKey, fields));
  }

  /** A write with the counter in it; `sentMs`: when it left. */
  wrote(process: string, leaseKey: string, fields: Partial<Lease> = {}, sentMs = this.nowMs): this {
    return this.row(process, leaseKey, (row) => ({ ...row, leaseCounter: row.leaseCounter + 1n, ...fields }), sentMs);
  }

  took(process: string, leaseKey: string): this {
    return this.wrote(process, leaseKey, { leaseOwner: `${process}.boot-1`, checkpointOwner: undefined });
  }

  /** A change that leaves the counter alone. */
  described(process: string, leaseKey: string, fields: Partial<Lease>): this {
    return this.row(process, leaseKey, (row) => ({ ...row, ...fields }));
  }

  deleted(process: string, leaseKey: string): this {
    return this.row(process, leaseKey, () => undefined);
  }

  /** What is pending is committed at once. */
  began(life: number, process: string, shardId: string, from = at('TRIM_HORIZON'), pending?: Lease['pending']): this {
    this.add({ kind: 'lifeBegan', life, process, shardId, checkpoint: from, ...(pending ? { pending } : {}) });
    this.called(life, 'initialize');
    if (pending !== undefined)
      this.add({ kind: 'answered', life, request: { kind: 'commit', to: pending.checkpoint }, error: null });
    return this.returned(life, 'initialize');
  }

  called(life: number, callback: Callback): this {
    return this.add({ kind: 'called', life, callback });
  }

  returned(life: number, callback: Callback, failed = false): this {
    return this.add({ kind: 'returned', life, callback, failed });
  }

  got(life: number, ...sequenceNumbers: number[]): this {
    return this.given(life, sequenceNumbers).returned(life, 'processRecords');
  }

  failedOn(life: number, ...sequenceNumbers: number[]): this {
    return this.given(life, sequenceNumbers).returned(life, 'processRecords', true);
  }

  asked(life: number, request: Request): this {
    return this.add({ kind: 'asked', life, request });
  }

  private given(life: number, sequenceNumbers: readonly number[]): this {
    const records = sequenceNumbers.map((one) => at(one));
    return this.add({ kind: 'called', life, callback: 'processRecords', records });
  }

  private row(process: string, leaseKey: string, next: (row: Lease) => Lease | undefined, sentMs = this.nowMs): this {
    const before = this.rows.get(leaseKey);
    const after = next(before as Lease);
    if (after === undefined) this.rows.delete(leaseKey);
    else this.rows.set(leaseKey, after);
    return this.add({ kind: 'rowChanged', process, leaseKey, sentMs, before, after });
  }

  /** What is unfinished in the end, given that nothing was violated. */
  unfinished(): string[] {
    const invariants = new Invariants(this.options);
    for (const event of this.events) invariants.check(event);
    return unfinished(invariants.facts, this.nowMs).map(({ message }) => message);
  }

  /** The first violation, as `name: message`; null when all is well. */
  verdict(): string | null {
    const invariants = new Invariants(this.options);
    let found: Violation | null = null;
    for (const event of this.events) found ??= invariants.check(event);
    return found === null ? null : `${found.invariant}: ${found.message}`;
  }
}
