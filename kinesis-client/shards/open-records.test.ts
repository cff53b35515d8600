import { createHash } from 'node:crypto';
import type { Checkpoint } from '../leases/lease';
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

interface Settings {
  after?: Checkpoint;
  filter?: AggregateFilter;
  recordsMax?: number;
}

/** Each batch; its records as `sequence number/sub-sequence number text`. */
function batches(records: readonly StreamRecord[], settings: Settings = {}) {
  const { after = start, filter = 'record', recordsMax = 10_000 } = settings;
  const opened = [...openRecords(records, after, { filter, recordsMax, isInside: hashRangeFilter(lower) })];
  return opened.map((batch) => ({
    opened: batch.records.map((one) => `${one.sequenceNumber}/${one.subSequenceNumber} ${one.bytes}`),
    upTo: batch.upTo,
    repeated: batch.repeated,
    outside: batch.outside,
    unreadable: batch.unreadable,
  }));
}
const open = (records: readonly StreamRecord[], settings: Settings = {}) => batches(records, settings)[0];

const at = (sequenceNumber: string, subSequenceNumber = 0) => ({ sequenceNumber, subSequenceNumber });
const isHigh = (key: string): boolean => (createHash('md5').update(key).digest()[0] as number) >= 0x80;

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
    expect(open([mixed], { filter })).toEqual({
      opened,
      upTo: at('7', 3), // all of it is done with, whatever was dropped
      repeated: 0,
      outside: dropped,
      unreadable: 0,
    });
  });

  it('an aggregate whose records belong here all the same is whole in mode java', () => {
    const ours = kinesisRecord('7', aggregate([inside('a'), inside('b')]));
    expect(open([ours, mixed], { filter: 'java' })).toMatchObject({ opened: ['7/0 a', '7/1 b'], outside: 4 });
  });

  it('never filters a plain record', () => {
    const partitionKey = Array.from({ length: 40 }, (_, i) => `key-${i}`).find(isHigh) as string;
    const plain = { ...kinesisRecord('8', Buffer.from('plain')), partitionKey };
    expect(open([plain])?.opened).toEqual(['8/0 plain']);
    expect(open([kinesisRecord('8', aggregate([{ partitionKey, data: Buffer.from('x') }]))])?.opened).toEqual([]);
  });

  it('computes no hash in mode off', () => {
    const isInside = (): boolean => {
      throw new Error('was asked');
    };
    const [batch] = openRecords([mixed], start, { filter: 'off', isInside, recordsMax: 1 });
    expect(batch?.records).toHaveLength(4);
  });

  it('drops what was done before, counted in user records, and goes on inside an aggregate', () => {
    const records = [
      kinesisRecord('9', aggregate([inside('x'), inside('y')])),
      kinesisRecord('10', aggregate([inside('a'), inside('b'), inside('c')])),
      kinesisRecord('11', Buffer.from('new')),
    ];
    expect(open(records, { after: at('10', 1) })).toMatchObject({
      opened: ['10/2 c', '11/0 new'],
      repeated: 4,
      upTo: at('11'),
    });
    expect(open(records.slice(0, 2), { after: at('10', 2) })).toMatchObject({ opened: [], repeated: 5, upTo: null });
    expect(open(records, { after: at('11') })).toMatchObject({ opened: [], repeated: 6, upTo: null });
    expect(open(records, { after: at('12') })).toMatchObject({ opened: [], repeated: 6, upTo: null });
    expect(batches([], { after: at('11') })).toEqual([]);
  });

  it('counts what was dropped once: not again when the aggregate is read again', () => {
    expect(open([mixed], { after: at('7', 1) })).toMatchObject({ opened: ['7/2 c'], repeated: 2, outside: 1 });
    expect(open([mixed], { after: at('7', 1), filter: 'java' })).toMatchObject({ repeated: 2, outside: 2 });
    expect(open([mixed], { after: at('7', 3) })).toMatchObject({ repeated: 4, outside: 0, upTo: null });
  });

  it('passes over records whose keys the aggregate does not have, counted once', () => {
    const body = Buffer.from('0a0161' + '1a0608001a026869' + '1a0608071a026869' + '1a0608001a026869', 'hex');
    const md5 = createHash('md5').update(body).digest();
    const broken = kinesisRecord('7', Buffer.concat([Buffer.from('f3899ac2', 'hex'), body, md5]));
    expect(open([broken], { filter: 'off' })).toMatchObject({ opened: ['7/0 hi'], unreadable: 2, upTo: at('7', 2) });
    expect(open([broken], { filter: 'off', after: at('7', 2) })).toMatchObject({ unreadable: 0, upTo: null });
  });

  it('ends a batch with the Kinesis record that fills it, and divides none', () => {
    const three = (sequenceNumber: string) =>
      kinesisRecord(sequenceNumber, aggregate([inside('a'), inside('b'), inside('c')]));
    const plain = (sequenceNumber: string) => kinesisRecord(sequenceNumber, Buffer.from('p'));
    const records = [plain('1'), three('2'), three('3'), plain('4'), plain('5'), plain('6')];
    const sizes = (recordsMax: number) =>
      batches(records, { recordsMax }).map(({ opened, upTo }) => `${opened.length} up to ${upTo?.sequenceNumber}`);
    expect(sizes(2)).toEqual(['4 up to 2', '3 up to 3', '2 up to 5', '1 up to 6']);
    expect(sizes(4)).toEqual(['4 up to 2', '4 up to 4', '2 up to 6']);
    expect(sizes(10)).toEqual(['10 up to 6']);
  });

  it('opens a batch only when it is asked for', () => {
    const next = kinesisRecord('8', Buffer.from('plain'));
    const looks: string[] = [];
    const watched = { ...next, get data() { return looks.push('looked at'), next.data; } }; // prettier-ignore
    const opening = openRecords([mixed, watched], start, { filter: 'off', isInside: null, recordsMax: 1 });
    expect([opening.next().value?.records.length, looks.length]).toEqual([4, 0]);
    expect(opening.next().value?.records.length).toBe(1);
    expect(looks).not.toEqual([]);
  });

  it('hands on records of no bytes', () => {
    expect(open([kinesisRecord('7', Buffer.alloc(0))])).toMatchObject({ opened: ['7/0 '], upTo: at('7') });
  });
});
