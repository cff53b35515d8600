import { emptyTally, lastLine, waiting } from './tally';

describe('the tally', () => {
  it.each([
    ['all accepted', { tracked: 200, accepted: 200, refused: 0 }, '200 accepted, 0 failed, 0.5 s', 0],
    ['some never answered', { tracked: 200, accepted: 150, refused: 0 }, '150 accepted, 50 failed, 0.5 s', 50],
    ['some refused', { tracked: 200, accepted: 150, refused: 50 }, '150 accepted, 50 failed, 0.5 s', 0],
    ['interrupted', { tracked: 90, accepted: 80, refused: 3 }, '80 accepted, 10 failed, 110 not sent, 0.5 s', 7],
  ])('%s: the last line adds up to what was asked for', (_case, counts, line, stillWaiting) => {
    const tally = { ...emptyTally(200), ...counts };
    expect(lastLine(tally, 0.512)).toBe(line);
    expect(waiting(tally)).toBe(stillWaiting);
  });
});
