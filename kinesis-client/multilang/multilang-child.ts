/**
 * The child of the MultiLangDaemon for one shard: hears its actions, calls the record processor, says when a call is over.
 * Strict turns: the daemon sends one action and then waits; in between only checkpoints go to and fro. Anything else, and any
 * failure of a callback, ends it: the daemon is meant to notice, and does.
 */
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../runtime/clock';
import { FlotillaError, messageOf } from '../../runtime/errors';
import { ProcessorCalls } from '../shards/processor-calls';
import type { ProcessRecordsInput, RecordProcessor } from '../shards/record-processor';
import { DaemonCheckpointer } from './daemon-checkpointer';
import { parseDaemonMessage, statusMessage, type DaemonAction } from './daemon-message';
import { MessageOutput } from './message-output';
import { splitLines } from './split-lines';
import type { MultiLangTelemetry } from './telemetry';

/** A callback that takes longer is reported; what the daemon does then is its setting timeoutInSeconds. */
const CALLBACK_SLOW_MS = 60_000;

export interface MultiLangChildDeps {
  readonly input: Readable;
  readonly output: Writable;
  readonly clock: Clock;
  readonly telemetry: MultiLangTelemetry;
}

export class MultiLangChild {
  private readonly output: MessageOutput;
  private readonly checkpointer: DaemonCheckpointer;
  /** The life of the processor: it hears nothing before `initialize`, and nothing after its last callback. */
  private life: 'before' | 'during' | 'after' = 'before';
  private running: DaemonAction['action'] | null = null;
  private calls: ProcessorCalls;
  private readonly stopping = new AbortController();
  private fail: (error: unknown) => void = () => undefined;

  /** @throws TypeError for what is no record processor; Error for one that needs more than the daemon can do. */
  constructor(
    private readonly processor: RecordProcessor,
    private readonly deps: MultiLangChildDeps,
  ) {
    this.calls = this.callsFor('a shard');
    mustSuitDaemon(processor);
    this.output = new MessageOutput(deps.output);
    this.checkpointer = new DaemonCheckpointer((message) => void this.output.send(message).catch(this.failed));
  }

  /** Resolves when the daemon has closed the input, or after `stop`. @throws what ended it sooner; a FlotillaError mostly. */
  async run(): Promise<void> {
    const { input, output } = this.deps;
    const failure = new Promise<never>((_resolve, reject) => {
      this.fail = reject;
    });
    const stopped = new Promise<void>((resolve) => this.stopping.signal.addEventListener('abort', () => resolve()));
    output.on('error', this.failed);
    try {
      await Promise.race([this.readOn(), failure, stopped]);
    } finally {
      this.checkpointer.close('the MultiLangDaemon does not answer any more');
      output.off('error', this.failed);
      input.destroy();
    }
  }

  /** Hears nothing any more. */
  stop(): void {
    this.stopping.abort();
  }

  private async readOn(): Promise<void> {
    for await (const line of splitLines(this.deps.input)) if (line.trim() !== '') this.hear(line);
    if (this.running !== null)
      throw new FlotillaError('FLOTILLA_MULTILANG', `the daemon went away while ${this.running} was running`);
    await this.output.flushed();
  }

  private hear(line: string): void {
    const message = parseDaemonMessage(line);
    if (message.action === 'checkpoint') return this.checkpointer.answered(message);
    if (this.running !== null) throw outOfTurn(message.action, `while ${this.running} was running`);
    this.running = message.action;
    this.take(message).catch(this.failed);
  }

  private async take(message: DaemonAction): Promise<void> {
    const call = this.callFor(message);
    this.checkpointer.beginTurn();
    try {
      await call();
    } catch (error) {
      throw new FlotillaError('FLOTILLA_MULTILANG', `${message.action} failed: ${messageOf(error)}`, { cause: error });
    }
    await this.checkpointer.endTurn();
    if (this.life === 'after') this.checkpointer.close();
    this.running = null;
    await this.output.send(statusMessage(message.action));
  }

  /** What the action means for the processor. @throws FlotillaError for an action that cannot come now. */
  private callFor(message: DaemonAction): () => Promise<void> {
    const { checkpointer } = this;
    const { life } = this;
    switch (message.action) {
      case 'initialize': {
        if (life !== 'before') throw outOfTurn('initialize', 'a second time');
        this.life = 'during';
        this.calls = this.callsFor(message.shardId);
        checkpointer.deliver(message.sequenceNumber);
        const { action: _, ...input } = message;
        return () => this.calls.initialize({ ...input, checkpointer });
      }
      case 'processRecords': {
        this.mustLive(message.action);
        const { action: _, ...input } = message;
        const last = message.records.at(-1);
        if (last !== undefined) checkpointer.deliver(last.sequenceNumber);
        // The daemon may not know how far it is behind, and aws-kcl hands its null on.
        return () => this.calls.processRecords({ ...input, checkpointer } as ProcessRecordsInput);
      }
      case 'shutdownRequested':
        this.mustLive(message.action);
        return () => this.calls.shutdownRequested({ checkpointer });
      case 'leaseLost':
        return this.leaseLost();
      case 'shardEnded':
        return this.shardEnded(message.action);
      case 'shutdown':
        return message.reason === 'ZOMBIE' ? this.leaseLost() : this.shardEnded(message.action);
    }
  }

  /** A processor that was not initialised hears nothing. */
  private leaseLost(): () => Promise<void> {
    const { life } = this;
    this.life = 'after';
    this.checkpointer.close();
    return async () => (life === 'during' ? this.calls.leaseLost() : undefined);
  }

  private shardEnded(action: DaemonAction['action']): () => Promise<void> {
    this.mustLive(action);
    this.life = 'after';
    this.checkpointer.reachEnd();
    return () => this.calls.shardEnded(this.checkpointer);
  }

  private mustLive(action: DaemonAction['action']): void {
    if (this.life !== 'during')
      throw outOfTurn(action, this.life === 'before' ? 'before initialize' : 'after the end of the shard');
  }

  private callsFor(shardId: string): ProcessorCalls {
    const { clock, telemetry } = this.deps;
    const options = { clock, telemetry, callbackSlowMs: CALLBACK_SLOW_MS, onSlow: () => undefined };
    return new ProcessorCalls(this.processor, shardId, options);
  }

  private readonly failed = (error: unknown): void => this.fail(error);
}

/** @throws Error for a processor that commits in two phases. */
export function mustSuitDaemon({ pending }: RecordProcessor): void {
  if (pending === true)
    throw new Error(
      'this record processor commits prepared checkpoints (pending: true), which the MultiLangDaemon cannot carry: run it in the client itself',
    );
}

const outOfTurn = (action: DaemonAction['action'], when: string): FlotillaError =>
  new FlotillaError('FLOTILLA_MULTILANG', `the daemon sent ${action} ${when}`);
