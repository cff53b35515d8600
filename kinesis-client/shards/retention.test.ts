import { judgeOpening, runsOutOfRetention } from './retention';
import type { Position } from './stream';

const RETENTION_MS = 24;
const first = (sequenceNumber: string, ageMs: number) => ({
  ...{ sequenceNumber, partitionKey: 'key', data: new Uint8Array(), arrivedAtMs: 1_000 - ageMs },
});
const at: Position = { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: '5' };
const after: Position = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: '5' };

describe('judgeOpening', () => {
  it.each<[string, Position, ReturnType<typeof first>, string]>([
    ['at a checkpoint whose record comes, however old', at, first('5', 30), 'complete'],
    ['at a checkpoint, when a record at half of the retention comes instead', at, first('6', 12), 'possiblyExpired'],
    ['at a checkpoint, when a younger one comes instead', at, first('6', 11), 'recordMissing'],
    ['after a record, when what comes is as old as the retention', after, first('6', 24), 'possiblyExpired'],
    ['after a record, when what comes is younger', after, first('6', 23), 'complete'],
    ['at the oldest record there is', { type: 'TRIM_HORIZON' }, first('6', 30), 'complete'],
    ['at a time', { type: 'AT_TIMESTAMP', timestampMs: 1 }, first('6', 30), 'complete'],
    ['at the tip', { type: 'LATEST' }, first('6', 30), 'complete'],
  ])('%s', (_what, position, record, expected) => {
    expect(judgeOpening(position, record, 1_000, RETENTION_MS)).toBe(expected);
  });
});

describe('runsOutOfRetention', () => {
  it.each([
    [false, 11, false],
    [false, 12, true],
    [true, 11, true],
    [true, 6, true],
    [true, 5, false],
  ])('when it did so before: %s, at a lag of %s of 24: %s', (before, behindMs, expected) => {
    expect(runsOutOfRetention(before, behindMs, RETENTION_MS)).toBe(expected);
  });
});
