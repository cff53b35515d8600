import { aLease, at, bytes } from '../test/lease-builders';
import { started, WorkerFleet } from '../test/worker-fleet';
import { short } from '../test/shard-world';

const words = (range: number, prefix = ''): string[] => Array.from({ length: range }, (_, i) => `${prefix}${i}`);

describe('a fleet of workers', () => {
  it('#19 shares four shards two and two; when one stops, the other has all four within one look', async () => {
    const fleet = new WorkerFleet(4);
    const [a, b] = [fleet.worker('a'), fleet.worker('b')];
    await started(fleet, a);
    await started(fleet, b);
    await fleet.clock.advance(5_000);
    expect(fleet.holdings()).toEqual({ a: 2, b: 2 });

    const stop = a.stop();
    await fleet.clock.advance(0);
    await stop;
    expect(fleet.holdings()).toEqual({ b: 2, nobody: 2 });
    await fleet.clock.advance(2_000);
    expect(fleet.holdings()).toEqual({ b: 4 });
    expect([a.health(), b.health()]).toEqual([null, null]);

    const last = b.stop();
    await fleet.clock.advance(0);
    await last;
    expect(fleet.clock.sleeping).toBe(0);
    expect(fleet.overlapMax).toBe(1);
    expect(fleet.fatal).toEqual([]);
  });

  it('hands over within two looks, also the row of an ended shard whose children are not read yet', async () => {
    const fleet = new WorkerFleet(4);
    const workers = { a: fleet.worker('a'), b: fleet.worker('b') };
    await started(fleet, workers.a);
    await started(fleet, workers.b);
    const [parent] = fleet.stream.shardIds as [string];
    fleet.stream.split(parent);
    await fleet.clock.advance(10_000);
    const ended = fleet.table.lease(parent);
    expect(ended?.checkpoint.sequenceNumber).toBe('SHARD_END');

    const [stopping, staying] = ended?.leaseOwner?.startsWith('a.') ? (['a', 'b'] as const) : (['b', 'a'] as const);
    await Promise.all([workers[stopping].stop(), fleet.clock.advance(2_200)]);
    expect(fleet.holdings()).toEqual({ [staying]: 6 });
    await Promise.all([workers[staying].stop(), fleet.clock.advance(0)]);
    expect(fleet.holdings()).toEqual({ nobody: 6 });
    expect(fleet.fatal).toEqual([]);
  });

  it('hands each shard over within two looks of its last checkpoint, however long the others take', async () => {
    const fleet = new WorkerFleet(4);
    let slow = false;
    const a = fleet.worker('a', { slow: () => (slow ? fleet.clock.sleep(15_000) : Promise.resolve()) });
    const b = fleet.worker('b');
    await started(fleet, a);
    await started(fleet, b);
    const [busy] = fleet.table.leases().filter(({ leaseOwner }) => leaseOwner?.startsWith('a.'));
    slow = true;
    fleet.stream.put(busy?.leaseKey as string, 'late0');
    await fleet.clock.advance(2_000);
    const stop = a.stop();
    await fleet.clock.advance(2_200);
    expect(fleet.holdings()).toEqual({ a: 1, b: 3 });
    await fleet.clock.advance(15_000);
    await stop;
    expect(fleet.holdings()).toEqual({ b: 4 });
    expect(fleet.records()).toEqual(['late0']);
    await Promise.all([b.stop(), fleet.clock.advance(0)]);
  });

  it('reads every record once over joins, splits, merges and stops, and no child before its parents', async () => {
    const fleet = new WorkerFleet(2);
    const [a, b] = [fleet.worker('a'), fleet.worker('b')];
    const put: string[] = [];
    const putInto = (shardId: string, prefix: string): void => {
      for (const word of words(20, prefix)) {
        fleet.stream.put(shardId, word);
        put.push(word);
      }
    };
    const [s0, s1] = fleet.stream.shardIds as [string, string];
    putInto(s0, 'low');
    await started(fleet, a);
    putInto(s1, 'high');
    const starting = b.start();
    putInto(s0, 'more');
    const [left, right] = fleet.stream.split(s0);
    putInto(left, 'left');
    putInto(right, 'right');
    await fleet.clock.advance(2_000);
    await starting;
    const merged = fleet.stream.merge(right, s1);
    putInto(merged, 'merged');
    await fleet.clock.advance(20_000);
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
    putInto(merged, 'late');
    await fleet.clock.advance(20_000);
    await Promise.all([b.stop(), fleet.clock.advance(1_000)]);

    expect([...fleet.records()].sort()).toEqual([...put].sort());
    const at = (end: string): number => fleet.heard.findIndex((line) => line.endsWith(end));
    expect(at('s0: shardEnded')).toBeLessThan(at(': left0'));
    expect(at('s0: shardEnded')).toBeLessThan(at(': right0'));
    expect(at(`${short(right)}: shardEnded`)).toBeLessThan(at(': merged0'));
    expect(at('s1: shardEnded')).toBeLessThan(at(': merged0'));
    expect(fleet.overlapMax).toBe(1);
    expect(fleet.fatal).toEqual([]);
  });

  it('takes over what a dead worker held, once its lease has expired', async () => {
    const fleet = new WorkerFleet(1);
    const dying = fleet.clock.process();
    const a = fleet.worker('a', { clock: dying });
    await started(fleet, a);
    fleet.stream.put(fleet.stream.shardIds[0] as string, 'before0');
    await fleet.clock.advance(2_000);
    dying.pause();
    const b = fleet.worker('b');
    const starting = b.start();
    fleet.stream.put(fleet.stream.shardIds[0] as string, 'after0');
    await fleet.clock.advance(20_000);
    await starting;
    expect(fleet.records()).toEqual(['before0', 'after0']);
    dying.resume();
    await fleet.clock.advance(1_000);
    expect(fleet.heard.at(-1)).toBe('a s0: leaseLost');
    expect(fleet.holdings()).toEqual({ b: 1 });
  });
});

describe('the stop of a worker', () => {
  it('#20 ends in time when a processor never returns, without letting go what it may still be working on', async () => {
    const fleet = new WorkerFleet(2);
    let busy = 0;
    const a = fleet.worker('a', { slow: () => (busy++ === 0 ? new Promise(() => undefined) : Promise.resolve()) });
    await started(fleet, a);
    fleet.stream.put(fleet.stream.shardIds[0] as string, 'x0');
    await fleet.clock.advance(2_000);
    let stopped = false;
    void a.stop().then(() => (stopped = true));
    await fleet.clock.advance(19_000);
    expect(stopped).toBe(false);
    await fleet.clock.advance(1_000);
    expect(stopped).toBe(true);
    expect(fleet.holdings()).toEqual({ a: 1, nobody: 1 });
  });

  it('with a drain first reads each shard to its tip', async () => {
    const fleet = new WorkerFleet(1);
    const a = fleet.worker('a', { slow: () => fleet.clock.sleep(3_000) });
    await started(fleet, a);
    const [shard] = fleet.stream.shardIds as [string];
    for (const word of words(3)) fleet.stream.put(shard, word);
    await fleet.clock.advance(1_000);
    fleet.stream.put(shard, 'late3');
    const stop = a.stop({ drainToTipMs: 60_000 });
    await fleet.clock.advance(10_000);
    await stop;
    expect(fleet.records()).toEqual(['0', '1', '2', 'late3']);
    expect(fleet.holdings()).toEqual({ nobody: 1 });
  });

  it('drains no longer than it may', async () => {
    const fleet = new WorkerFleet(1);
    const a = fleet.worker('a', { slow: () => fleet.clock.sleep(1_000) });
    await started(fleet, a);
    const [shard] = fleet.stream.shardIds as [string];
    const filling = new AbortController();
    void (async () => {
      for (let i = 0; !filling.signal.aborted; i++) {
        fleet.stream.put(shard, `w${i}`);
        await fleet.clock.sleep(100, filling.signal);
      }
    })();
    await fleet.clock.advance(3_000);
    let stopped = false;
    void a.stop({ drainToTipMs: 5_000 }).then(() => (stopped = true));
    await fleet.clock.advance(7_000);
    expect(stopped).toBe(true);
    filling.abort();
  });

  it('may come before, during and after the start, and more than once', async () => {
    for (const waitMs of [-1, 0, 10_000]) {
      const fleet = new WorkerFleet(1);
      const a = fleet.worker('a');
      const starting = waitMs < 0 ? Promise.resolve() : a.start();
      if (waitMs > 0) await fleet.clock.advance(waitMs);
      const stops = [a.stop(), a.stop()];
      await fleet.clock.advance(5_000);
      await Promise.all([starting, ...stops]);
      expect(fleet.clock.sleeping).toBe(0);
      expect(fleet.holdings().a).toBeUndefined();
    }
  });
});

describe('a worker that cannot work', () => {
  it('does not start without its stream', async () => {
    const fleet = new WorkerFleet(1);
    fleet.stream.recreate(null);
    await expect(fleet.worker('a').start()).rejects.toMatchObject({ code: 'FLOTILLA_AWS_REFUSED' });
  });

  it('tells of a processor factory that throws, once', async () => {
    const fleet = new WorkerFleet(2);
    const error = new TypeError('no processor');
    await started(
      fleet,
      fleet.worker('a', {
        processorFactory: () => {
          throw error;
        },
      }),
    );
    expect(fleet.fatal).toEqual([error]);
  });

  it('is unhealthy at once when a shard stops for a person, also one that nothing comes from', async () => {
    const fleet = new WorkerFleet(2);
    const [stuck] = fleet.stream.shardIds as [string];
    const pending = { checkpoint: at('5'), state: bytes('of a program of tomorrow') };
    for (const shardId of fleet.stream.shardIds) fleet.table.put(aLease(shardId, shardId === stuck ? { pending } : {}));
    const a = fleet.worker('a');
    await Promise.all([a.start(), fleet.clock.advance(1_100)]);
    expect(a.health()).toBe(`shard ${stuck} stopped until a person decides: the log says why`);
    await fleet.clock.advance(60_000);
    expect(fleet.holdings()).toEqual({ a: 2 });
    await Promise.all([a.stop(), fleet.clock.advance(0)]);
    expect(fleet.table.lease(stuck)).toMatchObject({ pending });
  });

  it('is unhealthy when a shard makes no progress', async () => {
    const fleet = new WorkerFleet(1);
    const a = fleet.worker('a', { slow: () => new Promise(() => undefined) });
    await started(fleet, a);
    fleet.stream.put(fleet.stream.shardIds[0] as string, 'x0');
    await fleet.clock.advance(200_000);
    expect(a.health()).toBeNull();
    await fleet.clock.advance(200_000);
    expect(a.health()).toBe('shard shardId-000000000000 finished no batch for 300 s');
  });
});
