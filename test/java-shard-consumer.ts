/**
 * What a Java worker does with one lease that it owns (Java's ShardConsumer and its tasks): waits for the parents, reads
 * from the checkpoint, checkpoints now and then, and at the end of the shard makes the children and then writes SHARD_END.
 */
import type { ShardLister } from '../kinesis-client/leases/shard-lister';
import type { ChildShard, Position, Stream } from '../kinesis-client/shards/stream';
import type { Clock } from '../runtime/clock';
import { comparePositions, isAtEnd, type JavaPosition } from './java-lease-rows';
import type { JavaLeaseRenewer, OwnedLease } from './java-lease-renewer';
import type { JavaLeaseTable } from './java-lease-table';

/** What the application of a Java worker is like. */
export interface JavaHabits {
  /** How long one batch takes. */
  readonly batchMs: number;
  /** It checkpoints after a batch when so much time has passed since its last checkpoint. */
  readonly checkpointIntervalMs: number;
  /** How long its `shutdownRequested` takes, before its last checkpoint. */
  readonly shutdownMs: number;
}

export interface JavaConsumerDeps {
  readonly renewer: JavaLeaseRenewer;
  readonly table: JavaLeaseTable;
  readonly stream: Stream & ShardLister;
  readonly clock: Clock;
  readonly habits: JavaHabits;
  /** 3.5 writes it into the rows that it makes. */
  readonly entityType?: 'LEASE';
  readonly hear: (what: string) => void;
  /** A record that the application has worked off. */
  readonly onProcessed: (sequenceNumber: string) => void;
  /** After `shutdownRequested`, or at once when the application was never called: the lease is let go. */
  readonly letGo: (owned: OwnedLease) => Promise<void>;
}

const PARENT_POLL_MS = 10_000;
const IDLE_MS = 1_000;
const TASK_BACKOFF_MS = 500;
const BATCH_RECORDS_MAX = 10;

export class JavaShardConsumer {
  private readonly asked = new AbortController();
  private readonly interrupted: AbortSignal;
  private delivered: JavaPosition;
  private checkpointedAtMs: number;

  constructor(
    readonly owned: OwnedLease,
    private readonly deps: JavaConsumerDeps,
  ) {
    this.interrupted = AbortSignal.any([this.asked.signal, owned.gone.signal]);
    this.delivered = owned.lease.checkpoint;
    this.checkpointedAtMs = deps.clock.monotonicMs();
  }

  /** Asks it to finish: the running batch ends, then `shutdownRequested`. */
  requestShutdown(): void {
    this.asked.abort();
  }

  /** Resolves when the lease is let go or lost, or the shard is at its end. */
  async run(): Promise<void> {
    const { clock, renewer, hear, letGo } = this.deps;
    while (!this.interrupted.aborted && !(await this.haveParentsEnded())) await clock.sleep(PARENT_POLL_MS, this.interrupted); // prettier-ignore
    if (isAtEnd(this.owned.lease)) return;
    if (this.interrupted.aborted) return this.asked.signal.aborted ? letGo(this.owned) : undefined;
    hear('initialize');
    const children = await this.read();
    if (children !== undefined && (await this.endShard(children))) return;
    if (this.asked.signal.aborted && renewer.isHeld(this.owned)) {
      hear('shutdownRequested');
      await clock.sleep(this.deps.habits.shutdownMs);
      await this.checkpoint();
      await letGo(this.owned);
    }
    hear('leaseLost');
  }

  /** A parent without a row holds nothing up. */
  private async haveParentsEnded(): Promise<boolean> {
    const parents = await Promise.all(this.owned.lease.parentShardIds.map((id) => this.deps.table.get(id))).catch(() => null); // prettier-ignore
    return parents !== null && parents.every((parent) => parent === undefined || isAtEnd(parent));
  }

  /** The children when the shard is at its end; undefined when reading was to stop or the lease is lost. */
  private async read(): Promise<readonly ChildShard[] | undefined> {
    const { stream, clock, renewer } = this.deps;
    let iterator: string | undefined;
    while (!this.interrupted.aborted && renewer.isHeld(this.owned)) {
      iterator ??= await this.open();
      const answer = iterator === undefined ? undefined : await stream.getRecords(iterator, BATCH_RECORDS_MAX);
      if (answer?.kind === 'records') {
        const fresh = answer.records.filter((record) => comparePositions(positionOf(record), this.delivered) > 0);
        if (fresh.length > 0) await this.process(fresh);
        const isEnd = answer.nextIterator === null && answer.children.length > 0;
        if (isEnd && renewer.isHeld(this.owned) && !this.interrupted.aborted) return answer.children;
        iterator = answer.nextIterator ?? iterator;
        if (answer.millisBehindLatest > 0) continue;
      } else if (answer?.kind === 'expired') iterator = undefined;
      await clock.sleep(IDLE_MS, this.interrupted);
    }
    return undefined;
  }

  private async open(): Promise<string | undefined> {
    const answer = await this.deps.stream.openIterator(this.owned.lease.leaseKey, openingAt(this.delivered));
    return answer.kind === 'iterator' ? answer.iterator : undefined;
  }

  private async process(records: readonly { readonly sequenceNumber: string }[]): Promise<void> {
    const { clock, habits, onProcessed } = this.deps;
    await clock.sleep(habits.batchMs);
    for (const record of records) {
      this.delivered = positionOf(record);
      onProcessed(record.sequenceNumber);
    }
    if (clock.monotonicMs() - this.checkpointedAtMs >= habits.checkpointIntervalMs) await this.checkpoint();
  }

  /** A throttle or a lost answer: the application tries again after its next batch. */
  private async checkpoint(): Promise<void> {
    if (comparePositions(this.delivered, this.owned.lease.checkpoint) <= 0) return;
    const isStored = await this.deps.renewer.checkpoint(this.owned, this.delivered).catch(() => false);
    if (isStored) this.checkpointedAtMs = this.deps.clock.monotonicMs();
  }

  /** Tried until it is done or the lease is lost: false. */
  private async endShard(children: readonly ChildShard[]): Promise<boolean> {
    const { renewer, clock, hear } = this.deps;
    for (; renewer.isHeld(this.owned); await clock.sleep(TASK_BACKOFF_MS, this.owned.gone.signal)) {
      try {
        if (!(await this.makeChildren(children))) continue;
        await renewer.setChildren(this.owned, children.map(({ shardId }) => shardId)); // prettier-ignore
        if (!(await renewer.endShard(this.owned))) return false;
        hear('shardEnded');
        return true;
      } catch {
        hear('an error at the end of the shard');
      }
    }
    return false;
  }

  /** The child of a merge waits until the rows of both parents are there. */
  private async makeChildren(children: readonly ChildShard[]): Promise<boolean> {
    const { table, entityType } = this.deps;
    for (const { shardId: leaseKey, parentShardIds, hashRange } of children) {
      const parents = await Promise.all(parentShardIds.map((id) => table.get(id)));
      if (parents.includes(undefined)) return false;
      if ((await table.get(leaseKey)) !== undefined) continue;
      const checkpoint = { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 };
      const fresh = { leaseKey, leaseCounter: 0n, ownerSwitches: 0n, checkpoint, childShardIds: [] };
      await table.create({ ...fresh, parentShardIds, hashRange }, entityType);
    }
    return true;
  }
}

const positionOf = ({ sequenceNumber }: { readonly sequenceNumber: string }): JavaPosition => ({
  sequenceNumber,
  subSequenceNumber: 0,
});

/** Records up to the checkpoint come again and are dropped. */
const openingAt = ({ sequenceNumber }: JavaPosition): Position =>
  /^\d+$/.test(sequenceNumber)
    ? { type: 'AT_SEQUENCE_NUMBER', sequenceNumber }
    : { type: sequenceNumber === 'LATEST' ? 'LATEST' : 'TRIM_HORIZON' };
