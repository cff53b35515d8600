import { seededRandom } from './random';
import { VirtualClock } from './virtual-clock';

describe('VirtualClock', () => {
  it('wakes sleepers in the order in which they are due, each at its own moment', async () => {
    const clock = new VirtualClock();
    const woken: string[] = [];
    const note = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(`${name} @${clock.monotonicMs()}`);
    };
    void note('late', 30);
    void note('early', 10);
    void note('also early', 10);
    await clock.advance(9);
    expect(woken).toEqual([]);
    await clock.advance(100);
    expect(woken).toEqual(['early @10', 'also early @10', 'late @30']);
    expect(clock.monotonicMs()).toBe(109);
  });

  it('lets a sleep that starts inside an advance end inside it', async () => {
    const clock = new VirtualClock();
    const ticks: number[] = [];
    const stop = new AbortController();
    const loop = (async () => {
      while (!stop.signal.aborted) {
        await clock.sleep(10, stop.signal);
        ticks.push(clock.monotonicMs());
      }
    })();
    await clock.advance(35);
    expect(ticks).toEqual([10, 20, 30]);
    stop.abort();
    await loop;
    expect(clock.sleeping).toBe(0);
  });

  it('ends every sleep late, not early, when the process was frozen', async () => {
    const clock = new VirtualClock();
    let wokenAt = -1;
    void clock.sleep(10).then(() => (wokenAt = clock.monotonicMs()));
    await clock.freeze(500);
    expect(wokenAt).toBe(500);
  });

  it('gives each process its own clocks, which can stand still', async () => {
    const world = new VirtualClock();
    const ahead = world.process({ monotonicMs: 3_600_000, wallMs: 3_600_000 });
    expect(ahead.monotonicMs() - world.monotonicMs()).toBe(3_600_000);
    expect(ahead.wallMs() - world.wallMs()).toBe(3_600_000);
    let woken = false;
    void ahead.sleep(10).then(() => (woken = true));
    ahead.pause();
    await world.advance(1_000);
    expect(woken).toBe(false);
    ahead.resume();
    await world.settle();
    expect(woken).toBe(true);
  });

  it('steps the wall clock without touching monotonic time', () => {
    const clock = new VirtualClock({ wallMs: 1_000 });
    clock.setWall(5);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([5, 0]);
  });

  it.each([1, 2, 3])('wakes any crowd of sleepers by time, then by who fell asleep first (seed %i)', async (seed) => {
    const clock = new VirtualClock();
    const random = seededRandom(seed);
    const woken: { dueMs: number; name: number }[] = [];
    const sleepers = Array.from({ length: 3_000 }, (_, name) => {
      const dueMs = random.integer(50);
      const left = new AbortController();
      void clock.sleep(dueMs, left.signal).then(() => woken.push({ dueMs, name }));
      return { dueMs, name, left };
    });
    const isLeaving = ({ name }: { name: number }): boolean => name % 3 !== 0;
    for (const sleeper of sleepers.filter(isLeaving)) sleeper.left.abort();
    await clock.settle();
    expect(woken.map(({ name }) => name)).toEqual(sleepers.filter(isLeaving).map(({ name }) => name));
    expect(clock.sleeping).toBe(1_000);
    woken.length = 0;
    await clock.advance(50);
    expect(woken).toEqual([...woken].sort((a, b) => a.dueMs - b.dueMs || a.name - b.name));
    expect([woken.length, clock.sleeping]).toEqual([1_000, 0]);
  });

  it('lets everything that follows one wake-up by promises happen before the next of the same moment', async () => {
    const clock = new VirtualClock();
    const effects: string[] = [];
    const work = async (name: string): Promise<void> => {
      await clock.sleep(10);
      for (let step = 1; step <= 20; step++) await Promise.resolve();
      effects.push(name);
    };
    void work('first');
    void clock.sleep(10).then(() => effects.push('second'));
    await clock.advance(10);
    expect(effects).toEqual(['first', 'second']);
  });

  it('never steps back, also when the process is frozen while time passes', async () => {
    const clock = new VirtualClock();
    void clock.sleep(5).then(() => clock.freeze(1_000));
    await clock.advance(10);
    expect(clock.monotonicMs()).toBe(1_005);
  });

  it('fails a loop that sleeps 0 ms for ever instead of hanging', async () => {
    const clock = new VirtualClock();
    let turns = 0;
    void (async () => {
      while (turns++ < 200_000) await clock.sleep(0);
    })();
    await expect(clock.advance(1)).rejects.toThrow('time stands still at 0 ms');
  });
});

describe('VirtualProcessClock', () => {
  it('that is paused twice wakes all its sleepers when it is resumed once', async () => {
    const world = new VirtualClock();
    const clock = world.process();
    const woken: string[] = [];
    void clock.sleep(10).then(() => woken.push('before the first pause'));
    clock.pause();
    await world.advance(20);
    clock.pause();
    void clock.sleep(10).then(() => woken.push('before the second pause'));
    await world.advance(20);
    expect(woken).toEqual([]);
    clock.resume();
    await world.settle();
    expect(woken).toEqual(['before the first pause', 'before the second pause']);
  });

  it('that is resumed and paused again at once stays asleep', async () => {
    const world = new VirtualClock();
    const clock = world.process();
    let woken = false;
    void clock.sleep(10).then(() => (woken = true));
    clock.pause();
    await world.advance(20);
    clock.resume();
    clock.pause();
    await world.settle();
    expect(woken).toBe(false);
    clock.resume();
    await world.settle();
    expect(woken).toBe(true);
  });

  it('that is frozen for a while ends its sleeps at the end of it; the others do not notice', async () => {
    const world = new VirtualClock();
    const [frozen, other] = [world.process(), world.process()];
    const woken: string[] = [];
    void frozen.sleep(10).then(() => woken.push(`frozen @${world.monotonicMs()}`));
    void frozen.sleep(900).then(() => woken.push(`frozen @${world.monotonicMs()}`));
    void other.sleep(10).then(() => woken.push(`other @${world.monotonicMs()}`));
    void frozen.freeze(500);
    await world.advance(1_000);
    expect(woken).toEqual(['other @10', 'frozen @500', 'frozen @900']);
  });
});
