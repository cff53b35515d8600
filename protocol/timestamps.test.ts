import { formatTimestamp, isoTimestamp, isWritableTimestamp, parseTimestamp } from './timestamps';

describe('formatTimestamp', () => {
  it.each<[number | bigint, string]>([
    [0, '1970-01-01 00:00:00.000'],
    [1_700_000_000_123, '2023-11-14 22:13:20.123'],
    [-62_167_219_200_000, '0000-01-01 00:00:00.000'],
    [253_402_300_799_999, '9999-12-31 23:59:59.999'],
    [253_402_300_800_000, '10000-01-01 00:00:00.000'],
    [-62_167_219_200_001, '-0001-12-31 23:59:59.999'],
    [9_223_372_036_854_775_807n, '292278994-08-17 07:12:55.807'],
    [-9_223_372_036_854_775_808n, '-292275055-05-16 16:47:04.192'],
  ])('writes %s as %s', (epochMs, text) => expect(formatTimestamp(epochMs)).toBe(text));
});

describe('isoTimestamp', () => {
  it.each<[number, string]>([
    [1_700_000_000_123, '2023-11-14T22:13:20.123Z'],
    [-(2 ** 63), '-292275055-05-16T16:47:04.192Z'],
  ])('writes %s as %s', (epochMs, text) => expect(isoTimestamp(epochMs)).toBe(text));
});

describe('isWritableTimestamp', () => {
  it.each<[number, boolean]>([
    [-62_167_219_200_001, false],
    [-62_167_219_200_000, true],
    [253_402_300_799_999, true],
    [253_402_300_800_000, false],
  ])('holds the years 0 to 9999: %i is %s', (epochMs, isWritable) =>
    expect(isWritableTimestamp(epochMs)).toBe(isWritable),
  );
});

describe('parseTimestamp', () => {
  it('reads what formatTimestamp writes', () => {
    for (const epochMs of [0, 1_700_000_000_123, -62_167_219_200_000, 253_402_300_799_999]) {
      expect(parseTimestamp(formatTimestamp(epochMs))).toBe(epochMs);
    }
  });
});
