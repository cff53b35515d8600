import { bytesToReserve } from './answer-size';
import { ANSWER_BYTES_MAX } from './stream';

const KB = 1024;

describe('the memory that is reserved for an answer', () => {
  it.each([
    ['nothing is known', null, ANSWER_BYTES_MAX],
    ['the shard was read to its tip, where nothing had come', { sentAtMs: 9_000, bytes: 0 }, 64 * KB],
    ['it gave 1 MB there', { sentAtMs: 9_000, bytes: 1024 * KB }, 2112 * KB],
    [
      'it gave so much that twice as much is more than an answer',
      { sentAtMs: 9_000, bytes: 9216 * KB },
      ANSWER_BYTES_MAX,
    ],
    ['that was too long ago', { sentAtMs: 4_999, bytes: 0 }, ANSWER_BYTES_MAX],
  ])('when %s', (_what, tip, expected) => {
    expect(bytesToReserve(tip, 10_000)).toBe(expected);
  });
});
