/**
 * A Kinesis stream in memory, on virtual time: shards that split and merge, iterators that age, throttles, children at
 * the end of a shard, trimming. It passes the same suite as the real adapter (test/stream-conformance.ts).
 */
import type { Clock } from '../runtime/clock';
import type { Shard } from '../kinesis-client/leases/plan-shard-sync';
import type { ShardFilter, ShardLister } from '../kinesis-client/leases/shard-lister';
import type {
  ChildShard,
  Position,
  RecordsAnswer,
  Refusal,
  Stream,
  StreamDescription,
  StreamRecord,
} from '../kinesis-client/shards/stream';

const HASH_KEYS = 2n ** 128n;
const ITERATOR_LIFE_MS = 300_000;
/** Older than its retention: a shard may have left it. */
const AGE_MS = 30 * 86_400_000;
const RETENTION_MS = 86_400_000;

interface FakeShard {
  readonly shardId: string;
  readonly parentShardIds: readonly string[];
  readonly start: bigint;
  readonly end: bigint;
  readonly startingSequenceNumber: string;
  readonly records: StreamRecord[];
  readonly openedAtMs: number;
  /** Infinity: it takes records. */
  closedAtMs: number;
  /** Records before this index have left the stream. */
  trimmed: number;
}

type Call = { readonly operation: 'openIterator' | 'getRecords'; readonly shardId: string; readonly atMs: number };

export class FakeStream implements Stream, ShardLister {
  /** Every call that reached the stream, in order; `position` only for openIterator. */
  readonly calls: (Call & { readonly position?: Position })[] = [];
  private readonly shards: FakeShard[] = [];
  private readonly refusals: { readonly operation: Call['operation']; readonly answer: Refusal | RecordsAnswer }[] = [];
  private sequence = 1_000n;
  /** Null: there is none. */
  description: StreamDescription | null;
  /** When set, a shard allows this many GetRecords a second, as the service does (5). */
  callsPerSecondMax = Infinity;

  constructor(
    private readonly clock: Clock,
    shardCount: number,
  ) {
    this.description = { createdAtMs: clock.wallMs() - AGE_MS, retentionMs: RETENTION_MS };
    const width = HASH_KEYS / BigInt(shardCount);
    for (let i = 0n; i < BigInt(shardCount); i++)
      this.addShard([], i * width, i === BigInt(shardCount) - 1n ? HASH_KEYS - 1n : (i + 1n) * width - 1n);
  }

  get shardIds(): readonly string[] {
    return this.shards.map((shard) => shard.shardId);
  }

  isOpen(shardId: string): boolean {
    return !isClosed(this.shard(shardId));
  }

  /** In this order, low before high: they can be merged. */
  areAdjacent(shardId: string, other: string): boolean {
    return this.shard(shardId).end + 1n === this.shard(other).start;
  }

  /** Puts one record and gives its sequence number. */
  put(shardId: string, data: string | Uint8Array): string {
    const shard = this.shard(shardId);
    if (isClosed(shard)) throw new Error(`${shardId} is closed`);
    const sequenceNumber = this.nextSequenceNumber();
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    shard.records.push({ sequenceNumber, partitionKey: 'key', data: bytes, arrivedAtMs: this.clock.wallMs() });
    return sequenceNumber;
  }

  split(shardId: string): readonly [string, string] {
    const shard = this.close(shardId);
    const middle = (shard.start + shard.end) / 2n;
    return [this.addShard([shardId], shard.start, middle), this.addShard([shardId], middle + 1n, shard.end)];
  }

  merge(shardId: string, adjacentShardId: string): string {
    const [low, high] = [this.close(shardId), this.close(adjacentShardId)];
    return this.addShard([shardId, adjacentShardId], low.start, high.end);
  }

  /** The retention ends for all records that are in the shard now. */
  trim(shardId: string): void {
    const shard = this.shard(shardId);
    shard.trimmed = shard.records.length;
  }

  /** The shard itself leaves the stream, some time after its records. */
  forget(shardId: string): void {
    this.shards.splice(this.shards.indexOf(this.shard(shardId)), 1);
  }

  /** Somebody deletes the stream and makes another one of the same name; null: makes none. */
  recreate(createdAtMs: number | null): void {
    this.description = createdAtMs === null ? null : { createdAtMs, retentionMs: RETENTION_MS };
  }

  /** The next call of this operation that nothing was arranged for yet answers this. */
  answerNext(operation: Call['operation'], answer: Refusal | RecordsAnswer, times = 1): void {
    for (let i = 0; i < times; i++) this.refusals.push({ operation, answer });
  }

  /** Drops all that `answerNext` arranged and that did not come yet. */
  answerNormally(): void {
    this.refusals.length = 0;
  }

  async openIterator(shardId: string, position: Position) {
    this.calls.push({ operation: 'openIterator', shardId, atMs: this.clock.monotonicMs(), position });
    const arranged = this.arranged('openIterator');
    if (arranged !== undefined) return arranged as Refusal;
    const shard = this.shards.find((one) => one.shardId === shardId);
    if (shard === undefined) return { kind: 'gone' } as const;
    const index = indexOf(shard, position);
    return { kind: 'iterator', iterator: this.iterator(shard, index) } as const;
  }

  async getRecords(iterator: string, recordsMax: number): Promise<RecordsAnswer | Refusal> {
    const [shardId = '', index = '', sinceMs = ''] = iterator.split('/');
    const nowMs = this.clock.monotonicMs();
    this.calls.push({ operation: 'getRecords', shardId, atMs: nowMs });
    const arranged = this.arranged('getRecords');
    if (arranged !== undefined) return arranged;
    if (!/^\d+$/.test(index) || nowMs - Number(sinceMs) > ITERATOR_LIFE_MS) return { kind: 'expired' };
    if (this.callsPerSecondMax < Infinity && this.callsInTheLastSecond(shardId) > this.callsPerSecondMax)
      return { kind: 'throttled' };
    const shard = this.shards.find((one) => one.shardId === shardId);
    if (shard === undefined) return { kind: 'gone' };
    return this.answer(shard, Math.max(Number(index), shard.trimmed), recordsMax);
  }

  async describe(): Promise<StreamDescription | null> {
    return this.description;
  }

  async listShards(filter?: ShardFilter): Promise<readonly Shard[]> {
    return this.shards.filter(this.standsAt(filter)).map((shard) => ({
      shardId: shard.shardId,
      parentShardId: shard.parentShardIds[0],
      adjacentParentShardId: shard.parentShardIds[1],
      hashRange: hashRangeOf(shard),
      startingSequenceNumber: shard.startingSequenceNumber,
      isClosed: isClosed(shard),
    }));
  }

  private standsAt(filter: ShardFilter | undefined): (shard: FakeShard) => boolean {
    if (filter === undefined) return () => true;
    if (filter === 'AT_LATEST') return (shard) => !isClosed(shard);
    const atMs = filter === 'AT_TRIM_HORIZON' ? -Infinity : filter.atTimestampMs;
    const isOldest = (shard: FakeShard): boolean => !shard.parentShardIds.some((id) => this.shardIds.includes(id));
    return (shard) => (isOldest(shard) || shard.openedAtMs <= atMs) && atMs < shard.closedAtMs;
  }

  /** Of GetRecords, this one too. */
  private callsInTheLastSecond(shardId: string): number {
    const sinceMs = this.clock.monotonicMs() - 1_000;
    const isBefore = this.calls.findLastIndex((call) => call.atMs <= sinceMs);
    const recent = this.calls.slice(isBefore + 1);
    return recent.filter((call) => call.operation === 'getRecords' && call.shardId === shardId).length;
  }

  private answer(shard: FakeShard, from: number, recordsMax: number): RecordsAnswer {
    const records = shard.records.slice(from, from + recordsMax);
    const next = from + records.length;
    const atTip = next >= shard.records.length;
    const ended = atTip && isClosed(shard);
    return {
      kind: 'records',
      records,
      nextIterator: ended ? null : this.iterator(shard, next),
      millisBehindLatest: atTip ? 0 : Math.max(1, this.clock.wallMs() - (shard.records[next]?.arrivedAtMs ?? 0)),
      children: ended ? this.childrenOf(shard.shardId) : [],
    };
  }

  private childrenOf(shardId: string): ChildShard[] {
    return this.shards
      .filter((shard) => shard.parentShardIds.includes(shardId))
      .map((shard) => ({
        shardId: shard.shardId,
        parentShardIds: shard.parentShardIds,
        hashRange: hashRangeOf(shard),
      }));
  }

  private arranged(operation: Call['operation']): Refusal | RecordsAnswer | undefined {
    const at = this.refusals.findIndex((one) => one.operation === operation);
    return at < 0 ? undefined : this.refusals.splice(at, 1)[0]?.answer;
  }

  private iterator(shard: FakeShard, index: number): string {
    return `${shard.shardId}/${index}/${this.clock.monotonicMs()}`;
  }

  private addShard(parentShardIds: readonly string[], start: bigint, end: bigint): string {
    const shardId = `shardId-${String(this.shards.length).padStart(12, '0')}`;
    const startingSequenceNumber = this.nextSequenceNumber();
    this.shards.push({
      shardId,
      parentShardIds,
      start,
      end,
      startingSequenceNumber,
      records: [],
      openedAtMs: this.clock.wallMs(),
      closedAtMs: Infinity,
      trimmed: 0,
    });
    return shardId;
  }

  private close(shardId: string): FakeShard {
    const shard = this.shard(shardId);
    shard.closedAtMs = this.clock.wallMs();
    return shard;
  }

  private shard(shardId: string): FakeShard {
    const shard = this.shards.find((one) => one.shardId === shardId);
    if (shard === undefined) throw new Error(`no shard ${shardId}`);
    return shard;
  }

  private nextSequenceNumber(): string {
    this.sequence += 1n;
    return String(this.sequence);
  }
}

const isClosed = ({ closedAtMs }: FakeShard): boolean => closedAtMs < Infinity;

const hashRangeOf = (shard: FakeShard): { start: string; end: string } => ({
  start: String(shard.start),
  end: String(shard.end),
});

function indexOf(shard: FakeShard, position: Position): number {
  const first = (matches: (record: StreamRecord) => boolean): number => {
    const index = shard.records.findIndex(matches);
    return index < 0 ? shard.records.length : index;
  };
  switch (position.type) {
    case 'TRIM_HORIZON':
      return shard.trimmed;
    case 'LATEST':
      return shard.records.length;
    case 'AT_TIMESTAMP':
      return first((record) => record.arrivedAtMs >= position.timestampMs);
    case 'AT_SEQUENCE_NUMBER':
      return first((record) => BigInt(record.sequenceNumber) >= BigInt(position.sequenceNumber));
    case 'AFTER_SEQUENCE_NUMBER':
      return first((record) => BigInt(record.sequenceNumber) > BigInt(position.sequenceNumber));
  }
}
