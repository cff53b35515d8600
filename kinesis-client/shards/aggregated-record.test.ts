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
        '1a 0a 22 00 1a 02 6869 08 00 28 01', // record: tags, "hi", key 0, field 5
        '31 0102030405060708', // field 6, 8 bytes
        '3d 01020304', // field 7, 4 bytes
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
    ['a group, which proto2 gave up', sealed(hex('0b 0c'))],
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

  it('passes a plain record of 10 MiB in one look at its first bytes', () => {
    expect(openAggregate(Buffer.alloc(10 * 1024 * 1024))).toBeNull();
  });
});
