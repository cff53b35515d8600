import { BYTES_PER_REQUEST_MAX } from './put-limits';
import { explicitHashKeyOf, stampOf } from './stamp';
import { batchSize } from './take-batch';

const records = (count: number, bytes: number) => Array.from({ length: count }, () => ({ bytes }));

describe('the next PutRecords', () => {
  it.each([
    ['nothing', records(0, 1), 0],
    ['all that wait', records(3, 100), 3],
    ['500 records at most', records(501, 1), 500],
    ['5 MiB at most', records(6, 1024 * 1024), 5],
    ['exactly 5 MiB', records(2, BYTES_PER_REQUEST_MAX / 2), 2],
    ['one record, however large', records(2, BYTES_PER_REQUEST_MAX + 1), 1],
  ])('takes %s', (_, waiting, expected) => {
    expect(batchSize(waiting)).toBe(expected);
  });
});

describe('the stamp', () => {
  it('is origin and number', () => {
    expect(stampOf('0123456789abcdef', 42)).toBe('0123456789abcdef.42');
  });

  it('hashes the partition key as Kinesis does', () => {
    expect(explicitHashKeyOf('a')).toBe(BigInt('0x0cc175b9c0f1b6a831c399e269772661').toString());
    expect(BigInt(explicitHashKeyOf('größe')) < 2n ** 128n).toBe(true);
  });
});
