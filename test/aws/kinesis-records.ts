/** Records on their way into a stream and out again. Part of kinesis-behaviour.ts. */
import { createHash } from 'node:crypto';
import { PutRecordCommand, PutRecordsCommand, type PutRecordsOutput } from '@aws-sdk/client-kinesis';
import { systemClock } from '../../runtime/clock';
import { HASH_KEYS, shardIdOf, texts } from '../kinesis-calls';
import type { KinesisPlace } from './kinesis-behaviour';
import { refusedWith } from './refused-with';

const MIDDLE = String(HASH_KEYS / 2n);
const [first, second] = [shardIdOf(0), shardIdOf(1)] as const;
const KIB = 1024;

export function kinesisRecords(place: KinesisPlace): void {
  const { describe, it, createStream, put, iterator, get, readAll } = place;
  const putMany = (
    StreamName: string,
    Records: { Data: Uint8Array; PartitionKey: string }[],
  ): Promise<PutRecordsOutput> => place.kinesis().send(new PutRecordsCommand({ StreamName, Records }));
  const records = (count: number, bytes: number) =>
    Array.from({ length: count }, (_, i) => ({ PartitionKey: `key-${i}`, Data: Buffer.alloc(bytes, 'x') }));

  describe('records', () => {
    it('come back as they were put, in their order, with ascending sequence numbers', async () => {
      const StreamName = await createStream(1);
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const Records = [bytes, Buffer.from('two'), Buffer.from('')].map((Data) => ({ Data, PartitionKey: 'ключ 🔑' }));
      const { FailedRecordCount, Records: results } = await putMany(StreamName, Records);
      expect(FailedRecordCount).toBe(0);
      const { records } = await readAll(await iterator({ StreamName }));
      expect(records.map((one) => Buffer.from(one.Data!))).toEqual(Records.map((one) => one.Data));
      expect(records.map((one) => one.PartitionKey)).toEqual(Records.map((one) => one.PartitionKey));
      expect(records.map((one) => one.SequenceNumber)).toEqual(results!.map((one) => one.SequenceNumber));
      const numbers = records.map((one) => BigInt(one.SequenceNumber!));
      expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
      expect(Math.abs(records[0]!.ApproximateArrivalTimestamp!.getTime() - systemClock.wallMs())).toBeLessThan(60_000);
    });

    it('that are put one after another have ascending sequence numbers, by PutRecord and PutRecords in turn', async () => {
      const StreamName = await createStream(1);
      const numbers: bigint[] = [];
      for (let i = 0; i < 5; i++) {
        numbers.push(BigInt((await put(StreamName, 'one')).SequenceNumber!));
        const { Records = [] } = await putMany(StreamName, records(3, 1));
        numbers.push(...Records.map((one) => BigInt(one.SequenceNumber!)));
      }
      expect(numbers.every((number, i) => i === 0 || number > numbers[i - 1]!)).toBe(true);
      const { records: read } = await readAll(await iterator({ StreamName }));
      expect(read.map((one) => BigInt(one.SequenceNumber!))).toEqual(numbers);
    });

    it('go to the shard whose range holds their explicit hash key', async () => {
      const StreamName = await createStream(2);
      const keys = ['0', String(HASH_KEYS / 2n - 1n), MIDDLE, String(HASH_KEYS - 1n)];
      const results = await Promise.all(keys.map((key) => put(StreamName, 'x', key)));
      expect(results.map((one) => one.ShardId)).toEqual([first, first, second, second]);
    });

    it('go to the shard that ListShards tells to have their explicit hash key', async () => {
      const StreamName = await createStream(3);
      for (const { ShardId, HashKeyRange: range } of await place.listShards(StreamName))
        for (const key of [range!.StartingHashKey, range!.EndingHashKey])
          expect((await put(StreamName, 'x', key)).ShardId).toBe(ShardId);
    });

    it('without one go to the shard whose range holds the MD5 of their partition key', async () => {
      const StreamName = await createStream(2);
      const keys = Array.from({ length: 20 }, (_, i) => `ключ ${i}`);
      const results = await Promise.all(keys.map((key) => put(StreamName, key)));
      const shardOf = (key: string): string =>
        BigInt(`0x${createHash('md5').update(key).digest('hex')}`) < BigInt(MIDDLE) ? first : second;
      expect(results.map((one) => one.ShardId)).toEqual(keys.map(shardOf));
    });

    it('reach a reader exactly once while others write', async () => {
      const StreamName = await createStream(1);
      const written = Array.from({ length: 100 }, (_, i) => String(i).padStart(3, '0'));
      let next = await iterator({ StreamName, ShardIteratorType: 'LATEST' });
      const seen: string[] = [];
      const read = async (): Promise<void> => {
        while (seen.length < written.length) {
          const { Records, NextShardIterator } = await get(next);
          seen.push(...texts(Records));
          next = NextShardIterator as string;
        }
      };
      const write = async (lane: number): Promise<void> => {
        for (const text of written) if (Number(text) % 4 === lane) await put(StreamName, text);
      };
      await Promise.all([read(), write(0), write(1), write(2), write(3)]);
      expect([...seen].sort()).toEqual(written);
    });
  });

  describe('an answer', () => {
    it('holds at most 10 MiB and goes on after it', async () => {
      const StreamName = await createStream(1);
      const Data = Buffer.alloc(1024 * KIB - 1);
      for (const half of ['a', 'b'])
        for (let i = 0; i < 3; i++)
          await putMany(StreamName, [1, 2].map((n) => ({ PartitionKey: `${half}${i}${n}`, Data }))); // prettier-ignore
      const one = await get(await iterator({ StreamName }));
      const bytes = one.Records!.reduce((sum, record) => sum + record.Data!.length, 0);
      expect(bytes).toBeLessThanOrEqual(10 * 1024 * KIB);
      expect(bytes).toBeGreaterThan(8 * 1024 * KIB);
      const two = await get(one.NextShardIterator as string);
      expect(one.Records!.length + two.Records!.length).toBe(12);
    });

    it('holds at most as many records as asked for, and the next goes on after them', async () => {
      const StreamName = await createStream(1);
      for (const text of ['a', 'b', 'c', 'd', 'e']) await put(StreamName, text);
      const pages: string[][] = [];
      let next = await iterator({ StreamName });
      for (let i = 0; i < 4; i++) {
        const { Records, NextShardIterator } = await get(next, 2);
        pages.push(texts(Records));
        next = NextShardIterator as string;
      }
      expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e'], []]);
    });
  });

  describe('a put', () => {
    it('of 500 records is taken, of one more refused', async () => {
      const StreamName = await createStream(1);
      expect(await putMany(StreamName, records(500, 1))).toMatchObject({ FailedRecordCount: 0 });
      await refusedWith('ValidationException|InvalidArgumentException', putMany(StreamName, records(501, 1)));
    });

    it('of no records is refused', async () => {
      await refusedWith('ValidationException|InvalidArgumentException', putMany(await createStream(1), []));
    });

    it('of 5 MiB is taken', async () => {
      const StreamName = await createStream(1);
      expect(await putMany(StreamName, records(5, 1023 * KIB))).toMatchObject({ FailedRecordCount: 0 });
    });

    it('of more than 10 MiB is refused', async () => {
      const StreamName = await createStream(1);
      await refusedWith('ValidationException|InvalidArgumentException', putMany(StreamName, records(11, 950 * KIB)));
    });

    it('of a record of 1 MiB is taken, of one byte more refused', async () => {
      const StreamName = await createStream(1);
      const command = (bytes: number) =>
        new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.alloc(bytes) });
      await place.kinesis().send(command(1024 * KIB - 1));
      await refusedWith('ValidationException|InvalidArgumentException', place.kinesis().send(command(1024 * KIB + 1)));
    });

    for (const [what, PartitionKey, ExplicitHashKey] of [
      ['an empty partition key', '', undefined],
      ['a partition key of 257 characters', 'k'.repeat(257), undefined],
      ['an explicit hash key of 2^128', 'k', String(HASH_KEYS)],
    ] as const)
      it(`with ${what} is refused`, async () => {
        const StreamName = await createStream(1);
        const command = new PutRecordCommand({ StreamName, PartitionKey, ExplicitHashKey, Data: Buffer.from('x') });
        await refusedWith('ValidationException|InvalidArgumentException', place.kinesis().send(command));
      });

    it('into an unknown stream is refused', async () => {
      await refusedWith('ResourceNotFoundException', put('none', 'x'));
    });
  });
}
