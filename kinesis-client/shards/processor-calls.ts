/**
 * Calls the record processor of an application: both versions of the interface, callbacks and promises, and a watch on
 * calls that do not return. The shard consumer decides when; here is only how.
 */
import type { Clock } from '../../runtime/clock';
import type { Checkpointer } from './checkpointer';
import {
  versionOf,
  type CheckpointerInput,
  type Done,
  type InitializeInput,
  type ProcessRecordsInput,
  type RecordProcessor,
} from './record-processor';
import type { Callback, ShardsTelemetry } from './telemetry';

export interface ProcessorCallsDeps {
  readonly clock: Clock;
  readonly telemetry: Pick<ShardsTelemetry, 'callbackEnded' | 'callbackFailed' | 'callbackSlow'>;
  /** A call that takes longer is reported, once. */
  readonly callbackSlowMs: number;
  /** Called then, while the call is still running. */
  readonly onSlow: (callback: Callback) => void;
}

type Method = (this: RecordProcessor, input: object, done: Done) => unknown;

/** Every method settles when the callback is over, and rejects with whatever it threw. */
export class ProcessorCalls {
  private readonly version: 1 | 2;

  /** @throws TypeError for an object that lacks a callback. */
  constructor(
    private readonly processor: RecordProcessor,
    private readonly shardId: string,
    private readonly deps: ProcessorCallsDeps,
  ) {
    this.version = versionOf(processor);
  }

  /** What the processor does with a pending checkpoint. */
  get pending(): 'commits' | 'ignores' | 'refuses' {
    const { pending } = this.processor;
    return pending === true ? 'commits' : pending === 'ignore' ? 'ignores' : 'refuses';
  }

  /** `aws-kcl` gives no checkpointer here: ours is there and does not show when the input is printed or copied. */
  initialize({ checkpointer, ...input }: InitializeInput): Promise<void> {
    return this.call('initialize', Object.defineProperty(input, 'checkpointer', { value: checkpointer }));
  }

  processRecords(input: ProcessRecordsInput): Promise<void> {
    return this.call('processRecords', input);
  }

  leaseLost(): Promise<void> {
    return this.version === 1 ? this.call('shutdown', { reason: 'ZOMBIE' }) : this.call('leaseLost', {});
  }

  shardEnded(checkpointer: Checkpointer): Promise<void> {
    return this.version === 1
      ? this.call('shutdown', { reason: 'TERMINATE', checkpointer })
      : this.call('shardEnded', { checkpointer });
  }

  async shutdownRequested(input: CheckpointerInput): Promise<void> {
    if (this.method('shutdownRequested') !== undefined) await this.call('shutdownRequested', input);
  }

  private method(callback: Callback): Method | undefined {
    return (this.processor as unknown as Partial<Record<Callback, Method>>)[callback];
  }

  private async call(callback: Callback, input: object): Promise<void> {
    const { clock, telemetry } = this.deps;
    const over = new AbortController();
    const startMs = clock.monotonicMs();
    void this.watch(callback, over.signal);
    try {
      await this.untilOver(callback, input);
    } finally {
      over.abort();
      telemetry.callbackEnded(callback, clock.monotonicMs() - startMs);
    }
  }

  /**
   * A method that declares `done` is over when it calls that; any other when what it returns resolves, or at `done` if
   * it found that all the same. A throw counts also after `done`, so that a second `done` does not pass unheard.
   */
  private async untilOver(callback: Callback, input: object): Promise<void> {
    const method = this.method(callback) as Method;
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let isOver = false;
    const done: Done = () => {
      if (isOver) throw new Error(`${callback} of ${this.shardId} called done twice`);
      isOver = true;
      finish();
    };
    const returned = Promise.resolve(method.call(this.processor, input, done));
    returned.catch((error: unknown) => {
      if (isOver) this.deps.telemetry.callbackFailed(this.shardId, callback, 1, error);
    });
    await Promise.race([finished, method.length < 2 ? returned : returned.then(() => finished)]);
  }

  private async watch(callback: Callback, over: AbortSignal): Promise<void> {
    const { clock, telemetry, callbackSlowMs, onSlow } = this.deps;
    await clock.sleep(callbackSlowMs, over);
    if (over.aborted) return;
    telemetry.callbackSlow(this.shardId, callback, callbackSlowMs);
    onSlow(callback);
  }
}
