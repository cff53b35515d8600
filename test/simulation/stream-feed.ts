/**
 * What others do to the stream of a simulated fleet: they put records into it, and split and merge its shards. All of it is
 * written down.
 */
import type { Random } from '../../runtime/random';
import type { VirtualClock } from '../../runtime/virtual-clock';
import type { FakeStream } from '../fake-stream';
import type { Chronicle } from './chronicle';

export interface RecordToPut {
  readonly data: Uint8Array;
  /** What must become visible of each user record in it; undefined: nothing. */
  readonly outputs: readonly (string | undefined)[];
}

/** The `n`th record to be put into the stream. */
export type NextRecord = (n: number, random: Random) => RecordToPut;

const SHARDS_MAX = 14;
/** Into each open shard, at a time. */
const RECORDS_MAX = 6;

export class StreamFeed {
  private put = 0;

  constructor(
    private readonly stream: FakeStream,
    private readonly nextRecord: NextRecord,
    private readonly chronicle: Chronicle,
    private readonly clock: VirtualClock,
    private readonly random: Random,
  ) {
    for (const shardId of stream.shardIds) this.noteOpened(shardId, []);
  }

  /** Some records into every open shard. */
  fill(): void {
    for (const shardId of this.open()) for (let i = this.random.integer(RECORDS_MAX); i > 0; i--) this.putOne(shardId);
  }

  /** One record into every open shard. */
  drip(): void {
    for (const shardId of this.open()) this.putOne(shardId);
  }

  /** False: there are shards enough. */
  split(): boolean {
    const [shardId] = this.random.shuffle(this.open());
    if (shardId === undefined || this.isFull()) return false;
    this.noteResharded([shardId], this.stream.split(shardId));
    return true;
  }

  /** False: no two neighbours are open, or there are shards enough. */
  merge(): boolean {
    const open = this.random.shuffle(this.open());
    const pairs = open.flatMap((low) =>
      open.flatMap((high) => (this.stream.areAdjacent(low, high) ? [[low, high] as const] : [])),
    );
    const [pair] = pairs;
    if (pair === undefined || this.isFull()) return false;
    this.noteResharded(pair, [this.stream.merge(...pair)]);
    return true;
  }

  private open(): string[] {
    return this.stream.shardIds.filter((shardId) => this.stream.isOpen(shardId));
  }

  private isFull(): boolean {
    return this.stream.shardIds.length >= SHARDS_MAX;
  }

  private putOne(shardId: string): void {
    const { data, outputs } = this.nextRecord(this.put++, this.random);
    const sequenceNumber = this.stream.put(shardId, data);
    const positions = outputs.map((_, subSequenceNumber) => ({ sequenceNumber, subSequenceNumber }));
    this.chronicle.note({ kind: 'recordPut', shardId, positions, outputs, arrivedAtMs: this.clock.wallMs() });
  }

  private noteResharded(parentShardIds: readonly string[], childShardIds: readonly string[]): void {
    for (const child of childShardIds) this.noteOpened(child, parentShardIds);
    for (const shardId of parentShardIds) this.chronicle.note({ kind: 'shardClosed', shardId, childShardIds });
  }

  private noteOpened(shardId: string, parentShardIds: readonly string[]): void {
    this.chronicle.note({ kind: 'shardOpened', shardId, parentShardIds });
  }
}
