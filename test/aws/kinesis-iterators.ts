/** Where reading a shard begins and how it goes on. Part of kinesis-behaviour.ts. */
import { systemClock } from '../../runtime/clock';
import { HASH_KEYS, shardIdOf, texts } from '../kinesis-calls';
import type { KinesisPlace } from './kinesis-behaviour';
import { refusedWith } from './refused-with';

const [first, second] = [shardIdOf(0), shardIdOf(1)] as const;

export function kinesisIterators(place: KinesisPlace): void {
  const { describe, it, createStream, put, split, iterator, get, readAll } = place;

  describe('an iterator', () => {
    let StreamName: string;
    let sequenceNumbers: string[];
    beforeAll(async () => {
      StreamName = await createStream(1);
      sequenceNumbers = [];
      for (const text of ['a', 'b', 'c']) {
        sequenceNumbers.push((await put(StreamName, text)).SequenceNumber as string);
        await systemClock.sleep(5);
      }
    });

    for (const [ShardIteratorType, more, expected] of [
      ['TRIM_HORIZON', () => ({}), ['a', 'b', 'c']],
      ['AT_SEQUENCE_NUMBER', () => ({ StartingSequenceNumber: sequenceNumbers[1] }), ['b', 'c']],
      ['AFTER_SEQUENCE_NUMBER', () => ({ StartingSequenceNumber: sequenceNumbers[1] }), ['c']],
      ['LATEST', () => ({}), []],
      ['AT_TIMESTAMP', () => ({ Timestamp: new Date(0) }), ['a', 'b', 'c']],
    ] as const)
      it(`of type ${ShardIteratorType} begins where it says`, async () => {
        const { records } = await readAll(await iterator({ StreamName, ShardIteratorType, ...more() }));
        expect(texts(records)).toEqual(expected);
      });

    it('of type AT_TIMESTAMP begins at the first record of that time, and later than all at the tip', async () => {
      const { records } = await readAll(await iterator({ StreamName }));
      const at = (Timestamp: Date) => iterator({ StreamName, ShardIteratorType: 'AT_TIMESTAMP', Timestamp });
      expect(texts((await readAll(await at(records[1]!.ApproximateArrivalTimestamp!))).records)).toEqual(['b', 'c']);
      const afterLast = await at(new Date(records[2]!.ApproximateArrivalTimestamp!.getTime() + 1));
      expect((await get(afterLast)).Records).toEqual([]);
      const fromTip = await iterator({ StreamName, ShardIteratorType: 'LATEST' });
      await put(StreamName, 'd');
      expect(texts((await get(afterLast)).Records)).toEqual(['d']);
      expect(texts((await get(fromTip)).Records)).toEqual(['d']);
    });

    it('tells how far it is behind: whole ms, 0 at the tip', async () => {
      const behind = (await get(await iterator({ StreamName }), 1)).MillisBehindLatest as number;
      expect(Number.isInteger(behind)).toBe(true);
      expect(behind).toBeGreaterThanOrEqual(5);
      const { last } = await readAll(await iterator({ StreamName }));
      expect(last.MillisBehindLatest).toBe(0);
    });

    it('gives the same records as often as it is used', async () => {
      const from = await iterator({ StreamName });
      const [one, two] = [await get(from, 2), await get(from, 2)];
      expect(texts(one.Records)).toEqual(['a', 'b']);
      expect(two.Records).toEqual(one.Records);
    });

    it('after the number of a last record waits for the next', async () => {
      const { records } = await readAll(await iterator({ StreamName }));
      const from = {
        ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
        StartingSequenceNumber: records.at(-1)!.SequenceNumber,
      };
      const atTip = await get(await iterator({ StreamName, ...from } as Parameters<typeof iterator>[0]));
      expect(atTip).toMatchObject({ Records: [], MillisBehindLatest: 0 });
      await put(StreamName, 'last');
      expect(texts((await get(atTip.NextShardIterator as string)).Records)).toEqual(['last']);
    });

    for (const [ShardIteratorType, expected] of [
      ['TRIM_HORIZON', ['x']],
      ['LATEST', ['x']],
    ] as const)
      // prettier-ignore
      it(`of type ${ShardIteratorType} on a shard without records waits for the first`, async () => {
        const empty = await createStream(1);
        const { NextShardIterator } = await get(await iterator({ StreamName: empty, ShardIteratorType }));
        await put(empty, 'x');
        expect(texts((await get(NextShardIterator as string)).Records)).toEqual(expected);
      });

    for (const Type of ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'] as const)
      it(`of type ${Type} at the number where its shard starts begins at the first record`, async () => {
        const StartingSequenceNumber = (await place.listShards(StreamName))[0]!.SequenceNumberRange!
          .StartingSequenceNumber;
        const from = await iterator({ StreamName, ShardIteratorType: Type, StartingSequenceNumber });
        expect(texts((await get(from)).Records).slice(0, 3)).toEqual(['a', 'b', 'c']);
      });

    it('of a child shard at a time before it was made begins at its first record', async () => {
      const parent = await createStream(1);
      await split(parent, first, String(HASH_KEYS / 2n));
      await put(parent, 'in the child', '0');
      const Timestamp = new Date(systemClock.wallMs() - 3_600_000);
      const from = await iterator({
        StreamName: parent,
        ShardId: second,
        ShardIteratorType: 'AT_TIMESTAMP',
        Timestamp,
      });
      expect(texts((await get(from)).Records)).toEqual(['in the child']);
    });

    for (const [what, more] of [
      ['type AT_SEQUENCE_NUMBER without a number', { ShardIteratorType: 'AT_SEQUENCE_NUMBER' }],
      ['type AFTER_SEQUENCE_NUMBER without a number', { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' }],
      ['type AT_TIMESTAMP without a time', { ShardIteratorType: 'AT_TIMESTAMP' }],
      ['type LATEST with a number', { ShardIteratorType: 'LATEST', StartingSequenceNumber: '1' }],
      ['a time that has not come', { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(systemClock.wallMs() + 3_600_000) }],
      ['a number that is none of the service', { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: '1' }],
      ['a number that is a word', { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: 'TRIM_HORIZON' }],
    ] as const)
      it(`of ${what} is refused`, async () => {
        await refusedWith('InvalidArgumentException|ValidationException', iterator({ StreamName, ...more }));
      }); // prettier-ignore

    it('at the number of another shard is refused', async () => {
      const two = await createStream(2);
      const { SequenceNumber } = await put(two, 'x', '0');
      const at = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: SequenceNumber } as const;
      await refusedWith('InvalidArgumentException', iterator({ StreamName: two, ShardId: second, ...at }));
    });

    it('of an unknown shard is refused', async () => {
      await refusedWith('ResourceNotFoundException', iterator({ StreamName, ShardId: shardIdOf(7) }));
    });

    it('of an unknown stream is refused', async () => {
      await refusedWith('ResourceNotFoundException', iterator({ StreamName: 'none' }));
    });

    for (const [what, spoil] of [
      ['is no iterator', () => 'nonsense'],
      ['was cut', (text: string) => text.slice(0, -8)],
      ['was changed', (text: string) => `${text.slice(0, 30)}${text[30] === 'A' ? 'B' : 'A'}${text.slice(31)}`],
    ] as const)
      it(`that ${what} is refused`, async () => {
        await refusedWith('InvalidArgumentException', get(spoil(await iterator({ StreamName }))));
      });
  });
}
