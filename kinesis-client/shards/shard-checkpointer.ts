/**
 * The checkpointer of one life of a record processor: rules on what may be asked (checkpoint-range.ts) and passes it to
 * the held lease, one at a time. The shard consumer makes it, tells it what was delivered, and closes it.
 */
import { isUint8Array } from 'node:util/types';
import { messageOf } from '../../runtime/errors';
import { isFinished, type Checkpoint } from '../leases/lease';
import type { HeldLease } from '../leases/held-lease';
import { askCheckpoint, IN_PROGRESS, requestOf } from './ask-checkpoint';
import { ruleCheckpoint, type CheckpointRequest } from './checkpoint-range';
import { CheckpointError, type CheckpointCallback, type Checkpointer, type PreparedCheckpoint } from './checkpointer';
import type { ShardsTelemetry } from './telemetry';

export interface ShardCheckpointerDeps {
  readonly held: HeldLease;
  readonly telemetry: ShardsTelemetry;
  /** The processor's `pending: 'ignore'`: what is pending in the row neither blocks nor survives a checkpoint. */
  readonly ignoresPending: boolean;
  /** Called once, when the processor asks to start again. */
  readonly onRestart: () => void;
}

type Kind = 'checkpoint' | 'prepare' | 'commit';

export class ShardCheckpointer implements Checkpointer {
  readonly ended: AbortSignal;
  private readonly closing = new AbortController();
  private delivered: Checkpoint;
  private atEnd = false;
  private inFlight: Promise<unknown> | null = null;
  /** How many checkpoints and prepares were written: where pending ones are ignored, the next one clears the one before. */
  private moves = 0;

  constructor(private readonly deps: ShardCheckpointerDeps) {
    this.delivered = deps.held.lease.checkpoint;
    this.ended = AbortSignal.any([this.closing.signal, deps.held.lost, deps.held.releaseRequested]);
  }

  /** The greatest record that the processor has got; the checkpoint when it has got none. */
  get deliveredUpTo(): Checkpoint {
    return this.delivered;
  }

  /** Called before the records up to there are handed over: they may be checkpointed from then on. */
  deliver(upTo: Checkpoint): void {
    this.delivered = upTo;
  }

  /** Every record was delivered and the children exist: from now on the end may be checkpointed. */
  reachEnd(): void {
    this.atEnd = true;
  }

  /** Nothing is accepted any more. A write in flight goes on: see `idle`. */
  close(): void {
    this.closing.abort();
  }

  /** Resolves when no write is in flight. */
  async idle(): Promise<void> {
    while (this.inFlight !== null) await this.inFlight;
  }

  checkpoint(): Promise<string>;
  checkpoint(sequenceNumber: string | null | undefined, subSequenceNumber?: number): Promise<string>;
  checkpoint(callback: CheckpointCallback): void;
  checkpoint(sequenceNumber: string | null | undefined, callback: CheckpointCallback): void;
  checkpoint(sequenceNumber: string | null | undefined, subSequenceNumber: number, callback: CheckpointCallback): void;
  checkpoint(...given: unknown[]): Promise<string> | void {
    return askCheckpoint(given, this.inFlight !== null, (request) => this.store(request));
  }

  prepareCheckpoint(sequenceNumber: string, subSequenceNumber: number, state?: Uint8Array): Promise<PreparedCheckpoint>;
  prepareCheckpoint(sequenceNumber: string, state?: Uint8Array): Promise<PreparedCheckpoint>;
  prepareCheckpoint(state?: Uint8Array): Promise<PreparedCheckpoint>;
  async prepareCheckpoint(...given: unknown[]): Promise<PreparedCheckpoint> {
    const { held, ignoresPending } = this.deps;
    const state = given.find(isUint8Array) ?? new Uint8Array();
    const position = given.filter((one) => one !== state);
    // Callers may be JavaScript: a state that is no bytes must not get lost.
    if (position.slice(2).some((one) => one != null))
      throw this.refusal('prepare', 'IllegalArgumentException', 'the state must be a Uint8Array or a Buffer');
    // A commit of the last batch may be on its way when the shard ends: its state says where the batch ends, and so must the row.
    const to = this.rule('prepare', { ...requestOf(position), isExact: true });
    if (to === null) return { ...held.lease.checkpoint, commit: () => Promise.resolve() };
    await this.write('prepare', () => held.prepare(to, state, ignoresPending));
    const { moves } = this;
    let committed = false;
    const commit = async (): Promise<void> => {
      if (committed) return;
      if (this.moves > moves)
        throw this.refusal('commit', 'InvalidStateException', 'a later checkpoint cleared what was prepared');
      await this.commit();
      committed = true;
    };
    return { ...to, commit };
  }

  /** Commits what is pending in the row. */
  async commit(): Promise<void> {
    await this.write('commit', () => this.deps.held.commit());
  }

  restartFromCheckpoint(): void {
    if (this.ended.aborted || isFinished(this.deps.held.lease)) return;
    this.close();
    this.deps.onRestart();
  }

  private async store(request: CheckpointRequest): Promise<string> {
    const { held, ignoresPending } = this.deps;
    const to = this.rule('checkpoint', request);
    if (to !== null) await this.write('checkpoint', () => held.checkpoint(to, ignoresPending));
    return held.lease.checkpoint.sequenceNumber;
  }

  /** What to write, or null when it is stored already. @throws CheckpointError */
  private rule(kind: Kind, request: CheckpointRequest): Checkpoint | null {
    this.mustBeOpen(kind);
    const { held, ignoresPending } = this.deps;
    const { lease } = held;
    if (lease.pending !== undefined && !ignoresPending)
      throw this.refusal(kind, 'InvalidStateException', 'a prepared checkpoint waits for its commit');
    const ruled = ruleCheckpoint(request, { last: lease.checkpoint, delivered: this.delivered, atEnd: this.atEnd });
    if (ruled.kind === 'refused') throw this.refusal(kind, 'IllegalArgumentException', ruled.reason);
    return ruled.kind === 'write' ? ruled.to : null;
  }

  private async write(kind: Kind, run: () => Promise<'written' | 'lost'>): Promise<void> {
    this.mustBeOpen(kind);
    const writing = run();
    this.inFlight = writing.then(
      () => undefined,
      () => undefined, // told below to whoever asked for the write
    );
    let outcome: 'written' | 'lost';
    try {
      outcome = await writing;
    } catch (error) {
      this.deps.telemetry.checkpointed(kind, 'failed');
      throw new CheckpointError('KinesisClientLibDependencyException', messageOf(error), { cause: error });
    } finally {
      this.inFlight = null;
    }
    this.deps.telemetry.checkpointed(kind, outcome);
    if (kind !== 'commit') this.moves++;
    if (outcome === 'lost') throw new CheckpointError('ShutdownException', 'the lease is not held any more');
  }

  private mustBeOpen(kind: Kind): void {
    if (this.inFlight !== null) throw this.refusal(kind, 'InvalidStateException', IN_PROGRESS);
    if (this.ended.aborted || !this.deps.held.isValid())
      throw this.refusal(kind, 'ShutdownException', 'the lease is not held any more');
  }

  private refusal(
    kind: Kind,
    name: 'InvalidStateException' | 'IllegalArgumentException' | 'ShutdownException',
    message: string,
  ): CheckpointError {
    this.deps.telemetry.checkpointed(kind, 'refused');
    return new CheckpointError(name, message);
  }
}
