/**
 * The record processors of simulated processes: one that checkpoints plainly, and one that commits in two phases, as the S3
 * sink does. They work as applications do: slowly at times, with failures, with timers of their own that checkpoint beside
 * the callbacks; and they try at times what must be refused.
 */
import { SHARD_END, type Checkpoint } from '../../kinesis-client/leases/lease';
import { CheckpointError, type Checkpointer } from '../../kinesis-client/shards/checkpointer';
import type { ClientRecord } from '../../kinesis-client/shards/client-record';
import type {
  CheckpointerInput,
  InitializeInput,
  ProcessRecordsInput,
  RecordProcessorV2,
} from '../../kinesis-client/shards/record-processor';
import type { Random } from '../../runtime/random';
import type { VirtualProcessClock } from '../../runtime/virtual-clock';
import type { Chronicle } from './chronicle';
import type { Outlet } from './outlet';

export interface ProcessorOptions {
  readonly shardId: string;
  readonly process: string;
  readonly time: VirtualProcessClock;
  readonly random: Random;
  readonly chronicle: Chronicle;
  /** What is slow is measured by it. */
  readonly leaseDurationMs: number;
  /** In the calm nothing fails, and every batch is checkpointed. */
  readonly isCalm: () => boolean;
}

const END: Checkpoint = { sequenceNumber: SHARD_END, subSequenceNumber: 0 };
/** The longest that a callback works, in lease durations. */
const SLOW_MAX = 3;

/** What both have in common. */
abstract class Worked {
  private life = new AbortController();

  constructor(protected readonly options: ProcessorOptions) {}

  protected happens(chance: number): boolean {
    return !this.options.isCalm() && this.options.random.next() < chance;
  }

  protected async work(): Promise<void> {
    const { time, random, leaseDurationMs } = this.options;
    await time.sleep(random.integer(leaseDurationMs * (this.happens(0.02) ? SLOW_MAX : 0.07)));
  }

  /** A failure that heals: the batch comes again. */
  protected mayFail(): void {
    if (this.happens(0.06)) throw new Error('a processor fails, as they do');
  }

  /** Runs it again and again, at odd moments, until the life is over. */
  protected async beside(run: () => Promise<void>): Promise<void> {
    const { time, random, leaseDurationMs } = this.options;
    const { signal } = this.life;
    while (!signal.aborted) {
      await time.sleep(leaseDurationMs * (0.05 + 0.5 * random.next()), signal);
      if (!signal.aborted) await this.expecting(['ShutdownException', 'InvalidStateException'], run);
    }
  }

  protected end(): void {
    this.life.abort();
  }

  /** Any other refusal is a bug, of the client or of this processor. */
  protected async expecting(names: readonly string[], run: () => Promise<unknown>): Promise<void> {
    const { chronicle, process } = this.options;
    try {
      await run();
    } catch (error) {
      if (error instanceof CheckpointError && names.includes(error.name)) return;
      chronicle.note({ kind: 'failed', what: 'fatal', process, message: `a checkpoint is refused: ${String(error)}` });
    }
  }

  /** Long after its end: nothing may come of it, also when the same lease goes on with another life. */
  protected async comeTooLate(checkpointer: Checkpointer | null): Promise<void> {
    if (checkpointer === null || !this.happens(0.5)) return;
    const { time, random, leaseDurationMs } = this.options;
    await time.sleep(random.integer(leaseDurationMs));
    await this.expecting(['ShutdownException'], () => checkpointer.checkpoint());
  }
}

export class PlainProcessor extends Worked implements RecordProcessorV2 {
  private checkpointer: Checkpointer | null = null;
  /** Of the last record that was dealt with. */
  private done: Checkpoint | null = null;

  async initialize({ checkpointer }: InitializeInput): Promise<void> {
    this.checkpointer = checkpointer;
    await this.work();
    this.mayFail();
    void this.beside(() => this.checkpoint());
  }

  async processRecords({ records, checkpointer }: ProcessRecordsInput): Promise<void> {
    await this.work();
    this.mayFail();
    this.done = positionOf(records.at(-1) as ClientRecord);
    if (this.happens(0.03)) return checkpointer.restartFromCheckpoint();
    if (this.options.isCalm() || this.happens(0.3)) await this.checkpoint();
  }

  async shardEnded({ checkpointer }: CheckpointerInput): Promise<void> {
    await this.work();
    if (this.happens(0.2)) return; // forgotten: it is called again
    this.done = null;
    await this.expecting(['ShutdownException', 'InvalidStateException'], () => checkpointer.checkpoint());
  }

  async shutdownRequested(): Promise<void> {
    await this.checkpoint();
  }

  async leaseLost(): Promise<void> {
    this.end();
    void this.comeTooLate(this.checkpointer);
  }

  private async checkpoint(): Promise<void> {
    const { done } = this;
    if (done === null) return;
    await this.expecting(['ShutdownException', 'InvalidStateException'], async () =>
      this.checkpointer?.checkpoint(done.sequenceNumber, done.subSequenceNumber),
    );
  }
}

export class TwoPhaseProcessor extends Worked implements RecordProcessorV2 {
  readonly pending = true;
  private checkpointer: Checkpointer | null = null;
  private from: Checkpoint = END;
  private batch: ClientRecord[] = [];
  /** Commits follow each other; settles when the last one has ended. */
  private committing: Promise<void> = Promise.resolve();

  constructor(
    options: ProcessorOptions,
    private readonly outlet: Outlet,
  ) {
    super(options);
  }

  async initialize({ checkpointer, pending, ...checkpoint }: InitializeInput): Promise<void> {
    this.checkpointer = checkpointer;
    this.from = positionOf(pending ?? checkpoint);
    if (pending !== undefined) {
      await this.complete(pending.state);
      this.mayFail();
      await pending.commit();
      if (this.from.sequenceNumber === SHARD_END) return;
    } else this.mayFail();
    void this.beside(() => this.commit());
  }

  async processRecords({ records, checkpointer }: ProcessRecordsInput): Promise<void> {
    await this.work();
    this.mayFail();
    this.batch.push(...records);
    if (this.happens(0.03)) return checkpointer.restartFromCheckpoint(); // an upload failed
    if (this.options.isCalm() || this.happens(0.4)) await this.commit();
  }

  async shardEnded(): Promise<void> {
    if (this.happens(0.2)) return;
    await this.commit(END);
  }

  async shutdownRequested(): Promise<void> {
    if (!this.happens(0.2)) await this.commit();
  }

  async leaseLost(): Promise<void> {
    this.end();
    this.batch = [];
    void this.comeTooLate(this.checkpointer);
  }

  private commit(at?: Checkpoint): Promise<void> {
    const before = this.committing;
    this.committing = before.then(() => this.expecting(['ShutdownException'], () => this.commitNow(at)));
    return this.committing;
  }

  private async commitNow(at?: Checkpoint): Promise<void> {
    const last = this.batch.at(-1);
    const checkpointer = this.checkpointer as Checkpointer;
    const to = at ?? (last === undefined ? undefined : positionOf(last));
    if (to === undefined || checkpointer.ended.aborted) return;
    const { shardId, random } = this.options;
    const outputs = this.batch.flatMap(({ bytes }) => (bytes.length > 0 ? [bytes.toString()] : []));
    const { from } = this;
    this.batch = [];
    this.from = to;
    // Nothing came of these records: there is nothing to make visible.
    if (outputs.length === 0) return void (await checkpointer.checkpoint(to.sequenceNumber, to.subSequenceNumber));
    const state = this.outlet.upload(shardId, from, to, outputs);
    await this.work();
    const prepared = await checkpointer.prepareCheckpoint(to.sequenceNumber, to.subSequenceNumber, state);
    if (this.happens(0.2))
      await this.expecting(['InvalidStateException', 'ShutdownException'], () => checkpointer.checkpoint());
    await this.complete(state);
    if (random.next() < 0.1) await this.complete(state); // an answer was lost
    await prepared.commit();
  }

  /** Until the lease is gone: what was prepared is then the next owner's. */
  private async complete(state: Uint8Array): Promise<void> {
    await this.work();
    this.outlet.complete(state);
    await this.work();
  }
}

const positionOf = ({ sequenceNumber, subSequenceNumber }: Checkpoint): Checkpoint => ({
  sequenceNumber,
  subSequenceNumber,
});
