/**
 * One shard in one worker, from the moment its lease is won until nothing of it is left to do here. A loop along the
 * table of shard-state.ts: each state has one step, which acts until something happens and says what it was. Reading,
 * calling the processor, checkpointing and retrying are done by others; here is only the order.
 */
import type { Clock } from '../../runtime/clock';
import type { Random } from '../../runtime/random';
import { backoffMs } from '../../runtime/retry';
import type { HeldLease } from '../leases/held-lease';
import { isFinished } from '../leases/lease';
import type { LeaseTable } from '../leases/lease-table';
import type { InitialPosition } from '../leases/plan-shard-sync';
import type { ShardLister } from '../leases/shard-lister';
import type { ByteBudget } from './byte-budget';
import { ChildrenMaker } from './children-maker';
import type { ShardSettings } from './config';
import { Drain } from './drain';
import { inTime } from './in-time';
import { FAILURE_BACKOFF, untilAnswered, type KeepTryingDeps } from './keep-trying';
import type { KnownStream } from './known-stream';
import { StopShard, type RecordProcessor } from './record-processor';
import { ShardInterrupts } from './shard-interrupts';
import { ShardReader, type Read } from './shard-reader';
import { ShardSession } from './shard-session';
import { nextShardState, type ShardEvent, type ShardState } from './shard-state';
import { startPosition } from './start-position';
import type { ChildShard, Stream } from './stream';
import type { ShardsTelemetry } from './telemetry';

export interface ShardConsumerDeps {
  readonly stream: Stream;
  /** The same stream: another one of its name is not read. */
  readonly known: KnownStream;
  readonly table: LeaseTable;
  readonly shards: ShardLister;
  /** Shared by all shards of the process. */
  readonly memory: ByteBudget;
  readonly processorFactory: (shardId: string) => RecordProcessor;
  readonly initialPosition: InitialPosition;
  readonly settings: ShardSettings;
  /** Ends the process: a callback takes too long, and the action is crash. What ends `run` goes its own way. */
  readonly onFatal: (error: unknown) => void;
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

export class ShardConsumer {
  readonly shardId: string;
  private state: ShardState = 'waitingForParents';
  private session: ShardSession | null = null;
  /** Of the ended shard. Null: the shard has left the stream, which knows them all the same. */
  private children: readonly ChildShard[] | null = [];
  /** How often in a row the processor started again without having moved its checkpoint. */
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
      this.closeCheckpointer();
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
    this.session?.checkpointer.close();
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

  private progressed(): void {
    this.progressedAtMs = this.deps.clock.monotonicMs();
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
    const getParents = () => Promise.all(this.held.lease.parentShardIds.map((parentId) => table.get(parentId)));
    for (;;) {
      const interruption = this.interrupts.current();
      if (interruption !== null) return interruption;
      const parents = await untilAnswered(getParents, this.onNoAnswer, this.patience);
      if ('interruption' in parents) return parents.interruption;
      if (parents.answer.every((parent) => parent === undefined || isFinished(parent))) return 'parentsEnded';
      await clock.sleep(settings.parentPollMs, this.interrupts.signal);
    }
  }

  private async initialize(): Promise<ShardEvent> {
    const interruption = this.interrupts.current();
    if (interruption !== null) return interruption;
    this.session = new ShardSession(this.deps.processorFactory(this.shardId), {
      ...this.deps,
      ...this.patience,
      held: this.held,
      childrenMaker: this.childrenMaker,
      onBatchEnded: () => this.progressed(),
    });
    const interruptedBy = await this.session.initialize();
    if (interruptedBy !== null) return interruptedBy;
    return isFinished(this.held.lease) ? this.endStored() : 'initialized';
  }

  private async process(): Promise<ShardEvent> {
    const reader = this.openReader();
    const { signal } = this.interrupts;
    let ahead = reader.read(signal); // one answer is fetched while the one before it is processed
    try {
      for (;;) {
        const read = await inTime(ahead, reader, this.deps);
        if (read === 'dead') return this.giveUpReading();
        const interruption = this.interrupts.current();
        if (interruption !== null) return interruption;
        if (read === null) throw new Error('the reader gave up without an interruption');
        if (read.kind === 'failed') throw read.error;
        if (read.kind !== 'records') return await this.reachEnd(read);
        ahead = reader.read(signal);
        const { records, millisBehindLatest, reservation } = read;
        const delivery = this.alive.deliver(records, millisBehindLatest);
        const interruptedBy = await delivery.finally(() => reservation.release());
        if (interruptedBy !== null) return interruptedBy;
        this.progressed();
        if (records.length === 0 && millisBehindLatest === 0) this.drain.atTip(read.sentAtMs);
      }
    } finally {
      void ahead.then((read) => read?.kind === 'records' && read.reservation.release());
    }
  }

  private giveUpReading(): ShardEvent {
    this.deps.telemetry.readingDied(this.shardId);
    return 'letGo';
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

  /** A shard that the service does not know ended with its retention, unless it is the stream that is another one now. */
  private async reachEnd(read: Read & { kind: 'end' | 'gone' }): Promise<ShardEvent> {
    this.children = read.kind === 'end' ? read.children : null;
    if (read.kind === 'end') return 'endReached';
    const asked = await untilAnswered(() => this.deps.known.whyNotEnded(), this.onNoAnswer, this.patience);
    if ('interruption' in asked) return asked.interruption;
    if (asked.answer !== null) throw asked.answer;
    return 'endReached';
  }

  private async endShard(): Promise<ShardEvent> {
    const { children, childrenMaker } = this;
    const made = await (children === null ? childrenMaker.makeListed() : childrenMaker.make(children));
    // Making them may have taken long: a processor that is told of a loss must not hear of the end.
    const interruption = made ?? this.interrupts.current();
    return interruption ?? (await this.alive.endShard()) ?? this.endStored();
  }

  private endStored(): ShardEvent {
    this.deps.telemetry.shardEnded(this.shardId);
    return 'endStored';
  }

  private async restart(): Promise<ShardEvent> {
    const { clock, random, telemetry } = this.deps;
    telemetry.shardRestarted(this.shardId);
    await this.alive.over();
    this.session = null;
    const at = this.held.lease.checkpoint.sequenceNumber;
    this.restarts = { at, count: at === this.restarts.at ? this.restarts.count + 1 : 1 };
    this.interrupts.restarted();
    await clock.sleep(backoffMs(this.restarts.count, FAILURE_BACKOFF, random), this.interrupts.signal);
    return 'restarted';
  }

  private async handOver(): Promise<ShardEvent> {
    await this.alive.shutdownRequested();
    return this.held.isValid() ? 'handedOver' : 'leaseLost';
  }

  private async release(): Promise<ShardEvent> {
    await this.held.release();
    return 'released';
  }

  private async close(): Promise<ShardEvent> {
    await this.session?.over();
    return 'closed';
  }

  private async stayStopped(): Promise<ShardEvent> {
    this.interrupts.restarted(); // a restart that was asked for comes too late
    const { signal } = this.interrupts;
    while (this.interrupts.current() === null) await this.deps.clock.sleep(3_600_000, signal);
    return this.held.isValid() ? 'stopRequested' : 'leaseLost';
  }

  /** The processor's life, in the states that have one. */
  private get alive(): ShardSession {
    if (this.session === null) throw new Error(`${this.shardId} has no processor while ${this.state}`);
    return this.session;
  }

  private readonly onNoAnswer = (error: unknown): void => this.deps.telemetry.dependencyFailed(this.shardId, error);
}
