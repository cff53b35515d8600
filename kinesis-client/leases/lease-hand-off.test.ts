/** Hand-offs between real keepers: both sides, and what becomes of the lease when either of them dies on the way. */
import { KeeperWorld, expectPairs, type Peer } from '../../test/keeper-world';
import { aLease, at } from '../../test/lease-builders';
import { InMemoryLeaseTable } from './in-memory-lease-table';
import type { Lease } from './lease';
import { renewal, type WriteKind } from './lease-writes';

const DURATION_MS = 10_000;
const TIMEOUT_MS = 30_000;

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `shard-${i}`);
const tableOf = (count: number, fields: Partial<Lease> = {}): InMemoryLeaseTable =>
  new InMemoryLeaseTable(keysOf(count).map((leaseKey) => aLease(leaseKey, fields)));

/** The writes of a kind that were applied, as `shard-1 3`. */
const applied = ({ table }: KeeperWorld, kind: WriteKind): string[] =>
  table.applied.filter((one) => one.startsWith(`${kind} `)).map((one) => one.slice(kind.length + 1));

const steps = async ({ metrics }: Peer): Promise<Record<string, number>> => {
  const text = await metrics.registry.metrics();
  const lines = [...text.matchAll(/^flotilla_leases_hand_offs_total\{step="(\w+)"\} (\d+)$/gm)];
  return Object.fromEntries(lines.map(([, step = '', count]) => [step, Number(count)]));
};

/** When `who` won (or lost) the lease for the last time, in milliseconds. */
const heardAtMs = ({ heard }: KeeperWorld, what: string): number =>
  Number(heard.findLast((line) => line.includes(` ${what}`))?.split(' ')[0]);

/** Exactly one living worker has it, and nothing of a hand-off is left in the row. */
function expectSettled(world: KeeperWorld, living: readonly Peer[]): void {
  for (const lease of world.table.leases()) {
    const holders = living.filter(({ keeper }) => keeper.held.has(lease.leaseKey)).map(({ workerId }) => workerId);
    expect([lease.leaseKey, holders, lease.checkpointOwner]).toEqual([lease.leaseKey, [lease.leaseOwner], undefined]);
  }
}

/** `a` holds everything, then `b` starts and asks for its half. */
async function asked(count: number, busyMs: number): Promise<{ world: KeeperWorld; a: Peer; b: Peer }> {
  const world = new KeeperWorld(tableOf(count));
  const [a, b] = [world.peer('a', { busyMs }), world.peer('b', { busyMs: 0 })];
  await world.start(a.keeper, 5_000);
  void world.start(b.keeper, 100); // done when it has asked for its whole share
  while (applied(world, 'start-hand-off').length === 0) await world.clock.advance(50);
  return { world, a, b };
}

describe('a hand-off between two workers of ours', () => {
  it('gives the owner time to end what it has begun; then the receiver has the lease within about a second', async () => {
    const { world, a, b } = await asked(2, 3_000);
    const [leaseKey = ''] = applied(world, 'start-hand-off')[0]?.split(' ') ?? [];
    const askedAtMs = world.clock.monotonicMs();
    await world.clock.advance(2_000);
    expect([a.keys().length, b.keys()]).toEqual([2, []]);
    expect(world.table.lease(leaseKey)).toMatchObject({ leaseOwner: b.workerId, checkpointOwner: a.workerId });
    expect(await a.keeper.held.get(leaseKey)?.checkpoint(at(7))).toBe('written');
    await world.clock.advance(10_000);
    expect(b.keys()).toEqual([leaseKey]);
    expect(world.table.lease(leaseKey)).toMatchObject({ checkpoint: at(7), ownerSwitchesSinceCheckpoint: 0n });
    const lostAtMs = heardAtMs(world, `a lost ${leaseKey} handed-over`);
    expect(lostAtMs - askedAtMs).toBeLessThan(3_000 + 1_200);
    expect(heardAtMs(world, `b won ${leaseKey}`) - lostAtMs).toBeLessThanOrEqual(1_000);
    expect([await steps(a), await steps(b)]).toEqual([{ requested: 1, ended: 1 }, { started: 1 }]);
    expect(await a.metrics.registry.metrics()).toMatch(/flotilla_leases_hand_off_seconds_count 1\n/);
    expectSettled(world, [a, b]);
    await world.stopAll();
  });

  it('moves what must move and no more: one lease first, then the rest of the share', async () => {
    const { world, a, b } = await asked(10, 200);
    await world.clock.advance(15_000);
    expect([a.keys().length, b.keys().length]).toEqual([5, 5]);
    expect([applied(world, 'start-hand-off').length, applied(world, 'end-hand-off').length]).toEqual([5, 5]);
    expect(world.heard.filter((line) => line.includes('lost')).every((line) => line.endsWith('handed-over'))).toBe(
      true,
    );
    expectPairs(world.heard);
    expectSettled(world, [a, b]);
    await world.stopAll();
  });

  it('#24 is ended for a processor that takes too long, whose later checkpoints are refused', async () => {
    const { world, a, b } = await asked(2, Infinity);
    await world.clock.advance(1_200);
    const stuck = [...a.keeper.held.values()].find(({ handOffRequested }) => handOffRequested.aborted);
    await world.clock.advance(TIMEOUT_MS - 3_000);
    expect(stuck?.isValid()).toBe(true);
    await world.clock.advance(4_000);
    expect([stuck?.isValid(), stuck?.lost.reason]).toEqual([false, 'handed-over']);
    expect(await stuck?.checkpoint(at(9))).toBe('lost');
    expect(world.table.lease(stuck?.leaseKey ?? '')?.checkpoint).toEqual(at('TRIM_HORIZON'));
    expect(await steps(a)).toEqual({ requested: 1, ended: 1, forced: 1 });
    expectSettled(world, [a, b]);
    await world.stopAll();
  });

  it('is over at once for the lease of an ended shard: nobody works on it', async () => {
    const world = new KeeperWorld(tableOf(2));
    const a = world.peer('a', { busyMs: Infinity });
    await world.start(a.keeper, 3_000);
    await a.keeper.held.get('shard-0')?.checkpoint(at('SHARD_END'));
    const ended = world.table.lease('shard-0') as Lease;
    world.table.put({ ...ended, leaseOwner: 'you', checkpointOwner: a.workerId });
    await world.clock.advance(1_200);
    expect([a.keys(), world.table.lease('shard-0')?.checkpointOwner]).toEqual([['shard-1'], undefined]);
    expect(await steps(a)).toEqual({ requested: 1, ended: 1 });
    await world.stopAll();
  });

  it('is not asked of a worker that is not ours: it is taken from as Java does', async () => {
    const world = new KeeperWorld(tableOf(2));
    const java = world.worker('java');
    await world.start(java.keeper, 5_000);
    const b = world.peer('b');
    await world.start(b.keeper, 5_000);
    expect([java.keys().length, b.keys().length]).toEqual([1, 1]);
    expect(applied(world, 'start-hand-off')).toEqual([]);
    await world.stopAll();
  });

  it('is not asked of a worker whose rows stand still: they expire, and nobody is left waiting', async () => {
    const world = new KeeperWorld(tableOf(4, { leaseOwner: 'dead.boot-0123456789ab', leaseCounter: 5n }));
    const a = world.peer('a');
    await world.start(a.keeper, DURATION_MS + 2_500);
    expect(applied(world, 'start-hand-off')).toEqual([]);
    expectSettled(world, [a]);
    await world.stopAll();
  });
});

describe('a hand-off that does not go its way', () => {
  it('force comes when an owner only renews: a lease duration after all the time that it had', async () => {
    const world = new KeeperWorld(tableOf(2));
    const b = world.peer('b');
    await world.start(b.keeper, 2_500);
    // Java 2.x neither hears of a hand-off nor ends one: it goes on renewing.
    const promised = { ...aLease('shard-9'), leaseOwner: b.workerId, checkpointOwner: 'java-2', leaseCounter: 5n };
    world.table.put(promised);
    const sinceMs = world.clock.monotonicMs();
    let renewals = 0;
    while (!b.keeper.held.has('shard-9') && renewals < 30) {
      const row = world.table.lease('shard-9') as Lease;
      expect((await world.table.write(renewal(row))).kind).toBe('written');
      renewals++;
      await world.clock.advance(2_000);
    }
    const tookMs = world.clock.monotonicMs() - sinceMs;
    expect(tookMs).toBeGreaterThan(TIMEOUT_MS + DURATION_MS);
    expect(tookMs).toBeLessThan(TIMEOUT_MS + DURATION_MS + 4_000);
    expect(world.table.lease('shard-9')?.checkpointOwner).toBeUndefined();
    expect((await steps(b)).forced).toBe(1);
    await world.stopAll();
  });

  it.each<[string, Partial<Lease>]>([
    [
      'a hand-off between two that are dead',
      { leaseOwner: 'x.boot-000000000001', checkpointOwner: 'y.boot-000000000002' },
    ],
    ['a stale checkpointOwner that a dead Java 2.x worker left', { leaseOwner: 'java-2', checkpointOwner: 'java-3' }],
    ['a checkpointOwner without an owner', { checkpointOwner: 'java-3' }],
    ['a row that is to be handed over to its own owner', { leaseOwner: 'java-3', checkpointOwner: 'java-3' }],
  ])('#28 %s is read again after a lease duration, and leaves nothing behind', async (_what, owners) => {
    const world = new KeeperWorld(tableOf(1, { leaseCounter: 5n, ...owners }));
    const a = world.peer('a');
    await world.start(a.keeper, DURATION_MS - 100);
    expect(a.keys()).toEqual([]);
    await world.clock.advance(1_500);
    expectSettled(world, [a]);
    expect(a.keys()).toEqual(['shard-0']);
    await world.stopAll();
  });

  it('the receiver dies: the owner hands over, and whoever lives takes the lease when it has been silent', async () => {
    const { world, a, b } = await asked(2, 3_000);
    b.crash();
    await world.clock.advance(5_000);
    expect(a.keys()).toHaveLength(1);
    await world.clock.advance(DURATION_MS + 3_000);
    expect(a.keys()).toHaveLength(2);
    expectSettled(world, [a]);
    await world.stopAll();
  });

  it('the owner dies: the receiver has the lease when it has been silent', async () => {
    const { world, a, b } = await asked(2, Infinity);
    a.crash();
    await world.clock.advance(1.25 * DURATION_MS + 2_500);
    expect(b.keys()).toHaveLength(2);
    expectSettled(world, [b]);
    await world.stopAll();
  });

  it('the receiver stops: it takes nothing more, and its peers take what was promised to it', async () => {
    const { world, a, b } = await asked(2, 500);
    b.keeper.stopTaking();
    await world.clock.advance(1_500);
    await b.keeper.stop();
    await world.clock.advance(DURATION_MS + 5_000);
    expect([a.keys().length, b.keys()]).toEqual([2, []]);
    expectSettled(world, [a]);
    await world.stopAll();
  });

  const parties: readonly (readonly ('a' | 'b')[])[] = [['a'], ['b'], ['a', 'b']];
  const deaths = parties.flatMap((dying) => [false, true].map((loses) => [dying.join(' and '), loses, dying] as const));
  it.each(deaths)(
    'wherever %s dies on the way (its last answer lost: %s): one living owner in the end, and no checkpointOwner',
    async (_who, loses, dying) => {
      for (let write = 1; write <= 24; write++) {
        const world = new KeeperWorld(tableOf(4));
        const peers = { a: world.peer('a', { busyMs: 700 }), b: world.peer('b'), c: world.peer('c') };
        await world.start(peers.a.keeper, 4_000);
        let left = write;
        world.table.fault = (call) => {
          if (call.operation !== 'write' || --left !== 0) return undefined;
          void world.clock.sleep(0).then(() => dying.forEach((name) => peers[name].crash()));
          return loses ? { after: world.clock.sleep(1) } : undefined;
        };
        void peers.b.keeper.start();
        await world.clock.advance(12_000);
        world.table.fault = () => undefined;
        for (const name of dying) peers[name].crash();
        await world.start(peers.c.keeper, 2 * DURATION_MS + 20_000);
        const living = (['a', 'b', 'c'] as const).filter((name) => !dying.includes(name as 'a' | 'b'));
        expectSettled(world, living.map((name) => peers[name])); // prettier-ignore
        expectPairs(world.heard.filter((line) => living.some((name) => line.split(' ')[1] === name)));
        await world.stopAll();
      }
    },
  );
});
