import { leaseSettings } from '../../test/lease-builders';
import { FlotillaError } from '../../runtime/errors';
import { seededRandom } from '../../runtime/random';
import { VirtualClock } from '../../runtime/virtual-clock';
import { startBackoff } from './config';
import type { Kcl3Sighting } from './kcl3-fleet';
import { Kcl3FleetWatch } from './kcl3-fleet-watch';

const NOBODY: Kcl3Sighting = { reports: new Map() };
const alone = (lut: number): Kcl3Sighting => ({
  clientVersion: { cv: 'CLIENT_VERSION_3X', tableName: 'my-app' },
  reports: new Map([['w3', String(lut)]]),
});

/** A watch over rows that the test sets, and what it did, in order. */
class World {
  readonly clock = new VirtualClock();
  readonly settings = leaseSettings();
  readonly stopping = new AbortController();
  readonly effects: string[] = [];
  rows: () => Kcl3Sighting = () => NOBODY;
  reads = 0;
  readonly watch = new Kcl3FleetWatch({
    clock: this.clock,
    settings: this.settings,
    rows: {
      read: () => {
        this.reads++;
        return new Promise((resolve) => resolve(this.rows()));
      },
    },
    telemetry: {
      kcl3FleetSuspected: (ids, ms) => this.effects.push(`suspects ${ids.join()} for ${ms} ms`),
      kcl3RowsUnreadable: ({ message }) => this.effects.push(`unreadable: ${message}`),
      taskFailed: (task) => this.effects.push(`${task} failed`),
    },
  });

  /** Resolves with the moment of the end, in ms, and how it ended. */
  watched(work: Promise<void>): Promise<{ atMs: number; code: string }> {
    return work.then(
      () => ({ atMs: this.clock.monotonicMs(), code: 'well' }),
      (error: FlotillaError) => ({ atMs: this.clock.monotonicMs(), code: error.code }),
    );
  }

  start(): Promise<{ atMs: number; code: string }> {
    const retries = {
      ...{ clock: this.clock, random: seededRandom(1), signal: this.stopping.signal },
      attemptsMax: 20,
      backoff: startBackoff(this.settings),
    };
    return this.watched(this.watch.start(retries));
  }

  run(): Promise<{ atMs: number; code: string }> {
    return this.watched(this.watch.run(this.stopping.signal));
  }
}

describe('at start, a look for a Java 3.x fleet', () => {
  it('costs one reading and no time when there is none', async () => {
    const world = new World();
    expect(await world.start()).toEqual({ atMs: 0, code: 'well' });
    expect([world.reads, world.effects]).toEqual([1, []]);
  });

  it('waits, with one word, until the silence of left rows is longer than that of living workers', async () => {
    const world = new World();
    world.rows = () => alone(100);
    const start = world.start();
    await world.clock.advance(100_000);
    expect(await start).toEqual({ atMs: 65_000, code: 'well' });
    expect(world.effects).toEqual(['suspects w3 for 65000 ms']);
    expect(world.clock.sleeping).toBe(0);
  });

  it.each([1_000, 29_000, 64_000])('refuses when a worker reports %i ms later', async (afterMs) => {
    const world = new World();
    world.rows = () => alone(world.clock.monotonicMs() < afterMs ? 100 : 130);
    const start = world.start();
    await world.clock.advance(100_000);
    expect(await start).toEqual({ atMs: Math.ceil(afterMs / 5_000) * 5_000, code: 'FLOTILLA_KCL3_FLEET' });
  });

  it('does not compare the report with the clock of this machine', async () => {
    for (const lut of [0, 1_767_225_600, 99_999_999_999]) {
      const world = new World();
      world.rows = () => alone(lut);
      const start = world.start();
      await world.clock.advance(100_000);
      expect((await start).code).toBe('well');
    }
  });

  it('ends when the worker is stopped meanwhile', async () => {
    const world = new World();
    world.rows = () => alone(100);
    const start = world.start();
    await world.clock.advance(7_000);
    world.stopping.abort();
    await world.clock.advance(0);
    expect(await start).toEqual({ atMs: 7_000, code: 'well' });
  });

  it('tries again while the tables do not answer, and gives up at what no repetition heals', async () => {
    const world = new World();
    world.rows = () => {
      throw new FlotillaError(world.clock.monotonicMs() < 30_000 ? 'FLOTILLA_UNAVAILABLE' : 'FLOTILLA_AWS_REFUSED', '');
    };
    const start = world.start();
    await world.clock.advance(60_000);
    expect((await start).code).toBe('FLOTILLA_AWS_REFUSED');
  });
});

describe('while a worker runs, the look for a Java 3.x fleet', () => {
  it('costs a reading a minute', async () => {
    const world = new World();
    const run = world.run();
    await world.clock.advance(3_600_000);
    expect(world.reads).toBe(60);
    world.stopping.abort();
    await world.clock.advance(0);
    expect((await run).code).toBe('well');
    expect(world.clock.sleeping).toBe(0);
  });

  it('ends the worker within two looks when a fleet goes into its own mode', async () => {
    const world = new World();
    world.rows = () => (world.clock.monotonicMs() < 200_000 ? NOBODY : alone(world.clock.monotonicMs() / 1_000));
    const run = world.run();
    await world.clock.advance(400_000);
    expect(await run).toEqual({ atMs: 300_000, code: 'FLOTILLA_KCL3_FLEET' });
  });

  it('knows the workers that the start has watched: the first report of one of them is enough', async () => {
    const world = new World();
    world.rows = () => alone(100);
    const start = world.start();
    await world.clock.advance(65_000);
    await start;
    const run = world.run();
    world.rows = () => alone(130);
    await world.clock.advance(60_000);
    expect(await run).toEqual({ atMs: 125_000, code: 'FLOTILLA_KCL3_FLEET' });
  });

  it('goes on over readings that fail, says once what it may not read, and ends at what no repetition heals', async () => {
    const world = new World();
    const answers: (() => Kcl3Sighting)[] = [
      () => ({ ...NOBODY, unreadable: new FlotillaError('FLOTILLA_AWS_REFUSED', 'no permission') }),
      () => {
        throw new FlotillaError('FLOTILLA_THROTTLED', '');
      },
      () => ({ ...NOBODY, unreadable: new FlotillaError('FLOTILLA_AWS_REFUSED', 'no permission') }),
      () => {
        throw new FlotillaError('FLOTILLA_BAD_LEASE_ROW', '');
      },
    ];
    world.rows = () => (answers.shift() as () => Kcl3Sighting)();
    const run = world.run();
    await world.clock.advance(300_000);
    expect(await run).toEqual({ atMs: 240_000, code: 'FLOTILLA_BAD_LEASE_ROW' });
    expect(world.effects).toEqual(['unreadable: no permission', 'kcl3 failed']);
  });
});
