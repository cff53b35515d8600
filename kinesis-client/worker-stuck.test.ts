import { kinesisClientFields } from './config';
import { defaultsOf } from '../test/default-settings';
import { started, WorkerFleet } from '../test/worker-fleet';

/** Its one batch hangs until the test lets it go on. */
async function stuckWorker(settings = { ...defaultsOf(kinesisClientFields), callbackSlowAction: 'release' as const }) {
  const fleet = new WorkerFleet(1);
  let goOn = (): void => undefined;
  const a = fleet.worker('a', { settings, slow: () => new Promise<void>((resolve) => (goOn = resolve)) });
  await started(fleet, a);
  fleet.stream.put(fleet.stream.shardIds[0] as string, 'x0');
  await fleet.clock.advance(5_000);
  return { fleet, a, settings, goOn: () => goOn() };
}
const takes = (fleet: WorkerFleet): number => fleet.table.applied.filter((effect) => effect.startsWith('take')).length;

describe('a worker that lets go of shards whose callbacks are stuck', () => {
  it('takes one again only to let it go again, once a minute, until a peer is there to read it', async () => {
    const { fleet, a, settings } = await stuckWorker();
    await fleet.clock.advance(600_000);
    expect(fleet.records()).toEqual([]);
    expect(takes(fleet)).toBeGreaterThan(8);
    expect(takes(fleet)).toBeLessThan(13);
    expect(a.health()).toMatch(/finished no batch/);

    const b = fleet.worker('b', { settings });
    await started(fleet, b);
    await fleet.clock.advance(120_000);
    expect(fleet.records()).toEqual(['x0']);
    expect(fleet.holdings()).toEqual({ b: 1 });
    expect(fleet.fatal).toEqual([]);
    await Promise.all([a.stop(), b.stop(), fleet.clock.advance(21_000)]);
  });

  it('reads on by itself when the callback returns after all, one processor at a time', async () => {
    const { fleet, a, goOn } = await stuckWorker();
    await fleet.clock.advance(90_000);
    goOn();
    await fleet.clock.advance(10_000);
    goOn();
    await fleet.clock.advance(1_000);
    expect(fleet.heard).toEqual(['a s0: initialize', 'a s0: x0', 'a s0: leaseLost', 'a s0: initialize', 'a s0: x0']);
    expect(fleet.overlapMax).toBe(1);
    expect(a.health()).toBeNull();
    await Promise.all([a.stop(), fleet.clock.advance(0)]);
  });
});
