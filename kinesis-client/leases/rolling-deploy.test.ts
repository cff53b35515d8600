/** What a fleet of real keepers does to its leases over a rolling deploy, on virtual time. */
import { leaseSettings } from '../../test/lease-builders';
import { Fleet } from '../simulation/fleet';
import { coldStart, rollingDeploy } from '../simulation/fleet-acts';
import { spreadOf } from '../simulation/fleet-history';

const SEEDS = [1, 2];

const fleetOf = (shards: number, seed: number, batchMsMax: number): Fleet =>
  new Fleet({
    ...{ shards, seed, batchMsMax },
    hasRows: true,
    settings: leaseSettings(),
    roundTripMs: 10,
    checkpointIntervalMs: 0,
  });

const lastSecond = ({ history }: Fleet): { unowned: number; spread: number } => {
  const second = history.seconds.at(-1);
  return { unowned: second?.unowned ?? NaN, spread: second === undefined ? NaN : spreadOf(second) };
};

describe('a rolling deploy', () => {
  const fleets: readonly [workers: number, leases: number, batchMsMax: number, pauseMs: number][] = [
    [2, 5, 500, 10_000],
    [3, 10, 500, 10_000],
    [4, 9, 2_000, 15_000],
    [5, 23, 500, 10_000],
    [5, 23, 5_000, 25_000],
    [7, 31, 2_000, 15_000],
  ];
  it.each(fleets.flatMap((fleet) => SEEDS.map((seed) => [...fleet, seed] as const)))(
    'of %i workers moves none of %i leases more than twice (last batches up to %i ms, the next turn %i ms after a start, seed %i)',
    async (workers, leases, batchMsMax, pauseMs, seed) => {
      const fleet = fleetOf(leases, seed, batchMsMax);
      await coldStart(fleet, workers, 1_000);
      await fleet.advance(30_000); // what the cold start left uneven
      for (let deploy = 1; deploy <= 2; deploy++) {
        expect((await rollingDeploy(fleet, pauseMs)).movesMax).toBeLessThanOrEqual(2);
        expect(lastSecond(fleet)).toEqual({ unowned: 0, spread: leases % workers === 0 ? 0 : 1 });
      }
    },
  );

  it('of a whole fleet that was killed and started again at once takes each lease about once', async () => {
    const fleet = fleetOf(60, 7, 500);
    await coldStart(fleet, 12, 0);
    await fleet.advance(30_000);
    for (const workerId of fleet.workers) fleet.crash(workerId);
    const killedAtMs = fleet.nowMs;
    for (let i = 0; i < 12; i++) {
      await fleet.advance(80);
      fleet.join();
    }
    await fleet.advance(30_000);
    const takes = fleet.history.events.filter(({ kind, atMs }) => kind === 'won' && atMs > killedAtMs).length;
    expect(takes).toBeLessThanOrEqual(66);
    expect(lastSecond(fleet)).toEqual({ unowned: 0, spread: 0 });
  });
});
