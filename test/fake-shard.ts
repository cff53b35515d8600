/**
 * One shard of a stream and its lease row, in memory: what record processors of this shard see, one owner after the other.
 * The row has the client's rules: each owner is fenced off by the next, prepare wants the checkpoint that it started from
 * and nothing pending, while one is pending nothing else is stored, commit takes what is pending.
 * Every write is appended to `requests`; a test may stand in its way with `before` and `after`.
 */
import {
  CheckpointError,
  type CheckpointErrorName,
  type Checkpointer,
  type ClientRecord,
  type InitializeInput,
  type RecordProcessorV2,
} from '../kinesis-client';

interface Position {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

interface Row {
  checkpoint: Position;
  pending?: Position & { readonly state: Buffer };
  owner: number;
}

export type Hook = (request: string) => Promise<void> | void;

export class FakeShard {
  readonly row: Row = { checkpoint: { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 }, owner: 0 };
  /** Accepted prepares, commits and plain checkpoints, from where to where: they must form one chain. */
  readonly chain: { from: string; to: string }[] = [];
  before: Hook = () => undefined;
  after: Hook = () => undefined;

  constructor(
    readonly records: readonly ClientRecord[],
    /** Shared with the other fakes of the test: the order of effects in one list. */
    readonly requests: string[] = [],
    readonly shardId = 'shardId-000000000000',
  ) {}

  /** The next owner takes the lease. */
  take(): ShardOwner {
    return new ShardOwner(this, ++this.row.owner);
  }

  get isPending(): boolean {
    return this.row.pending !== undefined;
  }
}

/** What the client does for one owner. Each method calls the processor as the client would, in that order. */
export class ShardOwner {
  private readonly ending = new AbortController();
  /** Set when the processor asked to start again. */
  restartRequested = false;
  private delivered: Position;
  private atEnd = false;

  constructor(
    private readonly shard: FakeShard,
    private readonly token: number,
  ) {
    this.delivered = shard.row.checkpoint;
  }

  async initialize(processor: RecordProcessorV2): Promise<void> {
    const { checkpoint, pending } = this.shard.row;
    const input: InitializeInput = {
      shardId: this.shard.shardId,
      ...checkpoint,
      checkpointer: this.checkpointer,
      ...(pending && { pending: { ...pending, commit: () => this.commit(pending) } }),
    };
    await processor.initialize(input, () => undefined);
    this.delivered = this.shard.row.checkpoint;
  }

  /** All records after the stored checkpoint, `size` user records a call; whole Kinesis records always. */
  async deliver(processor: RecordProcessorV2, size = 3): Promise<void> {
    let batch: ClientRecord[] = [];
    const after = this.shard.records.filter((record) => isAfter(record, this.delivered));
    for (const [index, record] of after.entries()) {
      batch.push(record);
      const next = after[index + 1];
      if (next !== undefined && (batch.length < size || next.sequenceNumber === record.sequenceNumber)) continue;
      this.delivered = { sequenceNumber: record.sequenceNumber, subSequenceNumber: record.subSequenceNumber };
      const input = { records: batch, millisBehindLatest: 0, checkpointer: this.checkpointer };
      await processor.processRecords(input, () => undefined);
      batch = [];
    }
  }

  async end(processor: RecordProcessorV2): Promise<void> {
    this.atEnd = true;
    await processor.shardEnded({ checkpointer: this.checkpointer }, () => undefined);
  }

  async stop(processor: RecordProcessorV2): Promise<void> {
    await processor.shutdownRequested?.({ checkpointer: this.checkpointer }, () => undefined);
    await this.lose(processor);
  }

  async lose(processor: RecordProcessorV2): Promise<void> {
    this.ending.abort();
    await processor.leaseLost({}, () => undefined);
  }

  readonly checkpointer: Checkpointer = {
    checkpoint: ((sequenceNumber: string, subSequenceNumber: number) =>
      this.write(`checkpoint ${sequenceNumber}`, () => {
        const to = { sequenceNumber, subSequenceNumber };
        this.mustBeInRange(to);
        this.store(to);
        return sequenceNumber;
      })) as Checkpointer['checkpoint'],

    prepareCheckpoint: (async (sequenceNumber: string, subSequenceNumber: number, state: Uint8Array) => {
      const pending = { sequenceNumber, subSequenceNumber, state: Buffer.from(state) };
      await this.write(`prepare ${sequenceNumber}`, () => {
        this.mustBeInRange(pending);
        this.shard.row.pending = pending;
      });
      return { sequenceNumber, subSequenceNumber, commit: () => this.commit(pending) };
    }) as Checkpointer['prepareCheckpoint'],

    restartFromCheckpoint: () => {
      this.restartRequested = true;
      this.shard.requests.push('restart');
      this.ending.abort();
    },

    ended: this.ending.signal,
  };

  private commit(pending: NonNullable<Row['pending']>): Promise<void> {
    return this.write(`commit ${pending.sequenceNumber}`, () => {
      if (this.shard.row.pending !== pending) throw refusal('InvalidStateException');
      this.shard.row.pending = undefined;
      this.store(pending);
    });
  }

  private async write<T>(request: string, apply: () => T): Promise<T> {
    this.shard.requests.push(request);
    await this.shard.before(request);
    if (this.shard.row.owner !== this.token || this.ending.signal.aborted) throw refusal('ShutdownException');
    const answer = apply();
    await this.shard.after(request);
    return answer;
  }

  private store(to: Position): void {
    const { row, chain } = this.shard;
    chain.push({ from: row.checkpoint.sequenceNumber, to: to.sequenceNumber });
    row.checkpoint = { sequenceNumber: to.sequenceNumber, subSequenceNumber: to.subSequenceNumber };
  }

  private mustBeInRange(to: Position): void {
    if (this.shard.row.pending !== undefined) throw refusal('InvalidStateException');
    const isEnd = to.sequenceNumber === 'SHARD_END' && this.atEnd;
    const isBack = isAfter(this.shard.row.checkpoint, to);
    if (!isEnd && (isBack || isAfter(to, this.delivered))) throw refusal('IllegalArgumentException');
  }
}

const refusal = (name: CheckpointErrorName): CheckpointError => new CheckpointError(name, name);

const order = (sequenceNumber: string): bigint =>
  sequenceNumber === 'SHARD_END' ? 2n ** 200n : /^\d+$/.test(sequenceNumber) ? BigInt(sequenceNumber) : -1n;

const isAfter = (a: Position, b: Position): boolean =>
  order(a.sequenceNumber) > order(b.sequenceNumber) ||
  (order(a.sequenceNumber) === order(b.sequenceNumber) && a.subSequenceNumber > b.subSequenceNumber);

/** A user record as the client hands it out. */
export function fakeRecord(sequenceNumber: number | string, bytes: Buffer, subSequenceNumber = 0): ClientRecord {
  return {
    action: 'record',
    sequenceNumber: String(sequenceNumber),
    subSequenceNumber,
    partitionKey: 'key',
    approximateArrivalTimestamp: Date.UTC(2026, 0, 1, 12),
    data: bytes.toString('base64'),
    bytes,
    aggregated: subSequenceNumber > 0,
  };
}
