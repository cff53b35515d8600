import { leaseSettings } from '../../test/lease-builders';
import { Fleet, type FleetOptions } from './fleet';
import { coldStart } from './fleet-acts';

const fleetOf = (options: Partial<FleetOptions> = {}): Fleet =>
  new Fleet({
    shards: 12,
    seed: 1,
    hasRows: true,
    settings: leaseSettings(),
    roundTripMs: 10,
    batchMsMax: 200,
    checkpointIntervalMs: 0,
    ...options,
  });

async function settled(workers: number, options: Partial<FleetOptions> = {}): Promise<Fleet> {
  const fleet = fleetOf(options);
  await coldStart(fleet, workers, 0);
  return fleet;
}

const lastSecond = ({ history }: Fleet) => history.seconds.at(-1);

describe('a simulated fleet', () => {
  it('has the same history from the same seed, and another from another', async () => {
    const play = async (seed: number): Promise<string> => {
      const fleet = await settled(3, { seed, checkpointIntervalMs: 1_000 });
      fleet.crash(fleet.anyWorker());
      await fleet.advance(15_000);
      return JSON.stringify(fleet.history);
    };
    const [first, again, other] = [await play(1), await play(1), await play(2)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('makes the table and its rows when there are none', async () => {
    const fleet = await settled(3, { hasRows: false });
    expect(lastSecond(fleet)).toMatchObject({ owned: 12, unowned: 0, ownedMin: 4, ownedMax: 4 });
  });

  it('notes each second, what is free and how many units were used', async () => {
    const fleet = await settled(3);
    expect(fleet.history.seconds.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: Math.floor(fleet.nowMs / 1_000) }, (_, i) => (i + 1) * 1_000),
    );
    const before = fleet.history.seconds.length;
    await fleet.advance(30_000);
    const quiet = fleet.history.seconds.slice(before);
    const sum = (of: (second: (typeof quiet)[number]) => number): number =>
      quiet.reduce((all, one) => all + of(one), 0);
    expect(sum(({ writeUnits }) => writeUnits) / 30).toBeCloseTo((12 * 3) / 10, 0); // three renewals in 10 s
    expect(sum(({ readUnits }) => readUnits) / 30).toBeCloseTo(3 * 0.6, 0); // three looks a second
  });

  it('a worker that is killed keeps its leases until they expire, and never runs again', async () => {
    const fleet = await settled(3);
    const killed = fleet.anyWorker();
    fleet.crash(killed);
    await fleet.advance(2_000);
    expect(lastSecond(fleet)).toMatchObject({ workers: 2, owned: 8, unowned: 4 });
    await fleet.advance(60_000);
    expect(lastSecond(fleet)).toMatchObject({ workers: 2, owned: 12, unowned: 0 });
    const afterwards = fleet.history.events.filter(({ workerId, kind }) => workerId === killed && kind !== 'join');
    expect(afterwards.at(-1)?.kind).toBe('crash');
  });

  it('a worker that stops lets go of everything and leaves, whatever it is asked while it does', async () => {
    const fleet = await settled(3, { checkpointIntervalMs: 500 });
    const stopped = fleet.anyWorker();
    const left = fleet.stop(stopped);
    fleet.join();
    await fleet.advance(10_000);
    await left;
    const ends = fleet.history.events.filter(({ workerId, kind }) => workerId === stopped && kind === 'lost');
    expect(ends.map((event) => event.kind === 'lost' && event.reason)).not.toContain('stopped');
    expect(fleet.history.events.filter(({ workerId }) => workerId === stopped).at(-1)?.kind).toBe('left');
    expect(lastSecond(fleet)).toMatchObject({ workers: 3, owned: 12, ownedMin: 4, ownedMax: 4 });
  });

  it.each(['stop', 'crash'] as const)('refuses to %s a worker that does not run', async (act) => {
    const fleet = await settled(2);
    const gone = fleet.anyWorker();
    fleet.crash(gone);
    await expect((async () => fleet[act](gone))()).rejects.toThrow(`${gone} does not run`);
  });
});
