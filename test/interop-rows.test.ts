/** Our worker on the lease table of a Java application: it goes on where Java stopped, and leaves nothing that Java trips over. */
import { createDynamoDBLeaseTable } from '../kinesis-client/leases/dynamodb-lease-table';
import { integerOf, readLease, type Row } from '../kinesis-client/leases/lease-row';
import {
  checkpointing,
  committing,
  endingHandOff,
  eviction,
  preparing,
  renewal,
  settingChildren,
  taking,
  type LeaseWrite,
} from '../kinesis-client/leases/lease-writes';
import { seededRandom } from '../runtime/random';
import { VirtualClock } from '../runtime/virtual-clock';
import { FakeDynamoDB, type RowChange } from './fake-dynamodb';
import { unfenced, unreadableBy2 } from './interop-rows-checks';
import { APPLICATION, InteropFleet, type Member } from './interop-rows-fleet';
import { kclRows } from './kcl-rows';

/** Puts a record into every open shard. */
const putAll = ({ stream }: InteropFleet): string[] =>
  stream.shardIds.filter((shardId) => stream.isOpen(shardId)).map((shardId) => stream.put(shardId, 'x'));

const done = ({ processed }: InteropFleet): string[] => processed.map(({ sequenceNumber }) => sequenceNumber).sort();

describe('a lease table that goes from one client to another', () => {
  const clients: Readonly<Record<string, (fleet: InteropFleet, name: string) => Member>> = {
    '2.7': (fleet, name) => fleet.java2(name),
    '3.4 in COMPATIBLE': (fleet, name) => fleet.java3(name, { version: '3.4', mode: 'COMPATIBLE' }),
    '3.4 in its own mode': (fleet, name) => fleet.java3(name, { version: '3.4', mode: '3X' }),
    '3.5 in PHASE1': (fleet, name) => fleet.java3(name, { version: '3.5', mode: 'PHASE1' }),
    '3.5 in its own mode': (fleet, name) => fleet.java3(name, { version: '3.5', mode: '3X' }),
    ours: (fleet, name) => fleet.ours(name),
  };
  const java = Object.keys(clients).filter((client) => client !== 'ours');
  /** 2.7 cannot read the rows that 3.5 leaves; nothing of ours can change that. */
  const ways = [...java.map((from) => [from, 'ours'] as const), ...java.map((to) => ['ours', to] as const)];

  it.each(ways)('from %s to %s: everything is worked off once', async (from, to) => {
    const fleet = new InteropFleet({ shards: 3 });
    const start = (client: string, name: string): Member => (clients[client] as (typeof clients)[string])(fleet, name);
    const records = putAll(fleet);
    const first = start(from, 'first');
    await fleet.until('all is worked off', () => fleet.processed.length === 3, 180_000);
    const [s0 = ''] = fleet.stream.shardIds;
    const children = fleet.stream.split(s0);
    await fleet.until('the children are there', () => children.every((id) => fleet.row(id) !== undefined), 30_000);
    await fleet.ended(first.stop());
    records.push(...putAll(fleet));
    const second = start(to, 'second');
    await fleet.until('all is worked off', () => fleet.processed.length === 7, 300_000);
    records.push(...putAll(fleet));
    await fleet.until('all is worked off', () => fleet.processed.length === 11, 60_000);
    await fleet.ended(second.stop());
    expect(done(fleet)).toEqual(records.sort());
    expect(unfenced(fleet.dynamodb.changes)).toEqual([]);
    expect(unreadableBy2(fleet.dynamodb.changes)).toEqual([]);
    expect(fleet.fatal).toEqual([]);
  });

  it('from 2.7 to ours while 2.7 still runs, one worker after the other, and back', async () => {
    const fleet = new InteropFleet({ shards: 6 });
    let members: Member[] = [fleet.java2('j1'), fleet.java2('j2')];
    const records: string[] = [];
    const roll = async (next: (name: string) => Member, names: readonly string[]): Promise<void> => {
      const before = members;
      members = [];
      for (const [i, name] of names.entries()) {
        members.push(next(name));
        records.push(...putAll(fleet));
        await fleet.clock.advance(60_000);
        await fleet.ended((before[i] as Member).stop());
      }
      await fleet.until('all is worked off', () => new Set(done(fleet)).size === records.length, 120_000);
      const owners = (): string => Object.keys(fleet.holdings()).sort().join();
      await fleet.until('the others have all', () => owners() === names.join(), 120_000);
    };
    await fleet.clock.advance(60_000);
    await roll((name) => fleet.ours(name), ['o1', 'o2']);
    await roll((name) => fleet.java2(name), ['j3', 'j4']);
    expect(unfenced(fleet.dynamodb.changes)).toEqual([]);
    expect(unreadableBy2(fleet.dynamodb.changes)).toEqual([]);
    expect(fleet.fatal).toEqual([]);
  });
});

describe('a checkpointOwner that nobody acts on', () => {
  it('#28 stays in a row that 2.x took, and ours goes by the counter: not its own while it moves, read when it stands still', async () => {
    const fleet = new InteropFleet({ shards: 1 });
    const [s0 = ''] = fleet.stream.shardIds;
    const dead = fleet.java3('dead', { version: '3.5', mode: 'PHASE1' });
    await fleet.until('it has the lease', () => fleet.row(s0)?.leaseOwner?.S === 'dead', 10_000);
    fleet.dynamodb.putRow(APPLICATION, { ...fleet.row(s0), leaseOwner: { S: 'gone' }, checkpointOwner: { S: 'dead' } });
    dead.kill();
    const java = fleet.java2('java');
    await fleet.until('2.x took it', () => fleet.row(s0)?.leaseOwner?.S === 'java', 60_000);
    expect(fleet.row(s0)?.checkpointOwner).toEqual({ S: 'dead' });

    const ours = fleet.ours('ours');
    const first = fleet.stream.put(s0, 'a');
    await fleet.clock.advance(300_000);
    expect(fleet.processed).toMatchObject([{ by: 'java', sequenceNumber: first }]);
    expect(fleet.dynamodb.changes.filter(({ by }) => by === 'ours')).toEqual([]);

    java.kill();
    const second = fleet.stream.put(s0, 'b');
    await fleet.until('ours reads it', () => fleet.processed.length === 2, 15_000);
    expect(fleet.processed[1]).toMatchObject({ by: 'ours', sequenceNumber: second });
    expect(fleet.row(s0)?.checkpointOwner).toBeUndefined();
    await fleet.ended(ours.stop());
  });
});

describe('rows that are no leases', () => {
  const foreign = (): readonly Row[] => {
    const real = kclRows('foreign rows').filter(
      ({ row }) => row.checkpoint === undefined && row.leaseKey !== undefined,
    );
    const byKey = new Map(real.map(({ row }) => [row.leaseKey?.S, row]));
    return [
      ...byKey.values(),
      { leaseKey: { S: 'future' }, entityType: { S: 'WHAT_MAY_COME' }, leaseCounter: { N: '5' } },
    ];
  };

  it('#29 are passed over and stay as they are, whatever happens to the shards', async () => {
    const fleet = new InteropFleet({ shards: 2 });
    fleet.dynamodb.createTable(APPLICATION);
    for (const row of foreign()) fleet.dynamodb.putRow(APPLICATION, row);
    const members = [fleet.ours('ours'), fleet.ours('peer')];
    const [s0 = '', s1 = ''] = fleet.stream.shardIds;
    await fleet.until('all is owned', () => fleet.holdings().ours === 1 && fleet.holdings().peer === 1, 180_000);
    const [left, right] = fleet.stream.split(s0);
    await fleet.clock.advance(60_000);
    fleet.stream.merge(right, s1);
    await fleet.clock.advance(300_000);
    const records = putAll(fleet);
    await fleet.until('all is worked off', () => records.every((one) => done(fleet).includes(one)), 30_000);
    await fleet.clock.advance(130_000);
    for (const member of members) await fleet.ended(member.stop());
    const keys = foreign().map(({ leaseKey }) => leaseKey?.S);
    for (const row of foreign()) expect(fleet.row(row.leaseKey?.S ?? '')).toEqual(row);
    expect(fleet.dynamodb.changes.filter(({ key, by }) => keys.includes(key) && by !== 'operator')).toEqual([]);
    expect(fleet.row(left)).toBeDefined();
    expect(fleet.row(s0)).toBeUndefined(); // what is a lease was cleaned up
    expect(fleet.fatal).toEqual([]);
  });
});

describe.each(['3.4', '3.5'] as const)('a fleet of %s in its own mode', (version) => {
  it('keeps ours from starting while it lives, and ends one that was there before', async () => {
    const fleet = new InteropFleet({ shards: 2 });
    const early = fleet.ours('early');
    await fleet.until('ours reads', () => fleet.holdings().early === 2, 10_000);
    fleet.java3('java', { version, mode: '3X' });
    await fleet.until('ours ends', () => fleet.fatal.length === 1, 180_000);
    await fleet.ended(early.stop());
    await fleet.until('java has all', () => fleet.holdings().java === 2, 60_000);
    const sinceMs = fleet.clock.monotonicMs();
    fleet.ours('late');
    await fleet.until('ours gives up', () => fleet.fatal.length === 2, 180_000);
    expect(fleet.fatal).toMatchObject([{ code: 'FLOTILLA_KCL3_FLEET' }, { code: 'FLOTILLA_KCL3_FLEET' }]);
    const isOurs = ({ by, atMs }: RowChange): boolean => by === 'late' && atMs >= sinceMs;
    expect(fleet.dynamodb.changes.filter(isOurs)).toEqual([]);
  });
});

describe('our worker alone', () => {
  it('#30 in an hour of joins, stops, kills, splits and merges writes no row that Java 2.x cannot read', async () => {
    const fleet = new InteropFleet({ shards: 4 });
    const random = seededRandom(30);
    const settings = { lookIntervalMs: 5_000, fetchIdleMs: 5_000 }; // calls are what an hour costs here
    const habits = { batchMs: 200, checkpointIntervalMs: 20_000, settings };
    const join = (i: number): Member => fleet.ours(`w${i}`, { ...habits, twoPhase: i % 2 === 0 });
    const members = [0, 1, 2].map(join);
    for (let minute = 0, joined = 3; minute < 60; minute++) {
      putAll(fleet);
      const at = random.integer(members.length);
      const { stream } = fleet;
      const open = random.shuffle(stream.shardIds.filter((id) => stream.isOpen(id)));
      const pair = open.flatMap((low) => open.filter((high) => stream.areAdjacent(low, high)).map((high) => [low, high] as const))[0]; // prettier-ignore
      if (minute % 5 === 1) (members[at] as Member).kill();
      if (minute % 5 === 3) void (members[at] as Member).stop();
      if (minute % 5 === 1 || minute % 5 === 3) members[at] = join(joined++);
      if (minute % 4 === 0 && open.length < 8) stream.split(open[0] as string);
      if (minute % 4 === 2 && open.length > 2 && pair !== undefined) stream.merge(...pair);
      await fleet.clock.advance(60_000);
    }
    const kinds = new Set(fleet.dynamodb.changes.flatMap(({ after }) => Object.keys(after ?? {})));
    for (const name of ['pendingCheckpointState', 'childShardIds', 'parentShardId']) expect(kinds).toContain(name);
    expect(fleet.dynamodb.changes.some(({ after }) => after?.checkpoint?.S === 'SHARD_END')).toBe(true);
    expect(unreadableBy2(fleet.dynamodb.changes)).toEqual([]);
    expect(unfenced(fleet.dynamodb.changes)).toEqual([]);
    expect(fleet.dynamodb.rows(APPLICATION).every(({ entityType }) => entityType === undefined)).toBe(true);

    const java = fleet.java2('java');
    for (const member of members) void member.stop();
    const records = putAll(fleet);
    await fleet.until('2.x reads on', () => records.every((one) => done(fleet).includes(one)), 180_000);
    expect(java.worker.failures).toEqual([]);
    expect(fleet.fatal).toEqual([]);
  });
});

describe('#69 our writes to the rows of real Java clients', () => {
  const at = { sequenceNumber: '9'.repeat(56), subSequenceNumber: 4 };
  /** Each kind of write, for the rows that it can meet. */
  const writesTo = (row: Row): readonly LeaseWrite[] => {
    const lease = readLease(row);
    if (lease === null) return [];
    const { pending, checkpointOwner, checkpoint } = lease;
    const isMoving =
      checkpointOwner === undefined && pending === undefined && checkpoint.sequenceNumber !== 'SHARD_END';
    return [
      taking(lease, 'me', 1_700_000_000_000, 'free'),
      settingChildren(lease, ['shardId-000000000009']),
      renewal(lease),
      ...(checkpointOwner === undefined ? [eviction(lease)] : [endingHandOff(lease)]),
      ...(pending === undefined ? [] : [committing(lease)]),
      ...(isMoving ? [checkpointing(lease, at), preparing(lease, at, Buffer.from('state'))] : []),
    ];
  };

  it('change no attribute that they do not name, and write no exponent', async () => {
    const clock = new VirtualClock();
    const kinds = new Set<string>();
    for (const { row } of kclRows('our writes to rows of Java clients')) {
      for (const write of writesTo(row)) {
        const fake = new FakeDynamoDB({ clock });
        const dynamodb = fake.clientOf('ours');
        const settings = { tableReadyTimeoutMs: 1_000, tableReadyPollMs: 10 };
        const table = createDynamoDBLeaseTable({ dynamodb, tableName: APPLICATION, settings, clock });
        await table.ensure();
        fake.putRow(APPLICATION, row);
        expect(await table.write(write)).toEqual({ kind: 'written' });
        const after = fake.row(APPLICATION, write.leaseKey) ?? {};
        const left = Object.entries(row).filter(([name]) => !(name in write.set) && !write.remove.includes(name));
        expect(after).toEqual({ ...Object.fromEntries(left), ...write.set });
        for (const { N } of Object.values(write.set)) if (N !== undefined) expect(String(integerOf(N))).toBe(N);
        kinds.add(write.kind);
      }
    }
    if (kinds.size > 0) expect(kinds.size).toBe(8);
  });
});
