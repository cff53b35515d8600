/**
 * What every Stream and its ShardLister must do: run against the fake one and against the Kinesis adapter on the
 * emulator, so that what is tested on the fake holds for the real thing.
 */
import type { Shard } from '../kinesis-client/leases/plan-shard-sync';
import type { ShardLister } from '../kinesis-client/leases/shard-lister';
import type { Position, RecordsAnswer, Stream } from '../kinesis-client/shards/stream';

export interface StreamUnderTest {
  readonly stream: Stream;
  readonly shards: ShardLister;
  put(shard: Shard, data: string): Promise<string>;
  /** In the middle of its hash range. Resolves when the children can be read. */
  split(shard: Shard): Promise<void>;
  merge(shard: Shard, adjacent: Shard): Promise<void>;
  /** Lets at least this time pass on the clock of the stream. */
  pass(ms: number): Promise<void>;
}

/** `make` gives a new stream of two shards for each test. */
export function testStreamConformance(name: string, make: () => Promise<StreamUnderTest>): void {
  describe(name, () => {
    let on: StreamUnderTest;
    let shards: readonly Shard[];
    beforeEach(async () => {
      on = await make();
      shards = await on.shards.listShards();
    });
    const shard = (index: number): Shard => shards[index] as Shard;

    const open = async (shardId: string, position: Position): Promise<string> => {
      const answer = await on.stream.openIterator(shardId, position);
      if (answer.kind !== 'iterator') throw new Error(`no iterator but ${answer.kind}`);
      return answer.iterator;
    };
    const read = async (iterator: string, recordsMax = 100): Promise<RecordsAnswer> => {
      const answer = await on.stream.getRecords(iterator, recordsMax);
      if (answer.kind !== 'records') throw new Error(`no records but ${answer.kind}`);
      return answer;
    };
    const dataOf = (answer: RecordsAnswer): string[] => answer.records.map(({ data }) => Buffer.from(data).toString());
    const readFrom = async (position: Position): Promise<string[]> =>
      dataOf(await read(await open(shard(0).shardId, position)));

    it('lists its shards with hash ranges that cover everything', () => {
      expect(shards.map((one) => one.isClosed)).toEqual([false, false]);
      expect([shard(0).hashRange.start, shard(1).hashRange.end]).toEqual(['0', String(2n ** 128n - 1n)]);
    });

    it('reads from the position that was asked for', async () => {
      const first = await on.put(shard(0), 'a');
      await on.pass(20);
      const second = await on.put(shard(0), 'b');
      const latest = await open(shard(0).shardId, { type: 'LATEST' });
      await on.put(shard(0), 'c');
      const all = await read(await open(shard(0).shardId, { type: 'TRIM_HORIZON' }));
      expect(dataOf(all)).toEqual(['a', 'b', 'c']);
      expect(dataOf(await read(latest))).toEqual(['c']);
      expect(await readFrom({ type: 'AT_SEQUENCE_NUMBER', sequenceNumber: second })).toEqual(['b', 'c']);
      expect(await readFrom({ type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: first })).toEqual(['b', 'c']);
      const timestampMs = all.records[1]?.arrivedAtMs as number;
      expect(await readFrom({ type: 'AT_TIMESTAMP', timestampMs })).toEqual(['b', 'c']);
      expect(all.records[0]).toMatchObject({ sequenceNumber: first, partitionKey: 'key' });
    });

    it('gives no more than it is asked for, and says how far it is behind', async () => {
      await on.put(shard(0), 'a');
      await on.put(shard(0), 'b');
      await on.pass(20);
      const first = await read(await open(shard(0).shardId, { type: 'TRIM_HORIZON' }), 1);
      expect(dataOf(first)).toEqual(['a']);
      expect(first.millisBehindLatest).toBeGreaterThan(0);
      const second = await read(first.nextIterator as string, 1);
      expect(dataOf(second)).toEqual(['b']);
      const third = await read(second.nextIterator as string, 1);
      expect([third.records, third.children]).toEqual([[], []]);
      expect(third.millisBehindLatest).toBe(0);
      expect(third.nextIterator).not.toBeNull();
    });

    it('ends a split shard with both children, after its last record', async () => {
      await on.put(shard(0), 'a');
      const tail = await open(shard(0).shardId, { type: 'LATEST' });
      await on.split(shard(0));
      const end = await read(tail);
      expect(end.nextIterator).toBeNull();
      expect(end.children.map((child) => child.parentShardIds)).toEqual([[shard(0).shardId], [shard(0).shardId]]);
      expect(end.children[0]?.hashRange.start).toBe('0');
      let again = await read(await open(shard(0).shardId, { type: 'TRIM_HORIZON' }));
      expect(dataOf(again)).toEqual(['a']);
      if (again.nextIterator !== null) again = await read(again.nextIterator);
      expect(again.children).toHaveLength(2);
      const listed = await on.shards.listShards();
      expect(listed.filter((one) => one.parentShardId === shard(0).shardId)).toHaveLength(2);
      expect(listed.filter((one) => one.isClosed).map((one) => one.shardId)).toEqual([shard(0).shardId]);
    });

    it('ends both merged shards with one child of two parents', async () => {
      const tails = await Promise.all([0, 1].map((index) => open(shard(index).shardId, { type: 'TRIM_HORIZON' })));
      await on.merge(shard(0), shard(1));
      for (const tail of tails) {
        const end = await read(tail);
        expect(end.nextIterator).toBeNull();
        expect(end.children.map((child) => [...child.parentShardIds].sort())).toEqual([
          [shard(0).shardId, shard(1).shardId].sort(),
        ]);
      }
    });

    it('answers for what it does not know', async () => {
      expect(await on.stream.openIterator('shardId-000000000099', { type: 'LATEST' })).toEqual({ kind: 'gone' });
      expect(await on.stream.getRecords('no iterator', 1)).toEqual({ kind: 'expired' });
    });

    it('keeps the time at which it was made, and says how long it keeps records', async () => {
      const description = await on.stream.describe();
      expect(description).toEqual({ createdAtMs: expect.any(Number), retentionMs: 24 * 3_600_000 });
      expect(description?.createdAtMs).toBeGreaterThan(0);
      await on.pass(5);
      expect(await on.stream.describe()).toEqual(description);
    });
  });
}
