import { seededRandom, type Random } from '../../runtime/random';
import { aLease, at } from '../../test/lease-builders';
import type { Lease } from './lease';
import type { LeaseView } from './observe-leases';
import { planLeases, type LeaseLimits } from './plan-leases';

const DURATION_MS = 10_000;
const limits: LeaseLimits = { leaseDurationMs: DURATION_MS, leasesMax: 1_000, stealMax: 1_000, takeVeryOld: true };

interface Seen {
  readonly owner?: string;
  readonly silentMs?: number;
  readonly letGoBy?: string;
  readonly fields?: Partial<Lease>;
}

/** Leases as this worker sees them: owner and how long the counter has stood still in its own sight. */
const viewOf = (seen: readonly Seen[]): LeaseView =>
  new Map(
    seen.map(({ owner, silentMs = 0, letGoBy, fields }, i) => {
      const lease = aLease(`shard-${i}`, { ...(owner === undefined ? {} : { leaseOwner: owner }), ...fields });
      return [lease.leaseKey, { lease, sinceMs: 0, readMs: silentMs, ...(letGoBy === undefined ? {} : { letGoBy }) }];
    }),
  );
const times = (count: number, seen: Seen): Seen[] => Array.from({ length: count }, () => seen);
const ended = { checkpoint: at('SHARD_END') };

/** The plan of `me`, which holds what the view says it owns. */
function planOf(seen: readonly Seen[], change: Partial<LeaseLimits> = {}, seed = 1) {
  const view = viewOf(seen);
  const held = new Map([...view].filter(([, { lease }]) => lease.leaseOwner === 'me'));
  return planLeases(view, 'me', held, { ...limits, ...change }, seededRandom(seed));
}
const counts = (seen: readonly Seen[], change: Partial<LeaseLimits> = {}) => {
  const { take, steal, target } = planOf(seen, change);
  return { take: take.length, steal: steal.length, target };
};

describe('planLeases', () => {
  it.each<[string, readonly Seen[], { take: number; steal: number; target: number }]>([
    ['an empty table gives nothing to do', [], { take: 0, steal: 0, target: 0 }],
    ['alone on a new table, it takes all', times(5, {}), { take: 5, steal: 0, target: 5 }],
    [
      'with two others alive, it takes its share of what is free',
      [...times(2, { owner: 'a' }), ...times(2, { owner: 'b' }), ...times(5, {})],
      { take: 3, steal: 0, target: 3 },
    ],
    [
      'an owner that is silent for more than the duration counts no more',
      times(4, { owner: 'dead', silentMs: DURATION_MS + 1 }),
      { take: 4, steal: 0, target: 4 },
    ],
    [
      'an owner that is silent for the duration still counts',
      times(4, { owner: 'slow', silentMs: DURATION_MS }),
      { take: 0, steal: 2, target: 2 },
    ],
    ['a new worker takes half of what one other has', times(4, { owner: 'a' }), { take: 0, steal: 2, target: 2 }],
    ['a gap of one is even', [...times(2, { owner: 'a' }), { owner: 'me' }], { take: 0, steal: 0, target: 2 }],
    [
      'nobody above the target, but two missing here: one',
      [...times(3, { owner: 'a' }), ...times(3, { owner: 'b' }), { owner: 'me' }],
      { take: 0, steal: 1, target: 3 },
    ],
    [
      'more workers than leases: one lease each at most',
      [...times(2, { owner: 'a' }), { owner: 'b' }],
      { take: 0, steal: 1, target: 1 },
    ],
    [
      'who was seen to let a lease go has no share: it is taken before the last one is let go',
      [{ letGoBy: 'a' }, { owner: 'a' }, ...times(2, { owner: 'me' })],
      { take: 1, steal: 0, target: 4 },
    ],
    [
      'and the share is one of those who stay',
      [{ letGoBy: 'a' }, { owner: 'a' }, ...times(2, { owner: 'b' }), ...times(2, { owner: 'me' })],
      { take: 1, steal: 0, target: 3 },
    ],
    ['nothing is stolen while something is free', [...times(8, { owner: 'a' }), {}], { take: 1, steal: 0, target: 5 }],
    [
      'leases of ended shards are no load, but somebody cleans them up',
      [...times(2, { owner: 'me' }), ...times(2, { owner: 'a' }), ...times(4, { fields: ended })],
      { take: 2, steal: 0, target: 2 },
    ],
    [
      'leases of ended shards are never stolen, and their owner counts as a worker',
      [...times(8, { owner: 'a', fields: ended }), ...times(2, { owner: 'b' })],
      { take: 0, steal: 1, target: 1 },
    ],
  ])('%s', (_name, seen, expected) => expect(counts(seen)).toEqual(expected));

  it('takes up an own earlier holding without waiting for it to expire', () => {
    const plan = planLeases(viewOf([{ owner: 'me' }, { owner: 'a' }]), 'me', new Map(), limits, seededRandom(1));
    expect(plan.take.map(({ leaseKey }) => leaseKey)).toEqual(['shard-0']);
  });

  it('does not start a lease that another live worker still hands over to it', () => {
    const handed: Seen = { owner: 'me', fields: { checkpointOwner: 'a' } };
    const plan = planLeases(viewOf([handed, { owner: 'a' }]), 'me', new Map(), limits, seededRandom(1));
    expect([...plan.take, ...plan.steal]).toEqual([]);
  });

  it('never steals a lease in a hand-over, and counts it for its receiver', () => {
    const moving = times(4, { owner: 'b', fields: { checkpointOwner: 'a' } });
    expect(counts(moving)).toEqual({ take: 0, steal: 0, target: 2 });
    const { steal } = planOf([...moving, ...times(2, { owner: 'b' })]);
    expect(steal.every(({ checkpointOwner }) => checkpointOwner === undefined)).toBe(true);
  });

  it('takes a lease whose hand-over died with both workers, once it is silent for too long', () => {
    const stale: Seen = { owner: 'b', silentMs: DURATION_MS + 1, fields: { checkpointOwner: 'a' } };
    expect(counts([stale])).toEqual({ take: 1, steal: 0, target: 1 });
  });

  it('#15 takes what was free or silent for three durations in its own sight, whatever the target', () => {
    const veryOld = times(6, { owner: 'dead', silentMs: 3 * DURATION_MS + 1 });
    const seen = [...times(6, { owner: 'a' }), ...veryOld];
    expect(counts(seen)).toMatchObject({ take: 6 });
    expect(counts(seen, { leasesMax: 4 })).toMatchObject({ take: 4 });
    expect(counts([...times(3, { owner: 'me' }), ...veryOld], { leasesMax: 4 })).toMatchObject({ take: 1 });
    const freeForLong = times(6, { silentMs: 3 * DURATION_MS + 1 });
    expect(counts([...times(6, { owner: 'a' }), ...freeForLong])).toMatchObject({ take: 6 });
  });

  it('with takeVeryOld off it never takes more than the target', () => {
    const seen = [...times(6, { owner: 'a' }), ...times(6, { owner: 'dead', silentMs: 10 * DURATION_MS })];
    expect(counts(seen, { takeVeryOld: false })).toEqual({ take: 6, steal: 0, target: 6 });
    const uneven = [...times(1, { owner: 'a' }), ...times(7, { silentMs: 10 * DURATION_MS })];
    expect(counts(uneven, { takeVeryOld: false })).toEqual({ take: 4, steal: 0, target: 4 });
  });

  it('a lease first seen free is not very old: a restarted worker takes its share, not everything', () => {
    expect(counts([...times(4, { owner: 'a' }), ...times(4, {})])).toEqual({ take: 4, steal: 0, target: 4 });
    expect(counts([...times(1, { owner: 'a' }), ...times(7, {})])).toEqual({ take: 4, steal: 0, target: 4 });
  });

  it('#16 never plans beyond leasesMax, and says how much is left over', () => {
    const seen = times(5, {});
    expect(planOf(seen, { leasesMax: 2 })).toMatchObject({ spillover: 3, target: 5 });
    expect(counts(seen, { leasesMax: 2 })).toMatchObject({ take: 2 });
    expect(counts([...times(2, { owner: 'me' }), ...times(6, { owner: 'a' })], { leasesMax: 2 })).toMatchObject({
      steal: 0,
    });
  });

  it('#18 steals at most stealMax in one look', () => {
    expect(counts(times(100, { owner: 'a' }), { stealMax: 1 })).toEqual({ take: 0, steal: 1, target: 50 });
  });

  it('shares the surplus of a victim with the others that are below the target', () => {
    // 7 leases, 4 workers, target 2: the surplus of a is 3, three workers are below, two are missing here.
    const seen = [...times(5, { owner: 'a' }), { owner: 'b' }, { owner: 'c' }];
    expect(counts(seen)).toEqual({ take: 0, steal: 1, target: 2 });
  });
});

/** A fleet over one table: each look sees the whole truth, takes succeed unless two take the same in one round. */
class Fleet {
  readonly owners: (string | undefined)[];
  moves = 0;
  constructor(
    leases: number,
    readonly seed: number,
    readonly change: Partial<LeaseLimits> = {},
  ) {
    this.owners = Array.from({ length: leases }, () => undefined);
    this.random = seededRandom(seed);
  }
  private readonly random: Random;

  /** Every worker looks once. `together`: all look before anybody writes, the worst case for stealing. */
  run(workers: readonly string[], together: boolean): void {
    const plans = this.random.shuffle(workers).map((worker) => ({ worker, plan: () => this.plan(worker) }));
    const made = together ? plans.map(({ worker, plan }) => ({ worker, plan: plan() })) : [];
    const before = [...this.owners];
    for (const { worker, plan } of together ? made.map((one) => ({ ...one, plan: () => one.plan })) : plans) {
      const { take, steal } = plan();
      for (const { leaseKey } of [...take, ...steal]) {
        const i = Number(leaseKey.slice('shard-'.length));
        if (together && this.owners[i] !== before[i]) continue; // the counter moved: refused
        this.owners[i] = worker;
        this.moves++;
      }
    }
  }

  private plan(worker: string) {
    const view = viewOf(this.owners.map((owner) => (owner === undefined ? {} : { owner })));
    const held = new Map([...view].filter(([, { lease }]) => lease.leaseOwner === worker));
    const plan = planLeases(view, worker, held, { ...limits, ...this.change }, this.random);
    const keys = [...plan.take, ...plan.steal].map(({ leaseKey }) => leaseKey);
    const leasesMax = this.change.leasesMax ?? limits.leasesMax;
    if (new Set(keys).size < keys.length || keys.some((key) => held.has(key)) || held.size + keys.length > leasesMax)
      throw new Error(`seed ${this.seed}: ${worker} holds ${held.size} and plans ${keys.join()}`);
    return plan;
  }

  spread(workers: readonly string[]): number {
    const sizes = workers.map((worker) => this.owners.filter((owner) => owner === worker).length);
    return Math.max(...sizes) - Math.min(...sizes);
  }
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `worker-${i}`);

describe('fleets', () => {
  it('two workers that share four shards come to two and two', () => {
    for (let seed = 0; seed < 20; seed++) {
      const fleet = new Fleet(4, seed);
      fleet.run(['a'], false);
      fleet.run(['a', 'b'], true);
      expect(fleet.owners.filter((owner) => owner === 'a')).toHaveLength(2);
      expect(fleet.owners.filter((owner) => owner === 'b')).toHaveLength(2);
    }
  });

  it('#14 ten free leases, three workers, no priority: 4, 3, 3 after two runs', () => {
    for (let seed = 0; seed < 20; seed++) {
      const fleet = new Fleet(10, seed, { takeVeryOld: false });
      fleet.run(names(3), false);
      fleet.run(names(3), false);
      expect([seed, fleet.spread(names(3))]).toEqual([seed, 1]);
    }
  });

  it.each([
    [1, 7],
    [3, 2],
    [5, 64],
    [10, 100],
    [12, 57],
    [20, 150],
  ])('#17 %i workers come to an even share of %i leases, and then nothing ever moves', (workers, leases) => {
    for (const together of [true, false]) {
      for (let seed = 0; seed < 2; seed++) {
        const fleet = new Fleet(leases, seed);
        let runs = 0;
        while (runs < 1 || fleet.spread(names(workers)) > 1) {
          fleet.run(names(workers), together);
          if (++runs > 40) break;
        }
        expect({ seed, together, even: fleet.spread(names(workers)) <= 1 }).toEqual({ seed, together, even: true });
        const settled = fleet.moves;
        for (let run = 0; run < (workers > 5 ? 20 : 100); run++) fleet.run(names(workers), together);
        expect(fleet.moves).toBe(settled);
      }
    }
  });

  it('workers that join at once take about what must move, not more', () => {
    const fleet = new Fleet(120, 7);
    for (let run = 0; run < 10; run++) fleet.run(names(4), false);
    const before = fleet.moves;
    for (let run = 0; run < 30; run++) fleet.run(names(6), true);
    expect(fleet.spread(names(6))).toBeLessThanOrEqual(1);
    expect(fleet.moves - before).toBeLessThanOrEqual(60); // 40 leases must move
  });
});
