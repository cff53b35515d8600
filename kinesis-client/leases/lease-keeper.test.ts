import { FlotillaError } from '../../runtime/errors';
import { expectPairs, KeeperWorld } from '../../test/keeper-world';
import { aLease, aShard, at, evenShards } from '../../test/lease-builders';
import { InMemoryLeaseTable } from './in-memory-lease-table';
import type { Lease } from './lease';
import { renewal, taking } from './lease-writes';

const DURATION_MS = 10_000;

const takenAtMs = (heard: readonly string[], worker: string, leaseKey: string): number =>
  Number(heard.findLast((line) => line.endsWith(`${worker} won ${leaseKey}`))?.split(' ')[0]);

describe('starting', () => {
  it('on nothing: makes table and leases, holds one without a pause, and all when no peer was seen meanwhile', async () => {
    const world = new KeeperWorld();
    const { keeper, keys } = world.worker('a', { lookIntervalMs: 60_000 });
    const started = keeper.start();
    await world.clock.advance(0);
    expect(keys()).toHaveLength(1);
    await world.clock.advance(1_100);
    await started;
    expect(keys()).toEqual(['shard-0', 'shard-1', 'shard-2', 'shard-3']);
    expect(world.table.lease('shard-2')).toMatchObject({ checkpoint: at('TRIM_HORIZON'), leaseOwner: 'a' });
    await world.stopAll();
  });

  it('two at once: the leases are made once, and shared', async () => {
    const world = new KeeperWorld();
    const [a, b] = [world.worker('a'), world.worker('b')];
    const started = Promise.all([a.keeper.start(), b.keeper.start()]);
    await world.clock.advance(5_000);
    await started;
    expect(world.table.applied.filter((one) => one.startsWith('create'))).toHaveLength(4);
    expect([a.keys().length, b.keys().length]).toEqual([2, 2]);
    expectPairs(world.heard);
    await world.stopAll();
  });

  it('on a table with leases it lists the shards once, to see that they are of this stream, and makes nothing', async () => {
    const world = new KeeperWorld(new InMemoryLeaseTable(evenShards(4).map(({ shardId }) => aLease(shardId))));
    await world.start(world.worker('a').keeper);
    expect(world.listed).toBe(1);
    expect(world.table.calls.filter(({ operation }) => operation === 'create')).toEqual([]);
    await world.stopAll();
  });

  it('#46 on a table whose leases are of an earlier stream it does not start, and takes nothing', async () => {
    const row = aLease('shard-3', { checkpoint: at(2) });
    const world = new KeeperWorld(new InMemoryLeaseTable([row]));
    await expect(world.start(world.worker('a').keeper, 60_000)).rejects.toMatchObject({
      code: 'FLOTILLA_EARLIER_STREAM',
      message: expect.stringMatching(/^lease shard-3 stands at 2, and its shard begins at 3/) as unknown,
    });
    expect(world.table.leases()).toEqual([row]);
    await world.stopAll();
  });

  it('#8 with the id of a worker that owned the leases: it has them at once', async () => {
    const world = new KeeperWorld(new InMemoryLeaseTable([aLease('shard-0', { leaseOwner: 'a', leaseCounter: 5n })]));
    const { keeper, keys } = world.worker('a');
    await world.start(keeper, 0);
    expect(keys()).toEqual(['shard-0']);
    expect(world.table.lease('shard-0')).toMatchObject({ leaseCounter: 6n, ownerSwitchesSinceCheckpoint: 0n });
    await world.stopAll();
  });

  it('#9 with a new id: leases of the old one are taken only when they have been silent for the duration', async () => {
    const world = new KeeperWorld(
      new InMemoryLeaseTable([aLease('shard-0', { leaseOwner: 'a.boot-1', leaseCounter: 5n })]),
    );
    const { keeper, keys } = world.worker('a.boot-2');
    await world.start(keeper, DURATION_MS);
    expect(keys()).toEqual([]);
    await world.clock.advance(200);
    expect(keys()).toEqual(['shard-0']);
    await world.stopAll();
  });

  it('while DynamoDB does not answer for 30 s: it starts once it does, and only once', async () => {
    const world = new KeeperWorld();
    world.table.fault = () => (world.clock.monotonicMs() < 30_000 ? 'throttle' : undefined);
    const { keeper, keys } = world.worker('a');
    await world.start(keeper, 38_000);
    expect(keys()).toHaveLength(4);
    const renewals = world.table.applied.length;
    await world.clock.advance(DURATION_MS);
    expect(world.table.applied.length - renewals).toBe(4 * 3);
    await world.stopAll();
  });

  it('gives up with the error after startAttemptsMax, and leaves nothing running', async () => {
    const world = new KeeperWorld();
    world.table.fault = () => 'throttle';
    const started = world.start(world.worker('a', { startAttemptsMax: 3 }).keeper, 10_000);
    await expect(started).rejects.toMatchObject({ code: 'FLOTILLA_THROTTLED' });
    await world.stopAll();
  });

  it('waits while the shards listed do not cover the hash range, then fails and tries again', async () => {
    const world = new KeeperWorld();
    world.shards = evenShards(4).slice(1);
    const { keeper, keys } = world.worker('a');
    const started = keeper.start();
    await world.clock.advance(1_500);
    expect([world.listed, world.table.rows.size]).toEqual([2, 0]);
    world.shards = evenShards(4);
    await world.clock.advance(2_100);
    await started;
    expect(keys()).toHaveLength(4);
    await world.stopAll();
  });
});

describe('stopping', () => {
  it('before, during and after the start, and twice', async () => {
    const world = new KeeperWorld();
    await world.worker('a').keeper.stop();
    world.table.fault = () => 'throttle';
    const { keeper } = world.worker('b');
    const started = keeper.start().catch(() => 'failed');
    await world.clock.advance(500);
    await Promise.all([keeper.stop(), keeper.stop()]);
    await started;
    await world.stopAll();
  });

  it('drops what is held without a write, so that it expires', async () => {
    const world = new KeeperWorld();
    const { keeper, keys } = world.worker('a');
    await world.start(keeper);
    const writes = world.table.applied.length;
    await keeper.stop();
    expect([keys(), world.table.applied.length]).toEqual([[], writes]);
    expect(world.heard.filter((line) => line.endsWith('stopped'))).toHaveLength(4);
    await world.stopAll();
  });

  it('gracefully: renews what it holds, takes nothing more', async () => {
    const world = new KeeperWorld();
    const { keeper, keys } = world.worker('a');
    await world.start(keeper);
    keeper.stopTaking();
    world.table.put(aLease('shard-9'));
    await world.clock.advance(3 * DURATION_MS);
    expect(keys()).toHaveLength(4);
    expect(world.owners()['shard-9']).toBeUndefined();
    await world.stopAll();
  });

  it('lets go at once of a lease whose take was under way', async () => {
    const world = new KeeperWorld();
    const { keeper } = world.worker('a');
    world.table.fault = ({ write }) => (write?.kind === 'take' ? { after: world.clock.sleep(100) } : undefined);
    const started = keeper.start();
    await world.clock.advance(50);
    keeper.stopTaking();
    await world.clock.advance(200);
    await started;
    expect(Object.values(world.owners())).toEqual([undefined, undefined, undefined, undefined]);
    expect(world.heard).toEqual([]);
    await world.stopAll();
  });

  it.each([
    ['is answered within the stop: it is let go', 1_000, undefined],
    ['is not answered in time: it expires, as with any that died', 30_000, 'a'],
  ])(
    'does not wait long for a take that is under way, and holds nothing of it, when it %s',
    async (_how, ms, owner) => {
      const world = new KeeperWorld(new InMemoryLeaseTable([aLease('shard-0')]));
      const { keeper } = world.worker('a');
      world.table.fault = ({ write }) => (write?.kind === 'take' ? { after: world.clock.sleep(ms) } : undefined);
      void keeper.start();
      await world.clock.advance(50);
      let isStopped = false;
      void keeper.stop().then(() => (isStopped = true));
      await world.clock.advance(DURATION_MS / 5 + 10);
      expect([isStopped, world.owners()]).toEqual([true, { 'shard-0': owner }]);
      world.table.fault = () => undefined;
      const b = world.worker('b');
      await world.start(b.keeper, 40_000);
      expect([b.keys(), world.heard.filter((line) => line.includes(' a '))]).toEqual([['shard-0'], []]);
      await world.stopAll();
    },
  );

  it('#19 leases that were let go are taken by a peer within one look', async () => {
    const world = new KeeperWorld();
    const [a, b] = [world.worker('a'), world.worker('b')];
    await world.start(a.keeper);
    await world.start(b.keeper, 5_000);
    a.keeper.stopTaking();
    for (const lease of [...a.keeper.held.values()]) await lease.release();
    await world.clock.advance(1_200);
    expect(b.keys()).toHaveLength(4);
    await world.stopAll();
  });
});

describe('holding', () => {
  it('keeps its leases for an hour, and #30 writes nothing that is no lease', async () => {
    const world = new KeeperWorld();
    const { keeper, keys } = world.worker('a', { lookIntervalMs: 60_000 });
    await world.start(keeper);
    await world.clock.advance(3_600_000);
    expect(keys()).toHaveLength(4);
    expect(world.heard).toHaveLength(4);
    expect([...world.table.rows.keys()].sort()).toEqual(keys());
    await world.stopAll();
  });

  it('#7 workers whose clocks are an hour apart neither lose nor steal anything', async () => {
    const world = new KeeperWorld();
    const ahead = world.clock.process({ monotonicMs: 3_600_000, wallMs: 3_600_000 });
    const [a, b] = [world.worker('a'), world.worker('b', {}, ahead)];
    await world.start(a.keeper);
    await world.start(b.keeper);
    await world.clock.advance(DURATION_MS);
    const settled = world.heard.length;
    ahead.stepWall(-7_200_000);
    await world.clock.advance(300_000);
    expect(world.heard).toHaveLength(settled);
    expect([a.keys().length, b.keys().length]).toEqual([2, 2]);
    await world.stopAll();
  });

  it('one renewal that hangs costs that lease only', async () => {
    const world = new KeeperWorld();
    const { keeper, keys } = world.worker('a');
    await world.start(keeper);
    world.table.fault = ({ write }) =>
      write?.kind === 'renew' && write.leaseKey === 'shard-0' ? { before: world.clock.sleep(60_000) } : undefined;
    await world.clock.advance(DURATION_MS * 0.7);
    expect(world.table.applied.filter((one) => one.startsWith('renew shard-1'))).toHaveLength(2);
    await world.clock.advance(DURATION_MS * 0.3);
    expect(world.heard.filter((line) => line.includes('lost'))).toEqual([expect.stringContaining('shard-0 expired')]);
    expect(keys()).toEqual(expect.arrayContaining(['shard-1', 'shard-2', 'shard-3']));
    await world.stopAll();
  });

  it('#4 a worker that slept past the duration loses all, then takes what nobody took meanwhile', async () => {
    const world = new KeeperWorld();
    const { keeper, clock, keys } = world.worker('a');
    await world.start(keeper);
    clock.pause();
    await world.clock.advance(DURATION_MS + 5_000);
    const writes = world.table.applied.length;
    clock.resume();
    await world.clock.settle();
    expect(world.heard.filter((line) => line.endsWith('expired'))).toHaveLength(4);
    expect(world.table.applied.slice(writes).filter((one) => one.startsWith('renew'))).toEqual([]);
    await world.clock.advance(1_200);
    expect(keys()).toHaveLength(4);
    expectPairs(world.heard);
    await world.stopAll();
  });

  it('notices in its next look that another worker took a lease, before its renewal would', async () => {
    const world = new KeeperWorld();
    const { keeper } = world.worker('a', { leaseDurationMs: 60_000 });
    await world.start(keeper);
    world.table.put(taking(world.table.lease('shard-1') as Lease, 'thief', 0).after);
    await world.clock.advance(1_200);
    expect(world.heard.at(-1)).toMatch(/a lost shard-1 fenced$/);
    await world.stopAll();
  });

  it('does not take its own write, not known yet when it looked, for that of a thief', async () => {
    const world = new KeeperWorld();
    const { keeper } = world.worker('a');
    await world.start(keeper);
    world.table.fault = ({ operation }) => (operation === 'write' ? { after: world.clock.sleep(2_500) } : undefined);
    await world.clock.advance(20_000);
    expect(world.heard).toHaveLength(4);
    await world.stopAll();
  });
});

describe('taking over', () => {
  it.each([500, 1_000, 5_000])(
    'after a crash every lease is taken one duration after its last renewal was seen, looking each %i ms',
    async (lookIntervalMs) => {
      const world = new KeeperWorld();
      const [a, b] = [world.worker('a', { lookIntervalMs }), world.worker('b', { lookIntervalMs })];
      await world.start(a.keeper);
      await world.start(b.keeper);
      await world.clock.advance(20_000);
      const crashedAtMs = world.clock.monotonicMs();
      a.clock.pause();
      const lost = a.keys();
      await world.clock.advance(DURATION_MS + lookIntervalMs * 1.1 + 100);
      expect(b.keys()).toHaveLength(4);
      // The counter may be seen as late as one look after its last change; from then on it is the duration, to the ms.
      for (const key of lost)
        expect(takenAtMs(world.heard, 'b', key) - crashedAtMs).toBeLessThanOrEqual(
          DURATION_MS + lookIntervalMs * 1.1 + 100,
        );
      a.clock.resume();
      await world.stopAll();
    },
  );

  it('reads a silent row when it falls due, however rarely it looks', async () => {
    const world = new KeeperWorld(new InMemoryLeaseTable([aLease('shard-0', { leaseOwner: 'dead' })]));
    const { keeper } = world.worker('a', { lookIntervalMs: 60_000 });
    await world.start(keeper, 0);
    await world.clock.advance(DURATION_MS + 10);
    expect(takenAtMs(world.heard, 'a', 'shard-0')).toBe(DURATION_MS + 1);
    await world.stopAll();
  });

  it('#1 two workers and one expired lease: one has it', async () => {
    const world = new KeeperWorld(new InMemoryLeaseTable([aLease('shard-0', { leaseOwner: 'dead' })]));
    const [a, b] = [world.worker('a'), world.worker('b')];
    const started = Promise.all([a.keeper.start(), b.keeper.start()]);
    await world.clock.advance(DURATION_MS + 2_000);
    await started;
    expect(a.keys().length + b.keys().length).toBe(1);
    expect(world.heard).toHaveLength(1);
    await world.stopAll();
  });

  it('#21 a crash in the middle of letting go leaves a row that is free or expires', async () => {
    for (const fault of ['throttle', 'lose'] as const) {
      const world = new KeeperWorld();
      const [a, b] = [world.worker('a'), world.worker('b')];
      await world.start(a.keeper);
      world.table.fault = ({ write }) => (write?.kind === 'evict' ? fault : undefined);
      a.keeper.stopTaking();
      for (const lease of [...a.keeper.held.values()]) void lease.release();
      await world.clock.advance(0);
      a.clock.pause();
      await world.start(b.keeper, DURATION_MS + 2_000);
      expect(b.keys()).toHaveLength(4);
      a.clock.resume();
      await world.stopAll();
    }
  });

  it('a take whose answer was lost is taken up by the next look', async () => {
    const world = new KeeperWorld();
    const { keeper, keys } = world.worker('a');
    let lose = 4;
    world.table.fault = ({ write }) => (write?.kind === 'take' && lose-- > 0 ? 'lose' : undefined);
    await world.start(keeper);
    await world.clock.advance(1_200);
    expect(keys()).toHaveLength(4);
    expect(world.heard.filter((line) => line.includes('lost'))).toEqual([]);
    await world.stopAll();
  });

  it('reads again before it steals when its look was slow: the counter has moved on since', async () => {
    const world = new KeeperWorld();
    const [a, b] = [world.worker('a'), world.worker('b')];
    await world.start(a.keeper);
    world.table.fault = ({ operation }) => (operation === 'scan' ? { after: world.clock.sleep(4_000) } : undefined);
    await world.start(b.keeper, 20_000);
    expect([a.keys().length, b.keys().length]).toEqual([2, 2]);
    expect(world.table.calls.some(({ operation }) => operation === 'get')).toBe(true);
    await world.stopAll();
  });

  it('plans again at once where others were quicker, however long until its next look', async () => {
    const rows = [
      ...[0, 1, 2].map((i) => aLease(`shard-${i}`, { leaseOwner: 'java' })),
      ...[3, 4, 5, 6].map((i) => aLease(`shard-${i}`)),
      aLease('shard-7', { leaseOwner: 'a' }),
    ];
    const world = new KeeperWorld(new InMemoryLeaseTable(rows));
    let quicker = 3; // of the four free ones it wants three, and gets none of them
    world.table.fault = ({ write }) => {
      if (write?.kind === 'take' && write.leaseKey !== 'shard-7' && quicker-- > 0)
        world.table.put(taking(world.table.lease(write.leaseKey) as Lease, 'java', 0).after);
      return undefined;
    };
    const { keeper, keys } = world.worker('a', { lookIntervalMs: 60_000 });
    void keeper.start(); // it waits for the rest of its share
    await world.clock.advance(0);
    expect([keys().length, keys().includes('shard-7'), quicker < 0]).toEqual([2, true, true]);
    await world.stopAll();
  });

  it('steals only on a look at everything: reading one row says too little of the others', async () => {
    const rows = [0, 1, 2, 3].map((i) => aLease(`shard-${i}`, { leaseOwner: 'z.boot-0123456789ab' }));
    const world = new KeeperWorld(new InMemoryLeaseTable([...rows, aLease('shard-4', { leaseOwner: 'a' })]));
    const { keeper } = world.worker('a', { lookIntervalMs: 60_000 });
    void keeper.start(); // it has its share only when it has asked for it
    await world.clock.advance(0);
    const asked = (): boolean => world.table.applied.some((one) => one.startsWith('start-hand-off'));
    for (let passedMs = 0; !asked() && passedMs < 70_000; passedMs += 3_000) {
      for (const { leaseKey } of rows) await world.table.write(renewal(world.table.lease(leaseKey) as Lease));
      await world.clock.advance(3_000);
    }
    expect(world.table.calls.filter(({ operation }) => operation === 'get').length).toBeGreaterThan(4);
    expect([asked(), world.clock.monotonicMs() > 50_000]).toEqual([true, true]);
    await world.stopAll();
  });

  it('looks less often when the looks of the fleet would cost too much', async () => {
    const leases = Array.from({ length: 200 }, (_, i) => aLease(`shard-${i}`, { leaseOwner: `w${i % 50}` }));
    const world = new KeeperWorld(new InMemoryLeaseTable(leases));
    const { keeper } = world.worker('a', { scanUnitsPerSecondMax: 50, stealMax: 1, leaseDurationMs: 600_000 });
    void keeper.start(); // one lease a look is not its share for long
    await world.clock.advance(1_100);
    const before = world.table.calls.filter(({ operation }) => operation === 'scan').length;
    await world.clock.advance(100_000);
    // 51 workers x 10 units / 50 units a second: a look each 10.2 s.
    expect(world.table.calls.filter(({ operation }) => operation === 'scan').length - before).toBeGreaterThan(7);
    expect(world.table.calls.filter(({ operation }) => operation === 'scan').length - before).toBeLessThan(13);
    await world.stopAll();
  });

  it('#29 never touches rows that are no leases', async () => {
    const world = new KeeperWorld(new InMemoryLeaseTable([aLease('shard-0')]));
    const foreign = { leaseKey: { S: 'Leader' }, entityType: { S: 'LEADER' }, ownerName: { S: 'w3' } };
    world.table.rows.set('Leader', foreign);
    await world.start(world.worker('a').keeper);
    await world.clock.advance(180_000);
    expect(world.table.rows.get('Leader')).toBe(foreign);
    expect(world.table.calls.some(({ leaseKey }) => leaseKey === 'Leader')).toBe(false);
    await world.stopAll();
  });
});

describe('upkeep', () => {
  it('#10 a row that is deleted under its owner is lost, made again and read again', async () => {
    const world = new KeeperWorld();
    const { keeper, keys } = world.worker('a');
    await world.start(keeper);
    world.table.rows.delete('shard-1');
    await world.clock.advance(DURATION_MS);
    expect(world.heard).toContainEqual(expect.stringMatching(/a lost shard-1 row-gone$/));
    expect(keys()).toHaveLength(4);
    expectPairs(world.heard);
    await world.stopAll();
  });

  it('#43 a gap in the hash range is repaired when three audits in a row found it', async () => {
    const rows = evenShards(4).map(({ shardId, hashRange }) => aLease(shardId, { hashRange }));
    const world = new KeeperWorld(new InMemoryLeaseTable(rows.slice(1)));
    const { keeper } = world.worker('a', { auditIntervalMs: 60_000 });
    await world.start(keeper);
    await world.clock.advance(2 * 66_000);
    expect([world.listed, world.table.rows.size]).toEqual([1, 3]); // once at the start
    await world.clock.advance(66_000);
    expect([world.listed, world.table.rows.size]).toEqual([2, 4]);
    await world.stopAll();
  });

  it('#43 a gap that closes before that lists nothing', async () => {
    const rows = evenShards(4).map(({ shardId, hashRange }) => aLease(shardId, { hashRange }));
    const world = new KeeperWorld(new InMemoryLeaseTable(rows.slice(1)));
    const { keeper } = world.worker('a');
    await world.start(keeper);
    await world.clock.advance(100_000);
    world.table.put(rows[0] as Lease);
    await world.clock.advance(600_000);
    expect(world.listed).toBe(1);
    await world.stopAll();
  });

  it('#42 a missing child of an ended parent is made again', async () => {
    const parent = aShard('shard-0', { isClosed: true });
    const child = aShard('shard-1', { parentShardId: 'shard-0' });
    const world = new KeeperWorld(
      new InMemoryLeaseTable([aLease('shard-0', { checkpoint: at('SHARD_END'), childShardIds: ['shard-1'] })]),
    );
    world.shards = [parent, child];
    const { keeper, keys } = world.worker('a');
    await world.start(keeper);
    await world.clock.advance(200_000);
    expect(world.table.lease('shard-1')?.checkpoint).toEqual(at('TRIM_HORIZON'));
    expect(keys()).toContain('shard-1');
    await world.stopAll();
  });

  it('#44 the row of an ended shard goes when its child is read, and its holder hears of it', async () => {
    const rows = [
      aLease('shard-0', { checkpoint: at('SHARD_END'), childShardIds: ['shard-1'] }),
      aLease('shard-1', { parentShardIds: ['shard-0'], hashRange: aShard('shard-1').hashRange }),
    ];
    const world = new KeeperWorld(new InMemoryLeaseTable(rows));
    world.shards = [aShard('shard-0', { isClosed: true }), aShard('shard-1', { parentShardId: 'shard-0' })];
    const { keeper, keys } = world.worker('a');
    await world.start(keeper);
    await world.clock.advance(120_000);
    expect(keys()).toEqual(['shard-0', 'shard-1']);
    await keeper.held.get('shard-1')?.checkpoint(at(5));
    await world.clock.advance(70_000);
    expect([keys(), [...world.table.rows.keys()]]).toEqual([['shard-1'], ['shard-1']]);
    expect(world.heard.at(-1)).toMatch(/a lost shard-0 shard-ended$/);
    expect(world.listed).toBe(1);
    await world.stopAll();
  });
});

describe('failures', () => {
  it('a look that fails waits for the next one; renewals go on', async () => {
    const world = new KeeperWorld();
    const { keeper, keys, metrics } = world.worker('a');
    await world.start(keeper);
    world.table.fault = ({ operation }) => (operation === 'scan' ? 'throttle' : undefined);
    await world.clock.advance(60_000);
    expect(keys()).toHaveLength(4);
    world.table.fault = () => undefined;
    world.table.put(aLease('shard-9'));
    await world.clock.advance(1_200);
    expect(keys()).toContain('shard-9');
    expect(await metrics.registry.metrics()).toMatch(/flotilla_leases_failures_total\{task="look"\} \d\d/);
    await world.stopAll();
  });

  it('DynamoDB away for 30 s: everything is lost in time, and held again two looks after', async () => {
    const world = new KeeperWorld();
    const [a, b] = [world.worker('a'), world.worker('b')];
    await world.start(a.keeper);
    await world.start(b.keeper, 5_000);
    const backMs = world.clock.monotonicMs() + 30_000;
    world.table.fault = () => (world.clock.monotonicMs() < backMs ? 'throttle' : undefined);
    await world.clock.advance(DURATION_MS);
    expect([a.keys(), b.keys()]).toEqual([[], []]);
    await world.clock.advance(20_000 + 2_500);
    expect(a.keys().length + b.keys().length).toBe(4);
    expectPairs(world.heard);
    await world.stopAll();
  });

  it('what no retry can heal is told once', async () => {
    const world = new KeeperWorld();
    const { keeper } = world.worker('a');
    await world.start(keeper);
    const refused = new FlotillaError('FLOTILLA_AWS_REFUSED', 'no permission');
    world.table.scan = () => Promise.reject(refused);
    await world.clock.advance(30_000);
    expect(world.fatal.splice(0)).toEqual([refused]);
    await world.stopAll();
  });
});
