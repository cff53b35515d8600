/**
 * One shard in one worker, from the moment its lease is won until nothing of it is left to do here. A loop along the
 * table of shard-state.ts: each state has one step, which acts until something happens and says what it was. Reading,
 * calling the processor, checkpointing and retrying are done by others; here is only the order.
 */
import type { Clock } from '../../runtime/clock';
import type { Random } from '../../runtime/random';
import { backoffMs, type Backoff } from '../../runtime/retry';
import type { HeldLease } from '../leases/held-lease';
import { isFinished, SHARD_END, type Lease } from '../leases/lease';
import type { LeaseTable } from '../leases/lease-table';
import type { InitialPosition } from '../leases/plan-shard-sync';
import type { ShardLister } from '../leases/shard-lister';
import type { ByteBudget } from './byte-budget';
import { CheckpointError } from './checkpointer';
import { ChildrenMaker, SHARD_END_RETRY_MS } from './children-maker';
import { toClientRecords } from './client-record';
import { deliverBatch, type FailurePolicy } from './deliver-batch';
import { Drain } from './drain';
import { FAILURE_BACKOFF, keepTrying, untilAnswered, type KeepTryingDeps } from './keep-trying';
import { ProcessorCalls } from './processor-calls';
import { StopShard, type PendingCheckpoint, type RecordProcessor } from './record-processor';
import { ShardCheckpointer } from './shard-checkpointer';
import { ShardInterrupts, type Interruption } from './shard-interrupts';
import { ShardReader, type Read } from './shard-reader';
import { nextShardState, type ShardEvent, type ShardState } from './shard-state';
import { startPosition } from './start-position';
import type { ChildShard, Stream } from './stream';
import type { Callback, ShardsTelemetry } from './telemetry';

export interface ShardConsumerDeps {
  readonly stream: Stream;
  /** When the stream was made, as the worker found it at its start: another one of the same name is not read. */
  readonly streamCreatedAtMs: number;
  readonly table: LeaseTable;
  readonly shards: ShardLister;
  /** Shared by all shards of the process. */
  readonly memory: ByteBudget;
  readonly processorFactory: (shardId: string) => RecordProcessor;
  readonly initialPosition: InitialPosition;
  readonly settings: {
    readonly fetchIdleMs: number;
    readonly fetchRecordsMax: number;
    readonly parentPollMs: number;
    readonly failurePolicy: FailurePolicy;
    readonly callbackSlowMs: number;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: ShardsTelemetry;
}

/** How far a shard has come, for the health of the worker. */
export interface ShardProgress {
  readonly shardId: string;
  readonly state: ShardState;
  /** Monotonic time at which a batch, an empty read or a step last ended. */
  readonly progressedAtMs: number;
}

/** One life of a record processor. */
interface Session {
  readonly calls: ProcessorCalls;
  readonly checkpointer: ShardCheckpointer;
  /** `initialize` succeeded: it will hear the end of its life. */
  initialised: boolean;
}

type Pending = NonNullable<Lease['pending']>;

/** backoffMs gives at least half of it. */
const SHARD_END_BACKOFF: Backoff = { minMs: 2 * SHARD_END_RETRY_MS, maxMs: 2 * SHARD_END_RETRY_MS };

export class ShardConsumer {
  readonly shardId: string;
  private state: ShardState = 'waitingForParents';
  private current: Session | null = null;
  private children: readonly ChildShard[] = [];
  private restarts = { count: 0, at: '' };
  private progressedAtMs: number;
  private readonly drain = new Drain();
  private readonly interrupts: ShardInterrupts;
  private readonly patience: KeepTryingDeps;
  private readonly childrenMaker: ChildrenMaker;

  constructor(
    private readonly held: HeldLease,
    private readonly deps: ShardConsumerDeps,
  ) {
    this.shardId = held.leaseKey;
    this.interrupts = new ShardInterrupts(held);
    this.patience = { interrupts: this.interrupts, clock: deps.clock, random: deps.random };
    this.childrenMaker = new ChildrenMaker(held, { ...deps, ...this.patience });
    this.progressedAtMs = deps.clock.monotonicMs();
  }

  get progress(): ShardProgress {
    const { shardId, state, progressedAtMs } = this;
    return { shardId, state, progressedAtMs };
  }

  /** Runs the shard to its end here. Rejects with what only a restart of the process may heal; the lease is kept then. */
  async run(): Promise<void> {
    this.deps.telemetry.stateChanged(this.shardId, null, this.state);
    try {
      while (this.state !== 'done') this.moveTo(nextShardState(this.state, await this.step()));
    } finally {
      this.current?.checkpointer.close();
      this.drain.end();
      if (this.state !== 'done') this.moveTo('done');
    }
  }

  /** Begins the graceful stop of this shard; `run` ends after it. */
  stop(): void {
    this.interrupts.requestStop();
  }

  /** The processor must not write any more, whatever it is doing. */
  closeCheckpointer(): void {
    this.current?.checkpointer.close();
  }

  /** Resolves when the shard was read up to its tip after this call, or is not being read. */
  drained(): Promise<void> {
    const isRead = this.state === 'initializing' || this.state === 'processing';
    return isRead ? this.drain.begin(this.deps.clock.monotonicMs()) : Promise.resolve();
  }

  private moveTo(next: ShardState): void {
    this.deps.telemetry.stateChanged(this.shardId, this.state, next);
    this.state = next;
    this.progressed();
  }

  private async step(): Promise<ShardEvent> {
    try {
      return await this.steps[this.state]();
    } catch (error) {
      if (!(error instanceof StopShard)) throw error;
      this.deps.telemetry.shardStopped(this.shardId, error);
      return 'personNeeded';
    }
  }

  private readonly steps: Record<ShardState, () => Promise<ShardEvent>> = {
    waitingForParents: () => this.waitForParents(),
    initializing: () => this.initialize(),
    processing: () => this.process(),
    ending: () => this.endShard(),
    restarting: () => this.restart(),
    handingOver: () => this.handOver(),
    releasing: () => this.release(),
    closing: () => this.close(),
    stopped: () => this.stayStopped(),
    done: () => Promise.reject(new Error('a consumer that is done has no step')),
  };

  private async waitForParents(): Promise<ShardEvent> {
    const { table, clock, settings } = this.deps;
    if (isFinished(this.held.lease)) return 'endStored';
    const getParents = () =>
      Promise.all(this.held.lease.parentShardIds.map((parentShardId) => table.get(parentShardId)));
    for (;;) {
      const interruption = this.interrupts.current();
      if (interruption === 'restartRequested') throw new Error('a restart before any processor was made');
      if (interruption !== null) return interruption;
      const parents = await untilAnswered(getParents, this.onNoAnswer, this.patience);
      if ('interruption' in parents) continue;
      if (parents.answer.every((parent) => parent === undefined || isFinished(parent))) return 'parentsEnded';
      await clock.sleep(settings.parentPollMs, this.interrupts.signal);
    }
  }

  private async initialize(): Promise<ShardEvent> {
    const interruption = this.interrupts.current();
    if (interruption !== null) return interruption;
    const { pending, checkpoint } = this.held.lease;
    const session = this.newSession();
    const { calls, checkpointer } = session;
    if (pending !== undefined && !calls.resolvesPending)
      throw new StopShard('the row holds a pending checkpoint, and the processor does not declare pending: true');
    const recovery = pending === undefined ? {} : { pending: this.recovery(pending, checkpointer) };
    const run = async (): Promise<void> => {
      await calls.initialize({ shardId: this.shardId, ...checkpoint, checkpointer, ...recovery });
      await checkpointer.idle();
      if (this.held.lease.pending !== undefined) throw new Error('initialize left the pending checkpoint uncommitted');
    };
    const interruptedBy = await keepTrying(run, this.onFailureOf('initialize'), this.patience);
    if (interruptedBy !== null) return interruptedBy;
    if (isFinished(this.held.lease)) return this.endStored();
    session.initialised = true;
    return 'initialized';
  }

  private async process(): Promise<ShardEvent> {
    const { checkpointer } = this.session;
    checkpointer.deliver(this.held.lease.checkpoint);
    const reader = this.openReader();
    const { signal } = this.interrupts;
    let ahead = reader.read(signal); // one answer is fetched while the one before it is processed
    try {
      for (;;) {
        const read = await ahead;
        const interruption = this.interrupts.current();
        if (interruption !== null) return interruption;
        if (read === null) throw new Error('the reader gave up without an interruption');
        if (read.kind === 'failed') throw read.error;
        if (read.kind !== 'records') return await this.reachEnd(read);
        ahead = reader.read(signal);
        const interruptedBy = await this.deliver(read).finally(() => read.reservation.release());
        if (interruptedBy !== null) return interruptedBy;
      }
    } finally {
      void ahead.then((read) => read?.kind === 'records' && read.reservation.release());
    }
  }

  private openReader(): ShardReader {
    const { settings, initialPosition } = this.deps;
    const start = startPosition(this.held.lease, initialPosition);
    if (start === null) throw new StopShard('the row says AT_TIMESTAMP, and the initial position gives no time');
    return new ShardReader(this.shardId, start, {
      ...this.deps,
      idleMs: settings.fetchIdleMs,
      recordsMax: settings.fetchRecordsMax,
    });
  }

  private async deliver({
    records,
    millisBehindLatest,
    sentAtMs,
  }: Read & { kind: 'records' }): Promise<Interruption | null> {
    const { shardId, deps, patience } = this;
    const fresh = toClientRecords(records, this.session.checkpointer.deliveredUpTo);
    if (fresh.length < records.length) deps.telemetry.recordsRepeated(records.length - fresh.length);
    if (fresh.length > 0) {
      const how = {
        ...this.session,
        ...patience,
        shardId,
        policy: deps.settings.failurePolicy,
        telemetry: deps.telemetry,
      };
      const interruption = await deliverBatch({ records: fresh, millisBehindLatest }, how);
      if (interruption !== null) return interruption;
    }
    this.progressed();
    if (records.length === 0 && millisBehindLatest === 0) this.drain.atTip(sentAtMs);
    return null;
  }

  /** A shard that the service does not know ended with its retention, unless the whole stream is another one now. */
  private async reachEnd(read: Read & { kind: 'end' | 'gone' }): Promise<ShardEvent> {
    this.children = read.kind === 'end' ? read.children : [];
    if (read.kind === 'end') return 'endReached';
    const created = await untilAnswered(() => this.deps.stream.createdAtMs(), this.onNoAnswer, this.patience);
    if ('interruption' in created) return created.interruption;
    if (created.answer === this.deps.streamCreatedAtMs) return 'endReached';
    throw new StopShard('the stream was deleted, or made anew under the same name');
  }

  private async endShard(): Promise<ShardEvent> {
    const { calls, checkpointer } = this.session;
    const event = await this.childrenMaker.make(this.children);
    if (event !== null) return event;
    checkpointer.reachEnd();
    const run = async (): Promise<void> => {
      await calls.shardEnded(checkpointer);
      await checkpointer.idle();
      if (!isFinished(this.held.lease)) throw new Error('shardEnded returned without a checkpoint');
    };
    const interruption = await keepTrying(run, this.onFailureOf('shardEnded'), this.patience, SHARD_END_BACKOFF);
    return interruption ?? this.endStored();
  }

  private endStored(): ShardEvent {
    this.deps.telemetry.shardEnded(this.shardId);
    return 'endStored';
  }

  private async restart(): Promise<ShardEvent> {
    const { clock, random, telemetry } = this.deps;
    const { calls, checkpointer, initialised } = this.session;
    telemetry.shardRestarted(this.shardId);
    await checkpointer.idle(); // the next life must see what this one wrote last
    if (initialised) await this.once('leaseLost', () => calls.leaseLost());
    this.current = null;
    const at = this.held.lease.checkpoint.sequenceNumber;
    this.restarts = { at, count: at === this.restarts.at ? this.restarts.count + 1 : 1 };
    this.interrupts.restarted();
    await clock.sleep(backoffMs(this.restarts.count, FAILURE_BACKOFF, random), this.interrupts.signal);
    return 'restarted';
  }

  private async handOver(): Promise<ShardEvent> {
    const { calls, checkpointer } = this.session;
    await this.once('shutdownRequested', () => calls.shutdownRequested({ checkpointer }));
    return this.held.isValid() ? 'handedOver' : 'leaseLost';
  }

  private async release(): Promise<ShardEvent> {
    await this.held.evict();
    return 'released';
  }

  private async close(): Promise<ShardEvent> {
    const session = this.current;
    session?.checkpointer.close();
    if (session?.initialised) await this.once('leaseLost', () => session.calls.leaseLost());
    return 'closed';
  }

  private async stayStopped(): Promise<ShardEvent> {
    this.interrupts.restarted(); // a restart that was asked for comes too late
    const { signal } = this.interrupts;
    while (this.interrupts.current() === null) await this.deps.clock.sleep(3_600_000, signal);
    return this.held.isValid() ? 'stopRequested' : 'leaseLost';
  }

  private newSession(): Session {
    const { processorFactory, telemetry, settings, clock } = this.deps;
    const { callbackSlowMs } = settings;
    const calls = new ProcessorCalls(processorFactory(this.shardId), this.shardId, {
      clock,
      telemetry,
      callbackSlowMs,
    });
    const checkpointer = new ShardCheckpointer({
      held: this.held,
      telemetry,
      onRestart: this.interrupts.restartOnce(),
    });
    this.current = { calls, checkpointer, initialised: false };
    return this.current;
  }

  private get session(): Session {
    if (this.current === null) throw new Error(`${this.shardId} has no processor while ${this.state}`);
    return this.current;
  }

  /** What an earlier owner prepared. A pending end needs the children's rows first: that owner may have died before them. */
  private recovery({ checkpoint, state }: Pending, checkpointer: ShardCheckpointer): PendingCheckpoint {
    const commit = async (): Promise<void> => {
      if (this.held.lease.pending === undefined) return;
      const event = checkpoint.sequenceNumber === SHARD_END ? await this.childrenMaker.makeListed() : null;
      if (event !== null) throw new CheckpointError('ShutdownException', `the shard is given up: ${event}`);
      await checkpointer.commit();
    };
    return { ...checkpoint, state: Buffer.from(state ?? []), commit };
  }

  /** Runs a callback that has one chance: a failure is reported and changes nothing. */
  private async once(callback: Callback, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.deps.telemetry.callbackFailed(this.shardId, callback, 1, error);
    }
  }

  private onFailureOf(callback: Callback): (error: unknown, attempt: number) => 'again' {
    return (error, attempt) => {
      this.deps.telemetry.callbackFailed(this.shardId, callback, attempt, error);
      return 'again';
    };
  }

  private readonly onNoAnswer = (error: unknown): void => this.deps.telemetry.dependencyFailed(this.shardId, error);

  private progressed(): void {
    this.progressedAtMs = this.deps.clock.monotonicMs();
  }
}
