import type { FleetEvent, FleetHistory } from './fleet-history';
import { allOwnedMs, evenMs, gapsOf, idealJoinMoves, longestGapMs, movesIn, movesOf, takesIn } from './measure-fleet';

const won = (atMs: number, workerId: string, leaseKey: string): FleetEvent => ({ atMs, kind: 'won', workerId, leaseKey }); // prettier-ignore
const evicted = (atMs: number, workerId: string, leaseKey: string): FleetEvent => ({ atMs, kind: 'lost', workerId, leaseKey, reason: 'evicted' }); // prettier-ignore
const fenced = (atMs: number, workerId: string, leaseKey: string): FleetEvent => ({ atMs, kind: 'lost', workerId, leaseKey, reason: 'fenced' }); // prettier-ignore
const crash = (atMs: number, workerId: string, leaseKeys: readonly string[]): FleetEvent => ({ atMs, kind: 'crash', workerId, leaseKeys }); // prettier-ignore

const historyOf = (events: readonly FleetEvent[]): FleetHistory => ({ leases: 2, events, seconds: [] });

/** a takes both; b steals s1; a is killed, b takes s0 over; b lets s1 go, nobody takes it. */
const life = historyOf([
  won(100, 'a', 's0'),
  won(200, 'a', 's1'),
  won(1_000, 'b', 's1'),
  fenced(1_500, 'a', 's1'),
  crash(2_000, 'a', ['s0']),
  won(12_500, 'b', 's0'),
  evicted(20_000, 'b', 's1'),
]);

describe('the gaps of a fleet', () => {
  it('begin with the end of an owner, not where a thief has the lease already', () => {
    expect(gapsOf(life, 0)).toEqual([
      { leaseKey: 's0', fromMs: 2_000, toMs: 12_500, cause: 'crash' },
      { leaseKey: 's1', fromMs: 20_000, toMs: Infinity, cause: 'let-go' },
    ]);
  });

  it.each([
    [0, 'crash', 10_500],
    [2_001, 'crash', 0],
    [0, 'let-go', Infinity],
    [0, 'handed-over', 0],
    [0, 'other', 0],
  ] as const)('from %i ms on: the longest after %s is %d ms', (sinceMs, cause, longestMs) => {
    expect(longestGapMs(gapsOf(life, sinceMs), cause)).toBe(longestMs);
  });

  it.each([
    ['expired', 'other'],
    ['fenced', 'other'],
    ['evicted', 'let-go'],
    ['handed-over', 'handed-over'],
  ] as const)('that begin with a lease lost as %s have the cause %s', (reason, cause) => {
    const history = historyOf([won(0, 'a', 's0'), { atMs: 5, kind: 'lost', workerId: 'a', leaseKey: 's0', reason }]);
    expect(gapsOf(history, 0)).toMatchObject([{ cause, fromMs: 5 }]);
  });
});

describe('when every lease has an owner', () => {
  it.each([
    [0, 200],
    [150, 50],
    [300, 0],
    [2_000, 10_500],
    [20_000, Infinity],
  ])('since %i ms: after %d ms', (sinceMs, afterMs) => {
    expect(allOwnedMs(life, sinceMs)).toBe(afterMs);
  });
});

describe('when the leases lie evenly', () => {
  const join = (atMs: number, workerId: string): FleetEvent => ({ atMs, kind: 'join', workerId });
  const stop = (atMs: number, workerId: string): FleetEvent => ({ atMs, kind: 'stop', workerId });

  it.each([
    [0, 300],
    [350, 50], // until b had both of them in its turn
    [380, 20],
    [500, 0],
    [600, Infinity],
  ])('since %i ms: after %d ms', (sinceMs, afterMs) => {
    const history = historyOf([
      join(0, 'a'),
      won(100, 'a', 's0'),
      join(150, 'b'),
      won(200, 'a', 's1'),
      won(300, 'b', 's1'),
      won(350, 'b', 's0'),
      won(400, 'a', 's0'),
      join(600, 'c'),
      join(600, 'd'),
      stop(600, 'a'),
    ]);
    expect(evenMs(history, sinceMs)).toBe(afterMs);
  });
});

describe('moves', () => {
  it('count a lease that goes from one owner to another, also with a time between; takes count every owner', () => {
    const whole = { fromMs: 0, toMs: 30_000 };
    expect([...movesIn(life, whole)]).toEqual([
      ['s1', 1],
      ['s0', 1],
    ]);
    expect([movesOf(movesIn(life, whole)), takesIn(life, whole)]).toEqual([2, 4]);
  });

  it('do not count a lease that its owner takes again', () => {
    const history = historyOf([won(0, 'a', 's0'), evicted(5, 'a', 's0'), won(10, 'a', 's0')]);
    expect(movesOf(movesIn(history, { fromMs: 0, toMs: 10 }))).toBe(0);
  });

  it('count those of the span, ends included, after owners before it', () => {
    expect([...movesIn(life, { fromMs: 1_000, toMs: 12_499 })]).toEqual([['s1', 1]]);
    expect(takesIn(life, { fromMs: 200, toMs: 1_000 })).toBe(2);
  });
});

describe('the fewest moves of a join', () => {
  it.each([
    [500, 50, 5, 45], // 9 each, and 5 of the old ones keep a tenth
    [100, 10, 1, 9],
    [12, 2, 1, 4],
    [11, 1, 2, 7], // 3 and 3, and one of the two odd ones
    [4, 10, 1, 0], // fewer leases than workers: nothing has to move
  ])('%i leases, %i workers, %i more: %i', (leases, workers, joiners, moves) => {
    expect(idealJoinMoves(leases, workers, joiners)).toBe(moves);
  });
});
