import { bytesToReserve, type LastRead } from './answer-size';
import { ANSWER_BYTES_MAX } from './stream';

const KB = 1024;
const read = (kilobytes: number, isAtTip: boolean, sentAtMs = 9_000): LastRead => ({
  ...{ sentAtMs, bytes: kilobytes * KB, isAtTip },
});

describe('the memory that is reserved for an answer', () => {
  it.each([
    ['nothing is known', null, ANSWER_BYTES_MAX],
    ['nothing had come at the tip', read(0, true), 64 * KB],
    ['1 MB had come at the tip', read(1024, true), 2112 * KB],
    ['nothing had come behind the tip', read(0, false), 2048 * KB],
    ['1 MB had come behind the tip', read(1024, false), 4096 * KB],
    ['twice what had come is more than an answer', read(9216, true), ANSWER_BYTES_MAX],
    ['the answer before was too long ago', read(0, true, 4_999), ANSWER_BYTES_MAX],
  ])('when %s', (_what, last, expected) => {
    expect(bytesToReserve(last, 10_000)).toBe(expected);
  });
});
