import { nextShardState, TRANSITIONS, type ShardEvent, type ShardState } from './shard-state';

const states = Object.keys(TRANSITIONS) as ShardState[];
const events = [...new Set(states.flatMap((state) => Object.keys(TRANSITIONS[state])))] as ShardEvent[];

describe('nextShardState', () => {
  it('moves where the table says, and throws everywhere else', () => {
    for (const state of states) {
      for (const event of events) {
        const next = TRANSITIONS[state][event];
        if (next === undefined) expect(() => nextShardState(state, event)).toThrow(/does not know/);
        else expect(nextShardState(state, event)).toBe(next);
      }
    }
  });

  it('leads from every state to done, and from done nowhere', () => {
    const reachable = (from: ShardState, seen = new Set<ShardState>()): Set<ShardState> => {
      if (seen.has(from)) return seen;
      seen.add(from);
      for (const next of Object.values(TRANSITIONS[from])) reachable(next, seen);
      return seen;
    };
    for (const state of states) expect(reachable(state)).toContain('done');
    expect(reachable('done')).toEqual(new Set(['done']));
  });

  it('lets a lost lease end every state in which the lease is still needed', () => {
    const needsNoLease: ShardState[] = ['restarting', 'releasing', 'closing', 'done'];
    for (const state of states) expect(TRANSITIONS[state].leaseLost !== undefined).toBe(!needsNoLease.includes(state));
  });

  it('calls no processor after the end of the shard is stored', () => {
    for (const state of states) expect([undefined, 'done']).toContain(TRANSITIONS[state].endStored);
  });
});
