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
});
