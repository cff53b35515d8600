import { seededRandom } from '../../runtime/random';
import { traffic, type TrafficEvent } from './traffic';

const take = (count: number, seed = 1): TrafficEvent[] => {
  const source = traffic(seededRandom(seed));
  return Array.from({ length: count }, () => source.next().value);
};

describe('traffic', () => {
  it('is the same from the same seed', () => {
    expect(take(50)).toEqual(take(50));
    expect(take(50)).not.toEqual(take(50, 2));
  });

  it('mixes all kinds of events, and visitors come back', () => {
    const events = take(1_000);
    const kinds = new Set(events.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['page-view', 'page-ping', 'structured', 'self-describing']));
    const visitors = new Set(events.map(({ visitor }) => visitor.domainUserId));
    expect(visitors.size).toBeGreaterThan(100);
    expect(visitors.size).toBeLessThanOrEqual(200);
    expect(events.every(({ context }) => context.length === 2)).toBe(true);
  });
});
