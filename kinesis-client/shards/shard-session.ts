/**
 * One life of a record processor on one shard: from `initialize` to `leaseLost` or `shardEnded`. It knows which
 * callback comes with what and what must hold after it; the shard consumer knows when.
 */
import type { Clock } from '../../runtime/clock';
import type { HeldLease } from '../leases/held-lease';
import { isFinished, SHARD_END, type Lease } from '../leases/lease';
import { AutomaticCheckpoint } from './automatic-checkpoint';
import { CheckpointError } from './checkpointer';
import { SHARD_END_RETRY_MS, type ChildrenMaker } from './children-maker';
import type { ShardSettings } from './config';
import { deliverBatch, type Batch } from './deliver-batch';
import { hashRangeFilter } from './hash-range-filter';
import { keepTrying, type KeepTryingDeps } from './keep-trying';
import { onSlowCallback } from './on-slow-callback';
import { openRecords, type OpenOptions } from './open-records';
import { ProcessorCalls } from './processor-calls';
import { StopShard, type PendingCheckpoint, type RecordProcessor } from './record-processor';
import { ShardCheckpointer } from './shard-checkpointer';
import type { Interruption } from './shard-interrupts';
import type { StreamRecord } from './stream';
import type { Callback, ShardsTelemetry } from './telemetry';

export interface ShardSessionDeps extends KeepTryingDeps {
  readonly held: HeldLease;
  readonly childrenMaker: ChildrenMaker;
  readonly settings: ShardSettings;
  /** Ends the process: a callback takes too long, and the action is crash. */
  readonly onFatal: (error: unknown) => void;
  /** Called after each batch that was dealt with: an answer may be many. */
  readonly onBatchEnded: () => void;
  readonly clock: Clock;
  readonly telemetry: ShardsTelemetry;
}

/** backoffMs gives at least half of it. */
const SHARD_END_BACKOFF = { minMs: 2 * SHARD_END_RETRY_MS, maxMs: 2 * SHARD_END_RETRY_MS };

export class ShardSession {
  readonly checkpointer: ShardCheckpointer;
  private readonly shardId: string;
  private readonly calls: ProcessorCalls;
  private readonly opening: OpenOptions;
  private readonly automatic: AutomaticCheckpoint;
  /** `initialize` succeeded: the processor will hear the end of its life. */
  private initialised = false;
  /** `shardEnded` was called: it is the last callback if the end is stored, whenever that is. */
  private heardEnd = false;

  /** @throws TypeError for an object that is no record processor */
  constructor(
    processor: RecordProcessor,
    private readonly deps: ShardSessionDeps,
  ) {
    const { held, telemetry, interrupts, settings } = deps;
    this.shardId = held.leaseKey;
    this.opening = {
      filter: settings.aggregateFilter,
      isInside: hashRangeFilter(held.lease.hashRange),
      recordsMax: settings.processRecordsMax,
    };
    const onSlow = onSlowCallback({ ...deps, ...settings });
    this.calls = new ProcessorCalls(processor, this.shardId, { ...deps, ...settings, onSlow });
    const ignoresPending = this.calls.pending === 'ignores';
    this.checkpointer = new ShardCheckpointer({ held, telemetry, ignoresPending, onRestart: interrupts.restartOnce() });
    const { checkpointer } = this;
    this.automatic = new AutomaticCheckpoint({ ...deps, checkpointer, intervalMs: settings.checkpointIntervalMs });
  }

  /** Null when the processor is ready to read on; what was pending is committed then. @throws StopShard */
  async initialize(): Promise<Interruption | null> {
    const { held } = this.deps;
    const { checkpoint } = held.lease;
    const pending = this.calls.pending === 'ignores' ? undefined : held.lease.pending;
    if (pending !== undefined && this.calls.pending === 'refuses')
      throw new StopShard('the row holds a pending checkpoint, and the processor does not declare pending: true');
    const recovery = pending === undefined ? {} : { pending: this.recoveryOf(pending) };
    const { shardId, checkpointer } = this;
    const run = async (): Promise<void> => {
      await this.calls.initialize({ shardId, ...checkpoint, checkpointer, ...recovery });
      await checkpointer.idle();
      if (this.calls.pending !== 'ignores' && held.lease.pending !== undefined)
        throw new Error('initialize left the pending checkpoint uncommitted');
    };
    const interruption = await keepTrying(run, this.againAfter('initialize'), this.deps);
    if (interruption !== null) return interruption;
    // A processor that committed the end of the shard has nothing more to hear.
    this.initialised = !isFinished(held.lease);
    checkpointer.deliver(held.lease.checkpoint);
    return null;
  }

  /** Null when the records are dealt with. What was checkpointed or delivered before is dropped. @throws StopShard */
  async deliver(records: readonly StreamRecord[], millisBehindLatest: number): Promise<Interruption | null> {
    const { shardId, calls, checkpointer, deps } = this;
    const deliverOne = (batch: Batch) => deliverBatch(batch, { ...deps, shardId, calls, checkpointer });
    let isCalled = false;
    for (const opened of openRecords(records, checkpointer.deliveredUpTo, this.opening)) {
      deps.telemetry.recordsOpened(shardId, opened);
      if (opened.upTo === null) continue; // all of it was done before
      isCalled = true;
      this.automatic.batchBegins();
      const givenUp = await deliverOne({ records: opened.records, upTo: opened.upTo, millisBehindLatest });
      if (givenUp !== null) return givenUp;
      deps.onBatchEnded();
      await this.automatic.batchEnded();
      const interruption = deps.interrupts.current(); // there may be more batches
      if (interruption !== null) return interruption;
    }
    const nothing = { records: [], upTo: checkpointer.deliveredUpTo, millisBehindLatest };
    const givenUp = isCalled ? null : await deliverOne(nothing);
    await this.automatic.batchEnded();
    return givenUp;
  }

  /** Calls `shardEnded` until the end is stored (null). The children's rows exist already. @throws StopShard */
  async endShard(): Promise<Interruption | null> {
    const { held } = this.deps;
    this.checkpointer.reachEnd();
    const run = async (): Promise<void> => {
      if (isFinished(held.lease)) return; // stored since the last try, by a timer of the processor
      this.heardEnd = true;
      await this.calls.shardEnded(this.checkpointer);
      await this.checkpointer.idle();
      if (!isFinished(held.lease)) throw new Error('shardEnded returned without a checkpoint');
    };
    const interruption = await keepTrying(run, this.againAfter('shardEnded'), this.deps, SHARD_END_BACKOFF);
    return isFinished(held.lease) ? null : interruption;
  }

  async shutdownRequested(): Promise<void> {
    await this.once('shutdownRequested', () => this.calls.shutdownRequested({ checkpointer: this.checkpointer }));
    await this.automatic.beforeLetGo();
  }

  /** Ends this life: nothing can be checkpointed any more; `leaseLost` unless it ended already. A write in flight is awaited. */
  async over(): Promise<void> {
    this.checkpointer.close();
    await this.checkpointer.idle();
    const heardLast = this.heardEnd && isFinished(this.deps.held.lease);
    if (this.initialised && !heardLast) await this.once('leaseLost', () => this.calls.leaseLost());
  }

  /** A pending end needs the children's rows first: the owner that prepared it may have died before they were made. */
  private recoveryOf({ checkpoint, state }: NonNullable<Lease['pending']>): PendingCheckpoint {
    const { held, childrenMaker } = this.deps;
    const commit = async (): Promise<void> => {
      if (held.lease.pending === undefined) return;
      const event = checkpoint.sequenceNumber === SHARD_END ? await childrenMaker.makeListed() : null;
      if (event !== null) throw new CheckpointError('ShutdownException', `the shard is given up: ${event}`);
      await this.checkpointer.commit();
    };
    return { ...checkpoint, state: Buffer.from(state ?? []), commit };
  }

  private againAfter(callback: Callback): (error: unknown, attempt: number) => 'again' | 'give-up' {
    return (error, attempt) => {
      this.deps.telemetry.callbackFailed(this.shardId, callback, attempt, error);
      return isFinished(this.deps.held.lease) ? 'give-up' : 'again';
    };
  }

  /** Runs a callback that has one chance: a failure is reported and changes nothing. */
  private async once(callback: Callback, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.deps.telemetry.callbackFailed(this.shardId, callback, 1, error);
    }
  }
}
