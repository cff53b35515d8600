/**
 * A record processor as it is, with all that it hears and asks for written down. It speaks version 2 of the interface, with
 * promises. The simulation puts it around every processor; the invariants know nothing of what is inside.
 */
import { SHARD_END, type Checkpoint } from '../../kinesis-client/leases/lease';
import type { Checkpointer, PreparedCheckpoint } from '../../kinesis-client/shards/checkpointer';
import { CheckpointError } from '../../kinesis-client/shards/checkpointer';
import type {
  CheckpointerInput,
  InitializeInput,
  PendingCheckpoint,
  RecordProcessorV2,
} from '../../kinesis-client/shards/record-processor';
import type { Chronicle } from './chronicle';
import type { Callback, Request } from './events';

export interface ObservedProcessorOptions {
  readonly chronicle: Chronicle;
  readonly process: string;
  readonly shardId: string;
  /** Unique in the world. */
  readonly life: number;
  /** The position from which a prepared batch starts, told from its bytes. */
  readonly startOf: (state: Uint8Array) => Checkpoint | undefined;
}

const done = (): void => undefined;

export function observedProcessor(inner: RecordProcessorV2, options: ObservedProcessorOptions): RecordProcessorV2 {
  const { chronicle, process, shardId, life } = options;
  let checkpointer: ObservedCheckpointer | null = null;

  const observed = async (callback: Callback, records: readonly Checkpoint[], run: () => unknown): Promise<void> => {
    chronicle.note({ kind: 'called', life, callback, ...(records.length > 0 ? { records } : {}) });
    try {
      await run();
      chronicle.note({ kind: 'returned', life, callback, failed: false });
    } catch (error) {
      chronicle.note({ kind: 'returned', life, callback, failed: true });
      throw error;
    }
  };
  const begin = ({
    sequenceNumber,
    subSequenceNumber,
    pending,
    checkpointer: given,
  }: InitializeInput): ObservedCheckpointer => {
    chronicle.note({
      ...{ kind: 'lifeBegan', life, process, shardId },
      checkpoint: { sequenceNumber, subSequenceNumber },
      ...(pending === undefined ? {} : { pending: { checkpoint: positionOf(pending), state: pending.state } }),
    });
    given.ended.addEventListener('abort', () => chronicle.note({ kind: 'told', life }), { once: true });
    return new ObservedCheckpointer(given, options);
  };
  const withCheckpointer = <T extends CheckpointerInput>(input: T): T => ({ ...input, checkpointer });

  return {
    pending: inner.pending,
    initialize: async (input) => {
      const own = (checkpointer ??= begin(input));
      const pending = input.pending === undefined ? {} : { pending: own.recovered(input.pending) };
      await observed('initialize', [], () => inner.initialize({ ...withCheckpointer(input), ...pending }, done));
    },
    processRecords: async (input) => {
      const records = input.records.map(positionOf);
      await observed('processRecords', records, () => inner.processRecords(withCheckpointer(input), done));
    },
    shutdownRequested: async (input) => {
      await observed('shutdownRequested', [], () => inner.shutdownRequested?.(withCheckpointer(input), done));
    },
    shardEnded: async (input) => {
      await observed('shardEnded', [], () => inner.shardEnded(withCheckpointer(input), done));
    },
    leaseLost: async (input) => {
      await observed('leaseLost', [], () => inner.leaseLost(input, done));
    },
  };
}

const positionOf = ({ sequenceNumber, subSequenceNumber }: Checkpoint): Checkpoint => ({
  sequenceNumber,
  subSequenceNumber,
});

/** Promises only: the callbacks of `aws-kcl` have tests of their own. */
class ObservedCheckpointer implements Checkpointer {
  constructor(
    private readonly inner: Checkpointer,
    private readonly options: ObservedProcessorOptions,
  ) {}

  get ended(): AbortSignal {
    return this.inner.ended;
  }

  checkpoint(...given: unknown[]): Promise<string> {
    const [sequenceNumber = null, subSequenceNumber = 0] = given as [(string | null)?, number?];
    const to = this.meant(sequenceNumber, subSequenceNumber);
    return this.observed({ kind: 'checkpoint', to }, () => this.inner.checkpoint(sequenceNumber, subSequenceNumber));
  }

  async prepareCheckpoint(...given: unknown[]): Promise<PreparedCheckpoint> {
    const [sequenceNumber, subSequenceNumber, state] = given as [string, number, Uint8Array];
    const to = { sequenceNumber, subSequenceNumber };
    const request: Request = { kind: 'prepare', to, state, from: this.options.startOf(state) };
    const prepared = await this.observed(request, () =>
      this.inner.prepareCheckpoint(sequenceNumber, subSequenceNumber, state),
    );
    return { ...to, commit: () => this.observed({ kind: 'commit', to }, () => prepared.commit()) };
  }

  restartFromCheckpoint(): void {
    this.options.chronicle.count('restart asked');
    this.inner.restartFromCheckpoint();
  }

  recovered(pending: PendingCheckpoint): PendingCheckpoint {
    const to = positionOf(pending);
    return { ...pending, commit: () => this.observed({ kind: 'commit', to }, () => pending.commit()) };
  }

  /** What a plain checkpoint will store: the greatest delivered record without a position, the end in `shardEnded`. */
  private meant(sequenceNumber: string | null, subSequenceNumber: number): Checkpoint {
    const { facts } = this.options.chronicle;
    const { atEnd, got, start, shardId, startsAt } = facts.lives.get(this.options.life);
    const delivered = got > start ? (facts.shard(shardId).positions[got - 1] as Checkpoint) : startsAt;
    const asked = sequenceNumber === null ? delivered : { sequenceNumber, subSequenceNumber };
    const isLast =
      asked.sequenceNumber === delivered.sequenceNumber && asked.subSequenceNumber === delivered.subSequenceNumber;
    return atEnd && isLast ? { sequenceNumber: SHARD_END, subSequenceNumber: 0 } : asked;
  }

  private async observed<T>(request: Request, run: () => Promise<T>): Promise<T> {
    const { chronicle, life } = this.options;
    chronicle.note({ kind: 'asked', life, request });
    try {
      const answer = await run();
      chronicle.note({ kind: 'answered', life, request, error: null });
      return answer;
    } catch (error) {
      chronicle.note({
        kind: 'answered',
        life,
        request,
        error: error instanceof CheckpointError ? error.name : String(error),
      });
      throw error;
    }
  }
}
