import { createHash } from 'node:crypto';
import { aggregate, type UserRecord } from './aggregated-record';
import { hashRangeFilter, type AggregateFilter } from './hash-range-filter';
import { openRecords } from './open-records';
import type { StreamRecord } from './stream';

const middle = 2n ** 127n;
const lower = { start: '0', end: String(middle - 1n) };
const start = { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 };

const kinesisRecord = (sequenceNumber: string, data: Buffer): StreamRecord => ({
  sequenceNumber,
  partitionKey: 'outer',
  data,
  arrivedAtMs: 1_000,
});
const user = (text: string, explicitHashKey?: string): UserRecord => ({
  partitionKey: text,
  explicitHashKey,
  data: Buffer.from(text),
});
const inside = (text: string): UserRecord => user(text, '5');
const outside = (text: string): UserRecord => user(text, String(middle + 5n));

function open(records: readonly StreamRecord[], after = start, filter: AggregateFilter = 'record', range = lower) {
  const { records: opened, ...rest } = openRecords(records, after, { filter, isInside: hashRangeFilter(range) });
  return { opened: opened.map(({ sequenceNumber, subSequenceNumber, bytes }) => `${sequenceNumber}/${subSequenceNumber} ${bytes}`), ...rest }; // prettier-ignore
}
const at = (sequenceNumber: string, subSequenceNumber = 0) => ({ sequenceNumber, subSequenceNumber });

describe('Kinesis records, opened', () => {
  it('#58 a valid aggregate gives user records with sub-sequence numbers from 0; one flipped byte of its sum, one raw record', () => {
    const bytes = aggregate([inside('a'), inside('b'), inside('c')]);
    expect(open([kinesisRecord('7', bytes), kinesisRecord('8', Buffer.from('plain'))])).toEqual({
      opened: ['7/0 a', '7/1 b', '7/2 c', '8/0 plain'],
      upTo: at('8'),
      repeated: 0,
      outside: 0,
      unreadable: 0,
    });
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 1] = (flipped[bytes.length - 1] as number) ^ 1;
    expect(open([kinesisRecord('7', flipped)])).toMatchObject({ opened: [`7/0 ${flipped}`], upTo: at('7') });
  });

  const mixed = kinesisRecord('7', aggregate([inside('a'), outside('b'), inside('c'), outside('d')]));

  it.each<[AggregateFilter, string[], number]>([
    ['record', ['7/0 a', '7/2 c'], 2],
    ['java', [], 4],
    ['off', ['7/0 a', '7/1 b', '7/2 c', '7/3 d'], 0],
  ])('#59 an aggregate over two ranges: mode %s keeps %j, with their places in it', (filter, opened, dropped) => {
    expect(open([mixed], start, filter)).toEqual({
      opened,
      upTo: at('7', 3), // all of it is done with, whatever was dropped
      repeated: 0,
      outside: dropped,
      unreadable: 0,
    });
  });

  it('hashes the partition key where there is no explicit hash key, or none that is one', () => {
    const isLow = (key: string): boolean => (createHash('md5').update(key).digest()[0] as number) < 0x80;
    const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);
    const records = keys.map((key, i) =>
      user(key, i % 2 === 0 ? undefined : i % 4 === 1 ? 'no number' : String(2n ** 128n)),
    );
    const { opened } = open([kinesisRecord('7', aggregate(records))]);
    expect(opened.map((one) => one.split(' ')[1])).toEqual(keys.filter(isLow));
  });

  it('never filters a plain record, and nothing when the range is whole or unknown', () => {
    const plain = kinesisRecord('8', Buffer.from('plain'));
    expect(open([plain]).opened).toEqual(['8/0 plain']);
    expect(hashRangeFilter(undefined)).toBeNull();
    expect(hashRangeFilter({ start: '0', end: String(2n ** 128n - 1n) })).toBeNull();
  });

  it('counts the edges of the range to it', () => {
    const isInside = hashRangeFilter({ start: '10', end: '20' });
    const verdicts = ['9', '10', '20', '21'].map((key) => isInside?.(user('x', key)));
    expect(verdicts).toEqual([false, true, true, false]);
  });

  it('drops what was done before, and goes on inside an aggregate', () => {
    const records = [
      kinesisRecord('9', Buffer.from('old')),
      kinesisRecord('10', aggregate([inside('a'), inside('b'), inside('c')])),
      kinesisRecord('11', Buffer.from('new')),
    ];
    expect(open(records, at('10', 1))).toMatchObject({ opened: ['10/2 c', '11/0 new'], repeated: 3, upTo: at('11') });
    expect(open(records.slice(0, 2), at('10', 2))).toMatchObject({ opened: [], repeated: 4, upTo: null });
    expect(open(records, at('11'))).toMatchObject({ opened: [], repeated: 3, upTo: null });
    expect(open([], at('11'))).toMatchObject({ opened: [], repeated: 0, upTo: null });
  });

  it('hands on records of no bytes', () => {
    expect(open([kinesisRecord('7', Buffer.alloc(0))])).toMatchObject({ opened: ['7/0 '], upTo: at('7') });
  });
});
