/**
 * The checkpointer under the MultiLangDaemon: asks the daemon and waits for its answer, one at a time. The daemon listens
 * only while it waits for the end of a callback, so what is asked in between (by a timer) is sent with the next one.
 */
import { FlotillaError } from '../../runtime/errors';
import { END, type CheckpointRequest } from '../shards/checkpoint-range';
import { askCheckpoint, IN_PROGRESS } from '../shards/ask-checkpoint';
import {
  CheckpointError,
  type CheckpointCallback,
  type Checkpointer,
  type CheckpointErrorName,
  type PreparedCheckpoint,
} from '../shards/checkpointer';
import { checkpointMessage, type CheckpointAnswer } from './daemon-message';

interface Waiting {
  readonly message: string;
  isSent: boolean;
  answer(answer: CheckpointAnswer): void;
  giveUp(why: string): void;
}

export class DaemonCheckpointer implements Checkpointer {
  private readonly closing = new AbortController();
  readonly ended = this.closing.signal;
  private waiting: Waiting | null = null;
  private settled: Promise<unknown> = Promise.resolve();
  private listens = false;
  private delivered = '';

  /** `send` gets the text of a request. */
  constructor(private readonly send: (message: string) => void) {}

  /** What `checkpoint()` stores: told by what was given to the processor last. */
  deliver(sequenceNumber: string): void {
    this.delivered = sequenceNumber;
  }

  reachEnd(): void {
    this.delivered = END.sequenceNumber;
  }

  /** The daemon waits for the end of a callback from now on. */
  beginTurn(): void {
    this.listens = true;
    this.sendWaiting();
  }

  /** Resolves when nothing waits for an answer; the daemon does not listen any more then. */
  async endTurn(): Promise<void> {
    while (this.waiting !== null) await this.settled;
    this.listens = false;
  }

  /** @throws FlotillaError FLOTILLA_MULTILANG when nothing was asked. */
  answered(answer: CheckpointAnswer): void {
    if (this.waiting === null || !this.waiting.isSent)
      throw new FlotillaError('FLOTILLA_MULTILANG', 'the daemon answered a checkpoint that nobody asked for');
    this.waiting.answer(answer);
  }

  /** Nothing is accepted any more, and what waits fails. */
  close(why = 'the lease is not held any more'): void {
    this.closing.abort();
    this.waiting?.giveUp(why);
  }

  checkpoint(): Promise<string>;
  checkpoint(sequenceNumber: string | null | undefined, subSequenceNumber?: number): Promise<string>;
  checkpoint(callback: CheckpointCallback): void;
  checkpoint(sequenceNumber: string | null | undefined, callback: CheckpointCallback): void;
  checkpoint(sequenceNumber: string | null | undefined, subSequenceNumber: number, callback: CheckpointCallback): void;
  checkpoint(...given: unknown[]): Promise<string> | void {
    return askCheckpoint(given, this.waiting !== null, (request) => this.ask(request));
  }

  /** The protocol of the daemon has no words for it. */
  prepareCheckpoint(): Promise<PreparedCheckpoint> {
    const why =
      'the MultiLangDaemon cannot carry a prepared checkpoint: run this record processor in the client itself';
    return Promise.reject(new CheckpointError('InvalidStateException', why));
  }

  /** @throws CheckpointError always: the daemon cannot start a shard again. */
  restartFromCheckpoint(): void {
    const why = 'the MultiLangDaemon cannot start a shard again: let the process end, it begins at the checkpoint then';
    throw new CheckpointError('InvalidStateException', why);
  }

  private ask({ sequenceNumber, subSequenceNumber }: CheckpointRequest): Promise<string> {
    if (this.ended.aborted)
      return Promise.reject(new CheckpointError('ShutdownException', 'the lease is not held any more'));
    if (this.waiting !== null) return Promise.reject(new CheckpointError('InvalidStateException', IN_PROGRESS));
    const asked = new Promise<string>((resolve, reject) => {
      const over = (settle: () => void): void => {
        this.waiting = null;
        settle();
      };
      this.waiting = {
        message: checkpointMessage(sequenceNumber, subSequenceNumber),
        isSent: false,
        answer: ({ error }) =>
          over(() => (error === null ? resolve(sequenceNumber ?? this.delivered) : reject(refusal(error)))),
        giveUp: (why) => over(() => reject(new CheckpointError('ShutdownException', why))),
      };
    });
    this.settled = asked.then(
      () => undefined,
      () => undefined, // told to whoever asked
    );
    if (this.listens) this.sendWaiting();
    return asked;
  }

  private sendWaiting(): void {
    if (this.waiting === null || this.waiting.isSent) return;
    this.waiting.isSent = true;
    this.send(this.waiting.message);
  }
}

const refusal = (name: string): CheckpointError =>
  new CheckpointError(name as CheckpointErrorName, `the MultiLangDaemon says ${name}`);
