/** The bars of `npm run bench leases`, on fleets that are small enough for every run of the tests. */
import { leaseSettings } from '../../test/lease-builders';
import { Fleet } from './fleet';
import { beQuiet, coldStart, crashOne, joinMore, rollingDeploy, stopOne } from './fleet-acts';
import { coldStartChecks, crashCheck, deployChecks, joinCheck, quietCheck, stopCheck } from './lease-bars';
import type { Check } from '../../runtime/check';

const fleetOf = (shards: number, seed: number): Fleet =>
  new Fleet({
    shards,
    seed,
    hasRows: true,
    settings: leaseSettings(),
    roundTripMs: 10,
    batchMsMax: 500,
    checkpointIntervalMs: 0,
  });

async function evenFleet(workers: number, shards: number, seed: number): Promise<Fleet> {
  const fleet = fleetOf(shards, seed);
  await coldStart(fleet, workers, 0);
  return fleet;
}

const broken = (checks: readonly Check[]): Check[] => checks.filter(({ holds }) => !holds);

describe('the bars of the leases', () => {
  it.each([
    [10, 53, 0],
    [10, 100, 1_000],
    [20, 200, 1_000],
  ])('cold start of %i workers on %i free leases within %i ms', async (workers, shards, withinMs) => {
    const fleet = fleetOf(shards, 1);
    const start = await coldStart(fleet, workers, withinMs);
    expect(broken(coldStartChecks(start, shards, fleet.lookMsMax))).toEqual([]);
  });

  // Each is started again shortly before the others may take its leases: then those who have room know them least of all.
  it.each([
    [2, 8, 20],
    [10, 100, 5],
    [20, 200, 1],
  ])('crashes among %i workers with %i leases', async (workers, shards, crashes) => {
    const fleet = await evenFleet(workers, shards, 1);
    for (let i = 0; i < crashes; i++) {
      await fleet.advance(fleet.random.integer(5_000)); // any phase of renewals and looks
      const restartMs = 6_000 + fleet.random.integer(3_000);
      const worstMs = await crashOne(fleet, restartMs);
      expect([i, restartMs, broken([crashCheck(worstMs, fleet.failoverMs)])]).toEqual([i, restartMs, []]);
    }
  });

  it('a join, quiet, and a graceful stop', async () => {
    const fleet = await evenFleet(10, 100, 1);
    const join = joinCheck(await joinMore(fleet, 1));
    const quiet = quietCheck(await beQuiet(fleet, 100));
    const lookMs = fleet.lookMsMax;
    const stop = stopCheck(await stopOne(fleet), lookMs);
    expect(broken([join, quiet, stop])).toEqual([]);
  });

  it.each([1, 2])('a rolling deploy of 10 workers with 53 leases (seed %i)', async (seed) => {
    const fleet = await evenFleet(10, 53, seed);
    const lookMs = fleet.lookMsMax;
    expect(broken(deployChecks(await rollingDeploy(fleet, 10_000), lookMs))).toEqual([]);
  });
});
