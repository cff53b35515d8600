import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { aggregate, openAggregate, type UserRecord } from './aggregated-record';

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');
const sealed = (body: Buffer): Buffer => Buffer.concat([hex('f3 89 9a c2'), body, md5(body)]);

/** Written by hand from the format. */
const goldenBody = hex(
  [
    '0a 01 61', // partition key 0: a
    '0a 02 6262', // partition key 1: bb
    '12 02 3432', // explicit hash key 0: 42
    '1a 06 08 00 1a 02 6869', // record: key 0, "hi"
    '1a 06 08 01 10 00 1a 00', // record: key 1, hash key 0, no bytes
  ].join(''),
);
const golden: UserRecord[] = [
  { partitionKey: 'a', explicitHashKey: undefined, data: Buffer.from('hi') },
  { partitionKey: 'bb', explicitHashKey: '42', data: Buffer.alloc(0) },
];

const userRecord: fc.Arbitrary<UserRecord> = fc.record({
  partitionKey: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  explicitHashKey: fc.option(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String), { nil: undefined }),
  data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

describe('the aggregated record of the KPL', () => {
  it('opens bytes that were written by hand, and writes the same', () => {
    expect(openAggregate(sealed(goldenBody))).toEqual({ records: golden, unreadable: 0 });
    expect(aggregate(golden)).toEqual(sealed(goldenBody));
  });

  it('opens what the aggregators of AWS write, and writes the same', () => {
    const largest = String(2n ** 128n - 1n);
    const records: UserRecord[] = [
      { partitionKey: 'user-1', explicitHashKey: undefined, data: Buffer.from('hello') },
      { partitionKey: 'user-2', explicitHashKey: largest, data: Buffer.from([0x00, 0xff]) },
      { partitionKey: 'user-1', explicitHashKey: undefined, data: Buffer.from('again') },
    ];
    // aws-kinesis-agg 1.2.3 (Python) and 4.2.8 (Node) agree on these bytes.
    const theirs = hex(
      [
        'f3899ac2 0a06 757365722d31 0a06 757365722d32',
        `1227 ${Buffer.from(largest).toString('hex')}`,
        '1a09 0800 1a05 68656c6c6f 1a08 0801 1000 1a02 00ff 1a09 0800 1a05 616761696e',
        '8cc38ab57498981841e3d3b2d3f5ec46',
      ].join(''),
    );
    expect(openAggregate(theirs)).toEqual({ records, unreadable: 0 });
    expect(aggregate(records)).toEqual(theirs);
  });

  it('gives back what went in', () => {
    fc.assert(
      fc.property(fc.array(userRecord, { maxLength: 30 }), (records) => {
        const opened = openAggregate(aggregate(records));
        expect(opened).toEqual(records.length === 0 ? null : { records, unreadable: 0 });
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('takes fields that it does not know, in any order, with the tables at the end', () => {
    const body = hex(
      [
        '20 96 01', // field 4, a number
        '1a 0d 22 03 0a0174 1a 02 6869 08 00 28 01', // record: a tag (t), "hi", key 0, field 5
        '31 0102030405060708', // field 6, 8 bytes
        '3d 01020304', // field 7, 4 bytes
        '43 08 01 4b 4c 44', // field 8, a group with a number and a group in it
        '0a 01 61',
      ].join(''),
    );
    expect(openAggregate(sealed(body))?.records).toEqual([golden[0]]);
  });

  it('shares the memory of the record that it opens', () => {
    const bytes = sealed(goldenBody);
    expect(openAggregate(bytes)?.records[0]?.data.buffer).toBe(bytes.buffer);
  });

  it('keeps the records before one that names a key which is not there', () => {
    const body = Buffer.concat([goldenBody, hex('1a 06 08 07 1a 02 6869'), hex('1a 06 08 00 1a 02 6869')]);
    expect(openAggregate(sealed(body))).toEqual({ records: golden, unreadable: 2 });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['less than the magic', hex('f3 89 9a')],
    ['other bytes', Buffer.from('{"some": "json", "that": "is long enough"}')],
    ['the magic and no message', Buffer.concat([hex('f3 89 9a c2'), md5(Buffer.alloc(0))])],
    ['a message that is none', sealed(hex('ff ff ff ff ff ff ff ff ff ff ff'))],
    ['a length beyond the end', sealed(hex('0a 7f 61'))],
    ['a length of 2^63', sealed(hex('0a ff ff ff ff ff ff ff ff 7f 61'))],
    ['a record without data', sealed(hex('0a 01 61 1a 02 08 00'))],
    ['a record without a key', sealed(hex('0a 01 61 1a 04 1a 02 6869'))],
    ['a group that does not end', sealed(hex('0a 01 61 43 08 01'))],
    ['a broken record', sealed(hex('0a 01 61 1a 05 08 00 1a 02 68'))],
    ['a broken record after one without its key', sealed(hex('1a 06 08 07 1a 02 6869 1a 02 08 00'))],
  ])('takes %s for a plain record', (_what, bytes) => {
    expect(openAggregate(bytes)).toBeNull();
  });

  it('takes an aggregate with any changed or missing byte for a plain record', () => {
    const whole = sealed(goldenBody);
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] as number) ^ 0x10;
      expect(openAggregate(flipped)).toBeNull();
      expect(openAggregate(whole.subarray(0, at))).toBeNull();
    }
  });

  it('never throws, whatever is sealed with the right sum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (body) => {
        const opened = openAggregate(sealed(Buffer.from(body)));
        expect(opened === null || opened.records.length <= body.length).toBe(true);
      }),
      { seed: 2, numRuns: 2_000 },
    );
  });

  it('opens and passes records of 10 MiB, the largest that Kinesis takes', () => {
    const whole = aggregate([{ partitionKey: 'a', data: Buffer.alloc(10 * 1024 * 1024 - 100, 'x') }]);
    expect(openAggregate(whole)?.records[0]?.data.length).toBe(10 * 1024 * 1024 - 100);
    expect(openAggregate(Buffer.alloc(10 * 1024 * 1024))).toBeNull();
  });
});
