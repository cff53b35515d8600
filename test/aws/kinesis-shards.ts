/** Splits, merges, the end of a shard and the lists of shards. Part of kinesis-behaviour.ts. */
import { ListShardsCommand, type Shard, type ShardFilter } from '@aws-sdk/client-kinesis';
import { systemClock } from '../../runtime/clock';
import { HASH_KEYS, shardIdOf, texts } from '../kinesis-calls';
import type { KinesisPlace } from './kinesis-behaviour';
import { refusedWith } from './refused-with';

const MIDDLE = String(HASH_KEYS / 2n);
const QUARTER = String(HASH_KEYS / 4n);
const [first, second, third, fourth, fifth] = [0, 1, 2, 3, 4].map(shardIdOf) as [string, string, string, string, string]; // prettier-ignore

const ids = (shards: readonly Shard[]): string[] => shards.map((shard) => shard.ShardId as string);

function expectWholeRangeOnce(shards: readonly Shard[]): void {
  const ranges = shards
    .map(({ HashKeyRange: range }) => ({
      start: BigInt(range!.StartingHashKey!),
      end: BigInt(range!.EndingHashKey!),
    }))
    .sort((a, b) => (a.start < b.start ? -1 : 1));
  let next = 0n;
  for (const { start, end } of ranges) {
    expect(start).toBe(next);
    next = end + 1n;
  }
  expect(next).toBe(HASH_KEYS);
}

export function kinesisShards(place: KinesisPlace): void {
  const { describe, it, createStream, put, split, merge, updateShardCount, iterator, get, readAll, listShards } = place;

  describe('the end of a shard', () => {
    it('that was split names its two children', async () => {
      const StreamName = await createStream(1);
      await put(StreamName, 'before');
      await split(StreamName, first, MIDDLE);
      await put(StreamName, 'low', '0');
      await put(StreamName, 'high', MIDDLE);
      const { records, last } = await readAll(await iterator({ StreamName }));
      expect(texts(records)).toEqual(['before']);
      expect(last.NextShardIterator).toBeUndefined();
      expect(last.ChildShards).toEqual([
        { ShardId: second, ParentShards: [first], HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(BigInt(MIDDLE) - 1n) } },
        { ShardId: third, ParentShards: [first], HashKeyRange: { StartingHashKey: MIDDLE, EndingHashKey: String(HASH_KEYS - 1n) } },
      ]); // prettier-ignore
      const inChild = async (ShardId: string) =>
        texts((await readAll(await iterator({ StreamName, ShardId }))).records);
      expect(await inChild(second)).toEqual(['low']);
      expect(await inChild(third)).toEqual(['high']);
    });

    it('that was merged names the child and both parents', async () => {
      const StreamName = await createStream(2);
      await merge(StreamName, first, second);
      const child = {
        ShardId: third,
        ParentShards: [first, second],
        HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(HASH_KEYS - 1n) },
      };
      for (const ShardId of [first, second])
        expect((await readAll(await iterator({ StreamName, ShardId }))).last.ChildShards).toEqual([child]);
    });

    it('is told to a LATEST iterator too', async () => {
      const StreamName = await createStream(1);
      await put(StreamName, 'before');
      await split(StreamName, first, MIDDLE);
      const answer = await get(await iterator({ StreamName, ShardIteratorType: 'LATEST' }));
      expect(answer.Records).toEqual([]);
      expect(answer.NextShardIterator).toBeUndefined();
      expect(answer.ChildShards!.map((child) => child.ShardId)).toEqual([second, third]);
    });

    it('is told to a reader that waited at the tip when it came, and not before its last record', async () => {
      const StreamName = await createStream(1);
      const { NextShardIterator: tip } = await get(await iterator({ StreamName, ShardIteratorType: 'LATEST' }));
      for (const text of ['a', 'b']) await put(StreamName, text);
      await split(StreamName, first, MIDDLE);
      const one = await get(tip as string, 1);
      expect(texts(one.Records)).toEqual(['a']);
      expect(one.ChildShards ?? []).toEqual([]);
      const { records, last } = await readAll(one.NextShardIterator as string);
      expect(texts(records)).toEqual(['b']);
      expect(last.ChildShards!.map((child) => child.ShardId)).toEqual([second, third]);
    });

    it('is told after the number of its last record', async () => {
      const StreamName = await createStream(1);
      const { SequenceNumber } = await put(StreamName, 'a');
      await split(StreamName, first, MIDDLE);
      const after = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: SequenceNumber } as const;
      const { records, last } = await readAll(await iterator({ StreamName, ...after }));
      expect(records).toEqual([]);
      expect(last.ChildShards).toHaveLength(2);
    });
  });

  describe('a split', () => {
    it('leaves parent and children in the list, the children with the parent and the higher numbers', async () => {
      const StreamName = await createStream(1);
      const before = BigInt((await put(StreamName, 'before')).SequenceNumber!);
      await split(StreamName, first, MIDDLE);
      const after = BigInt((await put(StreamName, 'after', '0')).SequenceNumber!);
      const [parent, ...children] = await listShards(StreamName);
      expect(children.map((child) => child.ParentShardId)).toEqual([first, first]);
      expect(children.map((child) => child.AdjacentParentShardId)).toEqual([undefined, undefined]);
      const starts = children.map((child) => BigInt(child.SequenceNumberRange!.StartingSequenceNumber!));
      expect(BigInt(parent!.SequenceNumberRange!.StartingSequenceNumber!)).toBeLessThanOrEqual(before);
      for (const start of starts) expect(start).toBeGreaterThan(before);
      expect(starts[0]).toBeLessThanOrEqual(after);
    });

    it('closes its parent at a number between its records and those of its children', async () => {
      const StreamName = await createStream(1);
      const before = BigInt((await put(StreamName, 'before')).SequenceNumber!);
      await split(StreamName, first, MIDDLE);
      const after = BigInt((await put(StreamName, 'after', '0')).SequenceNumber!);
      const [parent, ...children] = await listShards(StreamName);
      const end = BigInt(parent!.SequenceNumberRange!.EndingSequenceNumber!);
      expect(end).toBeGreaterThanOrEqual(before);
      expect(end).toBeLessThan(after);
      expect(children.map((child) => child.SequenceNumberRange!.EndingSequenceNumber)).toEqual([undefined, undefined]);
    });

    for (const [what, key] of [
      ['begins', '0'],
      ['ends', String(HASH_KEYS - 1n)],
      ['is not', String(HASH_KEYS)],
    ] as const)
      // prettier-ignore
      it(`at a key where the shard ${what} is refused`, async () => {
        const StreamName = await createStream(1);
        await refusedWith('InvalidArgumentException|ValidationException', split(StreamName, first, key));
      });

    it('of a closed shard is refused', async () => {
      const StreamName = await createStream(1);
      await split(StreamName, first, MIDDLE);
      await refusedWith('InvalidArgumentException', split(StreamName, first, QUARTER));
    });

    it('of an unknown shard is refused', async () => {
      await refusedWith('ResourceNotFoundException', split(await createStream(1), shardIdOf(7), MIDDLE));
    });
  });

  describe('a merge', () => {
    it('names both parents in the list', async () => {
      const StreamName = await createStream(2);
      await merge(StreamName, first, second);
      const child = (await listShards(StreamName)).find(({ ShardId }) => ShardId === third);
      expect(child).toMatchObject({ ParentShardId: first, AdjacentParentShardId: second });
    });

    it('of shards that are not neighbours is refused', async () => {
      await refusedWith('InvalidArgumentException', merge(await createStream(3), first, third));
    });

    it('of a closed shard is refused', async () => {
      const StreamName = await createStream(2);
      await split(StreamName, second, String(3n * (HASH_KEYS / 4n)));
      await refusedWith('InvalidArgumentException', merge(StreamName, first, second));
    });

    it('of a shard with itself is refused', async () => {
      await refusedWith('InvalidArgumentException|ValidationException', merge(await createStream(2), first, first));
    });
  });

  it('UpdateShardCount makes even shards, of which the open ones cover the hash range once', async () => {
    const StreamName = await createStream(2);
    for (const TargetShardCount of [4, 3, 2, 1]) {
      await updateShardCount(StreamName, TargetShardCount);
      const open = await listShards(StreamName, { Type: 'AT_LATEST' });
      expect(open).toHaveLength(TargetShardCount);
      expectWholeRangeOnce(open);
    }
    await expect(updateShardCount(StreamName, 3)).rejects.toThrow();
  });

  describe('ListShards', () => {
    describe('of a stream that was split and merged', () => {
      let StreamName: string;
      let madeMs: number;
      let splitMs: number;
      beforeAll(async () => {
        const secondOf = (ms: number): number => Math.floor(ms / 1_000);
        do {
          StreamName = await createStream(2);
          madeMs = systemClock.wallMs();
          await split(StreamName, first, QUARTER);
          await merge(StreamName, fourth, second);
          splitMs = systemClock.wallMs();
        } while (secondOf(splitMs) !== secondOf(madeMs)); // whoever counts in seconds shows it then
      });
      const list = (filter?: ShardFilter) => listShards(StreamName, filter);
      const all = [first, second, third, fourth, fifth];

      it('names all, also from the trim horizon on', async () => {
        expect(ids(await list())).toEqual(all);
        expect(ids(await list({ Type: 'FROM_TRIM_HORIZON' }))).toEqual(all);
      });

      it('names what was open at the trim horizon, which covers the hash range once', async () => {
        const listed = await list({ Type: 'AT_TRIM_HORIZON' });
        expect(ids(listed)).toEqual([first, second]);
        expectWholeRangeOnce(listed);
      });

      it('names what is open, which covers the hash range once', async () => {
        const listed = await list({ Type: 'AT_LATEST' });
        expect(ids(listed)).toEqual([third, fifth]);
        expectWholeRangeOnce(listed);
      });

      it('names what was open at a time, which covers the hash range once', async () => {
        for (const ms of [madeMs - 3_600_000, madeMs, splitMs, systemClock.wallMs()])
          expectWholeRangeOnce(await list({ Type: 'AT_TIMESTAMP', Timestamp: new Date(ms) }));
      });

      it('names what was open at a time or later', async () => {
        const Timestamp = new Date(madeMs - 3_600_000);
        expect(ids(await list({ Type: 'FROM_TIMESTAMP', Timestamp }))).toEqual(all);
      });

      it('names what comes after a shard', async () => {
        expect(ids(await list({ Type: 'AFTER_SHARD_ID', ShardId: third }))).toEqual([fourth, fifth]);
        const command = new ListShardsCommand({ StreamName, ExclusiveStartShardId: third });
        expect(ids((await place.kinesis().send(command)).Shards ?? [])).toEqual([fourth, fifth]);
      });

      for (const Type of ['AFTER_SHARD_ID', 'AT_TIMESTAMP', 'FROM_TIMESTAMP'] as const)
        it(`refuses the filter ${Type} that lacks what it needs`, async () => {
          await refusedWith('InvalidArgumentException|ValidationException', list({ Type }));
        });
    });

    it('comes in pages', async () => {
      const StreamName = await createStream(5);
      const pages: string[][] = [];
      let NextToken: string | undefined;
      do {
        const input = NextToken ? { NextToken, MaxResults: 2 } : { StreamName, MaxResults: 2 };
        const page = await place.kinesis().send(new ListShardsCommand(input));
        pages.push(ids(page.Shards ?? []));
        NextToken = page.NextToken;
      } while (NextToken);
      expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
      expect(new Set(pages.flat()).size).toBe(5);
    });

    it('goes on in pages with the filter of the first', async () => {
      const StreamName = await createStream(2);
      await updateShardCount(StreamName, 4);
      const ShardFilter = { Type: 'AT_LATEST' } as const;
      const one = await place.kinesis().send(new ListShardsCommand({ StreamName, ShardFilter, MaxResults: 3 }));
      const two = await place.kinesis().send(new ListShardsCommand({ NextToken: one.NextToken }));
      const listed = [...(one.Shards ?? []), ...(two.Shards ?? [])];
      expect(listed).toHaveLength(4);
      expectWholeRangeOnce(listed);
    });

    for (const [what, more] of [
      ['the name of the stream', (StreamName: string) => ({ StreamName })],
      ['a filter', () => ({ ShardFilter: { Type: 'AT_LATEST' as const } })],
    ] as const)
      it(`refuses a token beside ${what}`, async () => {
        const StreamName = await createStream(2);
        const { NextToken } = await place.kinesis().send(new ListShardsCommand({ StreamName, MaxResults: 1 }));
        const command = new ListShardsCommand({ NextToken, ...more(StreamName) });
        await refusedWith('InvalidArgumentException', place.kinesis().send(command));
      });

    it('refuses a token that is none', async () => {
      const command = new ListShardsCommand({ NextToken: 'nonsense' });
      await refusedWith(
        'InvalidArgumentException|ValidationException|ExpiredNextTokenException',
        place.kinesis().send(command),
      );
    });

    it('of an unknown stream is refused', async () => {
      await refusedWith('ResourceNotFoundException', listShards('none'));
    });
  });
}
