import { seededRandom, type Random } from '../../runtime/random';
import { aLease, at } from '../../test/lease-builders';
import { actualOwner, type Lease } from './lease';
import type { LeaseView } from './observe-leases';
import { planLeases, type LeaseLimits, type Planner } from './plan-leases';

const DURATION_MS = 10_000;
const OVERDUE_MS = 1.25 * DURATION_MS + 1;
const HAND_OFF_MS = 30_000;
const WALL_MS = 1_700_000_000_000;
const limits: LeaseLimits = {
  leaseDurationMs: DURATION_MS,
  handOffTimeoutMs: HAND_OFF_MS,
  leasesMax: 1_000,
  stealMax: 1_000,
  takeVeryOld: true,
};

interface Seen {
  readonly owner?: string;
  readonly silentMs?: number;
  readonly letGoBy?: string;
  readonly hasMoved?: boolean;
  readonly handOffSinceMs?: number;
  readonly isHandedOver?: true;
  readonly fields?: Partial<Lease>;
}

/** Leases as this worker sees them: owner and how long the counter has stood still in its own sight. */
const viewOf = (seen: readonly Seen[]): LeaseView =>
  new Map(
    seen.map(({ owner, silentMs = 0, hasMoved = true, fields, ...more }, i) => {
      const lease = aLease(`shard-${i}`, { ...(owner === undefined ? {} : { leaseOwner: owner }), ...fields });
      return [lease.leaseKey, { lease, sinceMs: 0, readMs: silentMs, hasMoved, ...more }];
    }),
  );
const times = (count: number, seen: Seen): Seen[] => Array.from({ length: count }, () => seen);
const ended = { checkpoint: at('SHARD_END') };
const OURS = 'box.boot-0123456789ab';

const heldBy = (workerId: string, view: LeaseView) =>
  new Map([...view].filter(([, { lease }]) => actualOwner(lease) === workerId));

/** The plan of `me`, which holds what the view says it owns. */
function planOf(seen: readonly Seen[], change: Partial<LeaseLimits & Planner> = {}, seed = 1) {
  const view = viewOf(seen);
  const planner = { workerId: 'me', held: heldBy('me', view), isNew: false, wallMs: WALL_MS };
  return planLeases(view, { ...planner, ...change }, { ...limits, ...change }, seededRandom(seed));
}
const keysOf = (leases: readonly Lease[]): string[] => leases.map(({ leaseKey }) => leaseKey);
const counts = (seen: readonly Seen[], change: Partial<LeaseLimits> = {}) => {
  const { take, steal, target } = planOf(seen, change);
  return { take: take.length, steal: steal.length, target };
};

describe('planLeases', () => {
  it.each<[string, readonly Seen[], { take: number; steal: number; target: number }]>([
    ['an empty table gives nothing to do', [], { take: 0, steal: 0, target: 0 }],
    ['who holds nothing takes one first, to be seen', times(5, {}), { take: 1, steal: 0, target: 5 }],
    ['alone with one, it takes all', [...times(5, {}), { owner: 'me' }], { take: 5, steal: 0, target: 6 }],
    [
      'with two others alive, it takes its share of what is free',
      [...times(2, { owner: 'a' }), ...times(2, { owner: 'b' }), ...times(4, {}), { owner: 'me' }],
      { take: 2, steal: 0, target: 3 },
    ],
    [
      'the odd one of what is free goes to one of them, by name',
      [...times(2, { owner: 'a' }), ...times(2, { owner: 'z' }), ...times(5, {}), { owner: 'me' }],
      { take: 2, steal: 0, target: 4 },
    ],
    [
      'an owner that is silent for more than the duration counts no more',
      [...times(4, { owner: 'dead', silentMs: DURATION_MS + 1 }), { owner: 'me' }],
      { take: 4, steal: 0, target: 5 },
    ],
    [
      'whoever comes first takes one of what has expired, were it the odd one',
      [...times(2, { owner: 'a' }), ...times(3, { owner: 'dead', silentMs: DURATION_MS + 1 }), ...times(2, { owner: 'z' }), ...times(2, { owner: 'me' })], // prettier-ignore
      { take: 1, steal: 0, target: 3 },
    ],
    [
      'what has expired waits for those who lack it',
      [...times(2, { owner: 'a' }), ...times(2, { owner: 'dead', silentMs: DURATION_MS + 1 }), ...times(4, { owner: 'me' })], // prettier-ignore
      { take: 0, steal: 0, target: 4 },
    ],
    [
      'but not when it is overdue: everyone takes a part of it',
      [...times(2, { owner: 'a' }), ...times(3, { owner: 'dead', silentMs: OVERDUE_MS }), ...times(4, { owner: 'me' })],
      { take: 2, steal: 0, target: 5 },
    ],
    [
      'nor when it was let go, and stays free',
      [...times(2, { owner: 'a' }), ...times(3, { silentMs: OVERDUE_MS }), ...times(5, { owner: 'me' })],
      { take: 2, steal: 0, target: 5 },
    ],
    [
      'an owner that is silent for the duration still counts',
      [...times(4, { owner: 'slow', silentMs: DURATION_MS }), { owner: 'me' }],
      { take: 0, steal: 1, target: 3 },
    ],
    ['a new worker asks for one lease first', times(4, { owner: 'a' }), { take: 0, steal: 1, target: 2 }],
    ['and then for its half', [...times(5, { owner: 'a' }), { owner: 'me' }], { take: 0, steal: 2, target: 3 }],
    ['a gap of one is even', [...times(2, { owner: 'a' }), { owner: 'me' }], { take: 0, steal: 0, target: 2 }],
    [
      'two missing here: one of those who have one more gives it',
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
      [...times(8, { owner: 'z', fields: ended }), ...times(2, { owner: 'b' })],
      { take: 0, steal: 1, target: 1 },
    ],
    [
      'a worker of ours is not asked before it is known to live',
      [...times(4, { owner: OURS, hasMoved: false }), { owner: 'me' }],
      { take: 0, steal: 0, target: 3 },
    ],
    [
      'one lease that moves tells it of all',
      [...times(4, { owner: OURS, hasMoved: false }), { owner: OURS }, { owner: 'me' }],
      { take: 0, steal: 2, target: 3 },
    ],
    [
      'from any other it is taken at first sight, as Java does',
      [...times(4, { owner: 'java', hasMoved: false }), { owner: 'me' }],
      { take: 0, steal: 1, target: 3 },
    ],
  ])('%s', (_name, seen, expected) => expect(counts(seen)).toEqual(expected));

  it('#8 takes up an own earlier holding without waiting for it to expire, and all of it', () => {
    const { take } = planOf([...times(3, { owner: 'me' }), { owner: 'a' }], { held: new Map() });
    expect(take.map(({ lease, how }) => `${lease.leaseKey} ${how}`)).toEqual([
      'shard-0 resumed',
      'shard-1 resumed',
      'shard-2 resumed',
    ]);
  });

  it('#26 does not start a lease that another live worker still hands over to it, and counts it as its own', () => {
    const handed: Seen = { owner: 'me', fields: { checkpointOwner: 'a' }, handOffSinceMs: 0 };
    const { take, steal, isSettled } = planOf([handed, { owner: 'a' }]);
    expect([take, steal, isSettled]).toEqual([[], [], true]);
  });

  it.each<[string, Seen, boolean]>([
    ['once the owner has let go', { isHandedOver: true }, true],
    ['never before, while he lives', { fields: { checkpointOwner: 'a' }, silentMs: DURATION_MS }, false],
    ['when he has been silent for too long', { fields: { checkpointOwner: 'a' }, silentMs: DURATION_MS + 1 }, true],
    ['when he had all the time that there is', { fields: { checkpointOwner: 'a' }, silentMs: 50_001, handOffSinceMs: 10_000 }, true], // prettier-ignore
  ])('takes what is handed over to it %s', (_when, seen, taken) => {
    const { take } = planOf([{ owner: 'me', ...seen }, { owner: 'a' }], { held: new Map() });
    expect(take.map(({ how }) => how)).toEqual(taken ? ['handed-over'] : []);
  });

  it('force comes a lease duration after the time that the owner had for it', () => {
    const promised = (silentMs: number): Seen => ({
      owner: 'me',
      fields: { checkpointOwner: 'a' },
      // The counter moves: the owner renews, but does not let go.
      ...{ silentMs, handOffSinceMs: silentMs - (HAND_OFF_MS + DURATION_MS) },
    });
    const plan = (extraMs: number) => planOf([{ ...promised(5_000), handOffSinceMs: 5_000 - 40_000 - extraMs }]);
    expect([plan(0).take.length, plan(1).take.length]).toEqual([0, 1]);
  });

  it('never steals a lease in a hand-off, and counts it for its receiver', () => {
    const moving = times(4, { owner: 'b', fields: { checkpointOwner: 'a' } });
    expect(counts([...moving, ...times(4, { owner: 'me' })])).toEqual({ take: 0, steal: 0, target: 4 });
    const { steal } = planOf([...moving, ...times(2, { owner: 'b' }), { owner: 'me' }]);
    expect(steal.every(({ checkpointOwner }) => checkpointOwner === undefined)).toBe(true);
  });

  it('does not count what it is handing over itself', () => {
    const away: Seen = { owner: 'b', fields: { checkpointOwner: 'me' } };
    expect(planOf([...times(2, away), ...times(2, { owner: 'me' })])).toMatchObject({
      steal: [],
      workers: 2,
      target: 2,
    });
    expect(planOf([...times(2, away), ...times(3, {})])).toMatchObject({ workers: 2, isFirst: true });
  });

  it('#28 takes a lease of a hand-off that died, or a stale one, once it is silent for too long', () => {
    const stale: Seen = { owner: 'b', silentMs: DURATION_MS + 1, fields: { checkpointOwner: 'a' } };
    expect(counts([stale])).toEqual({ take: 1, steal: 0, target: 1 });
    expect(counts([{ ...stale, silentMs: DURATION_MS }, { owner: 'me' }])).toMatchObject({ take: 0, steal: 0 });
  });

  it('brings home what was parked last, from whomever has it', () => {
    const parked = (owner: string, agoMs: number): Seen => ({ owner, fields: { parkedAtMs: WALL_MS - agoMs } });
    const seen = [
      ...times(3, { owner: 'a' }),
      ...[parked('a', 5_000), parked('a', 6_000)],
      ...times(3, { owner: 'b' }),
      ...[parked('b', 5_500), parked('b', 7_000)],
    ];
    const first = planOf(seen, { isNew: true });
    expect([first.steal.length, first.isFirst, first.isSettled]).toEqual([1, true, false]);
    const promised: Seen = { owner: 'me', fields: { checkpointOwner: 'a' } };
    const { steal } = planOf([...seen.slice(0, 3), promised, ...seen.slice(4)], { isNew: true });
    expect(keysOf(steal)).toEqual(['shard-8', 'shard-4', 'shard-9']);
    expect(planOf([...seen.slice(0, 3), promised, ...seen.slice(4)]).steal).toHaveLength(2);
  });

  it('leaves the odd one that is parked to a newcomer, but not what it lacks beside', () => {
    const seen = (mine: number): Seen[] => [
      ...times(4, { owner: 'a' }),
      ...times(2, { owner: 'a', fields: { parkedAtMs: WALL_MS - 5_000 } }),
      ...times(4, { owner: 'z' }),
      ...times(mine, { owner: 'me' }),
    ];
    expect([planOf(seen(4)).steal.length, planOf(seen(4), { isNew: true }).steal.length]).toEqual([0, 1]);
    expect(planOf(seen(2)).steal).toHaveLength(2);
  });

  it('two that lack some ask for different ones', () => {
    const seen = [...times(10, { owner: 'a' }), { owner: 'b' }, { owner: 'c' }];
    const view = viewOf(seen);
    const steals = ['b', 'c'].map((workerId) => keysOf(planOf(seen, { workerId, held: heldBy(workerId, view) }).steal));
    expect(steals.map((keys) => keys.length)).toEqual([3, 3]);
    expect(new Set(steals.flat()).size).toBe(6);
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
    const mine: Seen = { owner: 'me' };
    const seen = [...times(6, { owner: 'a' }), ...times(5, { owner: 'dead', silentMs: 10 * DURATION_MS }), mine];
    expect(counts(seen, { takeVeryOld: false })).toEqual({ take: 5, steal: 0, target: 6 });
    const uneven = [...times(1, { owner: 'a' }), ...times(6, { silentMs: 10 * DURATION_MS }), mine];
    expect(counts(uneven, { takeVeryOld: false })).toEqual({ take: 3, steal: 0, target: 4 });
  });

  it('a lease first seen free is not very old: a restarted worker takes its share, not everything', () => {
    const mine: Seen = { owner: 'me' };
    expect(counts([...times(4, { owner: 'a' }), ...times(3, {}), mine])).toEqual({ take: 3, steal: 0, target: 4 });
    expect(counts([...times(1, { owner: 'a' }), ...times(6, {}), mine])).toEqual({ take: 3, steal: 0, target: 4 });
  });

  it('#16 never plans beyond leasesMax, and says how much is left over', () => {
    const seen = [...times(5, {}), { owner: 'me' }];
    expect(planOf(seen, { leasesMax: 2 })).toMatchObject({ spillover: 4, target: 6 });
    expect(counts(seen, { leasesMax: 2 })).toMatchObject({ take: 1 });
    const resumed = planOf(times(5, { owner: 'me' }), { held: new Map(), leasesMax: 2 });
    expect(resumed.take).toHaveLength(2);
    expect(counts([...times(2, { owner: 'me' }), ...times(6, { owner: 'a' })], { leasesMax: 2 })).toMatchObject({
      steal: 0,
    });
  });

  it('#18 steals at most stealMax in one look', () => {
    const seen = [...times(99, { owner: 'a' }), { owner: 'me' }];
    expect(counts(seen, { stealMax: 1 })).toEqual({ take: 0, steal: 1, target: 50 });
    expect(counts([...seen, {}], { stealMax: 1 })).toMatchObject({ take: 1, steal: 0 });
  });

  it('shares the surplus of a victim with the others that are below the target', () => {
    // 8 leases, 4 workers: the surplus of a is 3, three workers lack one each.
    const seen = [...times(5, { owner: 'a' }), { owner: 'b' }, { owner: 'c' }, { owner: 'me' }];
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
      for (const leaseKey of keysOf([...take.map(({ lease }) => lease), ...steal])) {
        const i = Number(leaseKey.slice('shard-'.length));
        if (together && this.owners[i] !== before[i]) continue; // the counter moved: refused
        this.owners[i] = worker;
        this.moves++;
      }
    }
  }

  private plan(worker: string) {
    const view = viewOf(this.owners.map((owner) => (owner === undefined ? {} : { owner })));
    const held = heldBy(worker, view);
    const planner = { workerId: worker, held, isNew: false, wallMs: WALL_MS };
    const plan = planLeases(view, planner, { ...limits, ...this.change }, this.random);
    const keys = keysOf([...plan.take.map(({ lease }) => lease), ...plan.steal]);
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
      for (let run = 0; run < 2; run++) fleet.run(['a'], false);
      for (let run = 0; run < 2; run++) fleet.run(['a', 'b'], true);
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
        while (fleet.owners.includes(undefined) || fleet.spread(names(workers)) > 1) {
          fleet.run(names(workers), together);
          if (++runs > 6) break;
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
    for (let run = 0; run < 6; run++) fleet.run(names(6), true);
    expect(fleet.spread(names(6))).toBeLessThanOrEqual(1);
    expect(fleet.moves - before).toBeLessThanOrEqual(44); // 40 leases must move
  });
});
