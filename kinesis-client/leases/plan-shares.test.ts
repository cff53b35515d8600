import { seededRandom } from '../../runtime/random';
import { aLease } from '../../test/lease-builders';
import type { Lease } from './lease';
import { parkedFirst, planShares, type Holding } from './plan-shares';

const WALL_MS = 1_700_000_000_000;

/** `parked`: how many of them were parked, one second after the other, the last one `agoMs` ago. */
function holding(workerId: string, count: number, parked = 0, agoMs = 0): Holding {
  const lease = (i: number): Lease =>
    aLease(`${workerId}-${i}`, i < parked ? { parkedAtMs: WALL_MS - agoMs - i * 1_000 } : {});
  return { workerId, leases: Array.from({ length: count }, (_, i) => lease(i)) };
}

function sharesOf(workers: readonly Holding[], { free = 0, newcomer }: { free?: number; newcomer?: string } = {}) {
  const leases = workers.reduce((sum, one) => sum + one.leases.length, free);
  const shares = planShares({ leases, workers, wallMs: WALL_MS, ...(newcomer === undefined ? {} : { newcomer }) });
  return workers.map(({ workerId }) => shares.get(workerId));
}

describe('planShares', () => {
  it.each<[string, readonly Holding[], object, readonly number[]]>([
    ['alone: all', [holding('a', 2)], { free: 3 }, [5]],
    ['nothing to share', [holding('a', 0), holding('b', 0)], {}, [0, 0]],
    ['an even fleet has what it should', [holding('a', 2), holding('b', 3), holding('c', 3)], {}, [2, 3, 3]],
    ['also when leases were parked in it', [holding('a', 2), holding('b', 3, 3), holding('c', 3, 1)], {}, [2, 3, 3]],
    ['what is free goes to those who lack it', [holding('a', 2), holding('b', 0)], { free: 3 }, [3, 2]],
    ['the odd one goes by name', [holding('b', 2), holding('a', 2)], { free: 1 }, [2, 3]],
    ['fewer leases than workers', [holding('a', 2), holding('b', 0), holding('c', 0)], {}, [1, 1, 0]],
    ['who has the odd one at home keeps it', [holding('a', 4, 2), holding('b', 4), holding('c', 0)], {}, [3, 3, 2]],
    [
      'and of the parked ones the last one goes',
      [holding('a', 4, 3), holding('b', 4, 1, 9_000), holding('c', 2)],
      {},
      [3, 4, 3],
    ],
  ])('%s', (_what, workers, more, shares) => expect(sharesOf(workers, more)).toEqual(shares));

  it('gives a newcomer the odd one when it is parked somewhere, never when it lies at home', () => {
    const parked = [holding('a', 5, 2), holding('b', 5, 2), holding('c', 0)];
    expect(sharesOf(parked)).toEqual([4, 3, 3]);
    expect(sharesOf(parked, { newcomer: 'c' })).toEqual([3, 3, 4]);
    const atHome = [holding('a', 4), holding('b', 3), holding('c', 3)];
    expect(sharesOf(atHome, { newcomer: 'c' })).toEqual([4, 3, 3]);
  });

  it('gives out all leases, no two workers apart by more than one, and the same whoever asks', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = seededRandom(seed);
      const workers = Array.from({ length: 1 + random.integer(12) }, (_, i) => {
        const count = random.integer(9);
        return holding(`w${i}`, count, random.integer(count + 1));
      });
      const free = random.integer(10);
      const leases = workers.reduce((sum, one) => sum + one.leases.length, free);
      const shares = planShares({ leases, workers, wallMs: WALL_MS });
      const numbers = [...shares.values()];
      expect([seed, numbers.reduce((sum, one) => sum + one, 0)]).toEqual([seed, leases]);
      expect([seed, Math.max(...numbers) - Math.min(...numbers) <= 1]).toEqual([seed, true]);
      const again = planShares({ leases, workers: random.shuffle(workers), wallMs: WALL_MS });
      expect([seed, Object.fromEntries(again)]).toEqual([seed, Object.fromEntries(shares)]);
    }
  });
});

describe('parkedFirst', () => {
  it('puts what was parked last first, and what is at home, or was parked long ago, last', () => {
    const leases = [
      aLease('home-2'),
      aLease('old', { parkedAtMs: WALL_MS - 3_600_000 }),
      aLease('first', { parkedAtMs: WALL_MS - 9_000 }),
      aLease('last', { parkedAtMs: WALL_MS - 1_000 }),
      aLease('home-1'),
    ];
    const keys = parkedFirst(leases, WALL_MS).map(({ leaseKey }) => leaseKey);
    expect(keys).toEqual(['last', 'first', 'home-1', 'home-2', 'old']);
  });
});
