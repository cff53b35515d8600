/** The simulated Java workers do what the real ones were measured to do: without this they would prove nothing about ours. */
import type { Row } from '../kinesis-client/leases/lease-row';
import { kclRows, type KclRow } from './kcl-rows';
import { InteropFleet, APPLICATION, type Member } from './interop-rows-fleet';

/** Two workers of 2.7 with a shard each. Whoever was robbed knows it by then. */
async function twoOf2(seed = 0) {
  const fleet = new InteropFleet({ shards: 2, seed });
  const [a, b] = [fleet.java2('a'), fleet.java2('b')];
  await fleet.until('each has one', () => fleet.holdings().a === 1 && fleet.holdings().b === 1, 60_000);
  await fleet.clock.advance(5_000);
  const [ofA = '', ofB = ''] = [...a.worker.holds, ...b.worker.holds];
  return { fleet, a, b, ofA, ofB };
}

const seconds = (fleet: InteropFleet) => fleet.clock.monotonicMs() / 1_000;
const foreignRow = { leaseKey: { S: 'Migration3.0' }, cv: { S: 'CLIENT_VERSION_3X' } };

/** How long from now until somebody works a record of the shard off, seconds. */
async function untilRead(fleet: InteropFleet, shardId: string, maxMs = 300_000): Promise<number> {
  const from = seconds(fleet);
  const sequenceNumber = fleet.stream.put(shardId, 'x');
  await fleet.until('it is read', () => fleet.processedIn(shardId).includes(sequenceNumber), maxMs);
  return seconds(fleet) - from;
}

describe('a worker of 2.7', () => {
  const seeds = [1, 2, 3, 4, 5];

  it.each(seeds)('killed, is missed for 15 to 45 s (seed %i)', async (seed) => {
    const { fleet, a, ofA } = await twoOf2(seed);
    await fleet.clock.advance(seed * 3_700);
    a.kill();
    const took = await untilRead(fleet, ofA);
    expect(took).toBeGreaterThan(15);
    expect(took).toBeLessThan(45);
  });

  it('stopped, is missed as if it had been killed: no row is let go', async () => {
    const { fleet, a, ofA } = await twoOf2();
    await fleet.ended(a.stop());
    expect(fleet.row(ofA)?.leaseOwner).toEqual({ S: 'a' });
    expect(await untilRead(fleet, ofA)).toBeGreaterThan(10);
  });

  it('takes all of a new table at once, and is robbed of one lease every 20 s', async () => {
    const fleet = new InteropFleet({ shards: 4 });
    fleet.java2('a');
    await fleet.clock.advance(3_000);
    expect(fleet.holdings()).toEqual({ a: 4 });
    fleet.java2('b');
    await fleet.clock.advance(3_000);
    expect(fleet.holdings()).toEqual({ a: 3, b: 1 });
    await fleet.clock.advance(23_000);
    expect(fleet.holdings()).toEqual({ a: 2, b: 2 });
    await fleet.clock.advance(120_000);
    expect(fleet.holdings()).toEqual({ a: 2, b: 2 });
  });

  it('takes its old leases up again when it comes back with the same id', async () => {
    const fleet = new InteropFleet({ shards: 2 });
    fleet.java2('a').kill();
    const a = fleet.java2('a');
    await fleet.until('it owns both', () => fleet.holdings().a === 2, 10_000);
    a.kill();
    await fleet.clock.advance(60_000);
    fleet.java2('a');
    const [s0 = ''] = fleet.stream.shardIds;
    expect(await untilRead(fleet, s0)).toBeLessThan(3);
    expect(fleet.row(s0)?.ownerSwitchesSinceCheckpoint).toEqual({ N: '0' });
  });

  it('never takes a lease again beside a foreign row, keeps what it has, and cannot start', async () => {
    const { fleet, a, b, ofA, ofB } = await twoOf2();
    fleet.dynamodb.putRow(APPLICATION, foreignRow);
    b.kill();
    await fleet.clock.advance(120_000);
    expect(await untilRead(fleet, ofA)).toBeLessThan(3);
    expect(fleet.row(ofB)?.leaseOwner).toEqual({ S: 'b' });
    expect(a.worker.failures[0]).toMatch(/NullPointerException.*Migration3\.0/);
    const c = fleet.java2('c');
    await fleet.clock.advance(22_000);
    expect(c.worker.isRunning).toBe(false);
  });

  it('makes the children of a split before the end of the parent, and reads them', async () => {
    const fleet = new InteropFleet({ shards: 1 });
    fleet.java2('a');
    const [s0 = ''] = fleet.stream.shardIds;
    await untilRead(fleet, s0);
    const [left, right] = fleet.stream.split(s0);
    expect(await untilRead(fleet, left)).toBeLessThan(45);
    await untilRead(fleet, right);
    expect(fleet.row(left)?.parentShardId).toEqual({ SS: [s0] });
    const parent = fleet.dynamodb.changes.filter(({ key }) => key === s0).map(({ after }) => after);
    const beforeEnd = parent.findLast((row) => row?.checkpoint?.S !== 'SHARD_END' && row !== undefined);
    expect(beforeEnd?.childShardIds).toEqual({ SS: [left, right] });
    await fleet.clock.advance(120_000);
    expect(fleet.row(s0)).toBeUndefined();
  });
});

describe.each(['3.4', '3.5'] as const)('a fleet of %s in its own mode', (version) => {
  const start = async (shards: number): Promise<{ fleet: InteropFleet; leader: Member; other: Member }> => {
    const fleet = new InteropFleet({ shards });
    const [a, b] = ['a', 'b'].map((name) => fleet.java3(name, { version, mode: '3X' }));
    await fleet.until('all is owned', () => fleet.holdings().nobody === undefined && fleet.holdings().a === fleet.holdings().b, 180_000); // prettier-ignore
    await fleet.clock.advance(30_000);
    const [leader, other] = a?.worker.isLeader === true ? [a, b] : [b, a];
    return { fleet, leader: leader as Member, other: other as Member };
  };
  const ownedBy = (fleet: InteropFleet, { name }: Member): string =>
    fleet.stream.shardIds.find((shardId) => fleet.row(shardId)?.leaseOwner?.S === name) ?? '';

  it('misses a killed follower for half a minute and more, since its report still counts', async () => {
    const { fleet, other } = await start(4);
    const shardId = ownedBy(fleet, other);
    other.kill();
    const took = await untilRead(fleet, shardId);
    expect(took).toBeGreaterThan(30);
    expect(took).toBeLessThan(100);
  });

  it('misses a killed leader for more than two minutes', async () => {
    const { fleet, leader } = await start(4);
    const shardId = ownedBy(fleet, leader);
    leader.kill();
    const took = await untilRead(fleet, shardId);
    expect(took).toBeGreaterThan(120);
    expect(took).toBeLessThan(200);
  });

  it('moves a lease by a hand-over: its start leaves counter and switches as they are, its end the switches', async () => {
    const fleet = new InteropFleet({ shards: 2 });
    fleet.java3('a', { version, mode: '3X' });
    await fleet.until('all is owned', () => fleet.holdings().a === 2, 60_000);
    fleet.java3('b', { version, mode: '3X' });
    await fleet.until('they share', () => fleet.holdings().b === 1, 180_000);
    await fleet.clock.advance(30_000);
    const moves = fleet.dynamodb.changes.filter(({ before, after }) => before?.leaseOwner?.S === 'a' && (after?.leaseOwner?.S === 'b' || before?.checkpointOwner)); // prettier-ignore
    const [started] = moves;
    const ended = fleet.dynamodb.changes.find(
      ({ before, after }) => before?.checkpointOwner && !after?.checkpointOwner,
    );
    expect(started?.after).toEqual({
      ...started?.before,
      leaseOwner: { S: 'b' },
      checkpointOwner: { S: 'a' },
    });
    expect(ended).toMatchObject({ by: expect.stringMatching(/^a#/) as string, after: { leaseOwner: { S: 'b' } } });
    expect(ended?.after?.ownerSwitchesSinceCheckpoint).toEqual(ended?.before?.ownerSwitchesSinceCheckpoint);
    expect(fleet.heard.filter((line) => /^a .*(shutdownRequested|leaseLost)/.test(line))).toHaveLength(2);
  });

  it('gives up its lock when the leader stops, and the next one has it within a minute', async () => {
    const { fleet, leader } = await start(2);
    await fleet.ended(leader.stop());
    await fleet.clock.advance(60_000);
    const table = version === '3.5' ? APPLICATION : `${APPLICATION}-CoordinatorState`;
    expect(fleet.dynamodb.row(table, 'Leader')?.ownerName?.S).not.toBe(leader.name);
    expect(fleet.dynamodb.row(table, 'Leader')).toBeDefined();
  });
});

describe('a worker of 3.x beside 2.7', () => {
  it.each([
    ['3.5', 'PHASE1', [APPLICATION]],
    ['3.4', 'COMPATIBLE', [APPLICATION, `${APPLICATION}-CoordinatorState`, `${APPLICATION}-WorkerMetricStats`]],
  ] as const)('%s in %s shares with it, and writes to %j', async (version, mode, tables) => {
    const fleet = new InteropFleet({ shards: 4 });
    fleet.java2('a');
    await fleet.clock.advance(3_000);
    fleet.java3('b', { version, mode });
    await fleet.clock.advance(60_000);
    expect(fleet.holdings()).toEqual({ a: 2, b: 2 });
    const written = new Set(fleet.dynamodb.changes.map(({ table }) => table));
    expect([...written].sort()).toEqual([...tables].sort());
  });

  it('3.5 in COMPATIBLE makes it blind: its rows stand in the lease table', async () => {
    const fleet = new InteropFleet({ shards: 2 });
    const a = fleet.java2('a');
    await fleet.clock.advance(3_000);
    fleet.java3('b', { version: '3.5', mode: 'COMPATIBLE' });
    await fleet.clock.advance(60_000);
    expect(a.worker.failures.at(-1)).toMatch(/NullPointerException/);
  });
});

describe('the rows that simulated workers leave', () => {
  const lines: Readonly<Record<string, (fleet: InteropFleet, name: string) => Member>> = {
    '2.7': (fleet, name) => fleet.java2(name),
    '3.4': (fleet, name) => fleet.java3(name, { version: '3.4', mode: '3X' }),
    '3.5': (fleet, name) => fleet.java3(name, { version: '3.5', mode: '3X' }),
  };
  const shapeOf = (row: Row): string => Object.entries(row).map(([name, value]) => `${name}:${Object.keys(value)[0]}`).sort().join(' '); // prettier-ignore

  /** A life with everything in it that real rows were kept of, but for prepared checkpoints and 3.5 on its way from 2.x. */
  async function shapesOf(line: string): Promise<Set<string>> {
    const fleet = new InteropFleet({ shards: 2 });
    const make = lines[line] as (fleet: InteropFleet, name: string) => Member;
    make(fleet, 'a');
    const [s0 = '', s1 = ''] = fleet.stream.shardIds;
    await untilRead(fleet, s0);
    await untilRead(fleet, s1);
    const b = make(fleet, 'b');
    await fleet.until('they share', () => fleet.holdings().b === 1, 200_000);
    await fleet.clock.advance(60_000);
    b.kill();
    await fleet.clock.advance(200_000);
    const [left, right] = fleet.stream.split(s0);
    for (const child of [left, right]) await untilRead(fleet, child);
    const merged = fleet.stream.merge(left, right);
    await untilRead(fleet, merged);
    return new Set(fleet.dynamodb.changes.flatMap(({ after }) => (after === undefined ? [] : [shapeOf(after)])));
  }

  it.each(Object.keys(lines))('#69 have the attributes and types of those that real ones of %s left', async (line) => {
    const isKept = ({ client, mode, state }: KclRow): boolean => client.startsWith(line) && mode === undefined && !/^(prepared|fresh, )/.test(state); // prettier-ignore
    const real = kclRows('rows of simulated Java workers').filter(isKept);
    const shapes = await shapesOf(line);
    expect(real.filter(({ row }) => !shapes.has(shapeOf(row))).map(({ state }) => state)).toEqual([]);
  });
});
