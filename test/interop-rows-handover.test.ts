/** A Java 3.x leader hands shards from and to our worker: what each side writes, and what our processors hear. */
import type { RowChange } from './fake-dynamodb';
import { APPLICATION, InteropFleet, type OurHabits } from './interop-rows-fleet';
import { unfenced } from './interop-rows-checks';
import { assign, readAsJava35, startHandOff, type JavaLease, type JavaUpdate } from './java-lease-rows';
import { JavaLeaseTable } from './java-lease-table';

/** The one shard of the fleet is read by ours; `leader` writes to its row what a Java 3.x leader would. */
async function ourShard(habits: OurHabits = {}) {
  const fleet = new InteropFleet({ shards: 1 });
  const [s0 = ''] = fleet.stream.shardIds;
  fleet.ours('ours', { ...habits, settings: { lookIntervalMs: 60_000 } }); // it hears of a hand-over as Java does: by a renewal
  fleet.stream.put(s0, 'a');
  await fleet.until('ours reads', () => fleet.processed.length === 1, 10_000);
  await fleet.clock.advance(5_000);
  const me = fleet.row(s0)?.leaseOwner?.S ?? '';
  return { fleet, s0, me, ...leaderOf(fleet) };
}

const asked = ['s0: initialize', 's0: shutdownRequested'];
const REFUSED = 's0: checkpoint refused: ShutdownException';

function leaderOf(fleet: InteropFleet) {
  const table = new JavaLeaseTable(fleet.dynamodb.clientOf('leader'), APPLICATION, readAsJava35);
  const leader = async (leaseKey: string, update: (lease: JavaLease) => JavaUpdate): Promise<void> => {
    const lease = readAsJava35(fleet.row(leaseKey) ?? {}) as JavaLease;
    expect((await table.update(leaseKey, update(lease))).kind).toBe('done');
  };
  return { table, leader };
}

const heardBy = (fleet: InteropFleet, name: string): string[] =>
  fleet.heard.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

/** From the start of the hand-over on: the changes of the row by one program. */
const changesBy = (fleet: InteropFleet, name: string, sinceMs: number): readonly RowChange[] =>
  fleet.dynamodb.changes.filter(({ by, atMs }) => by.split('#')[0] === name && atMs >= sinceMs);

describe('a Java 3.x leader hands a shard of ours to b', () => {
  it('#23 we renew and checkpoint on, are asked to finish, and end the hand-over with exactly the write of Java', async () => {
    const { fleet, s0, me, leader } = await ourShard({ shutdownMs: 9_000, checkpointIntervalMs: 3_600_000 });
    const second = fleet.stream.put(s0, 'b');
    await fleet.until('it is worked off', () => fleet.processed.length === 2, 5_000);
    const sinceMs = fleet.clock.monotonicMs();
    await leader(s0, (lease) => startHandOff(lease, 'b'));
    const switches = fleet.row(s0)?.ownerSwitchesSinceCheckpoint;
    await fleet.until('it is handed over', () => fleet.row(s0)?.checkpointOwner === undefined, 20_000);

    const changes = changesBy(fleet, 'ours', sinceMs);
    const checkpoints = changes.filter(({ before, after }) => before?.checkpoint?.S !== after?.checkpoint?.S);
    expect(checkpoints.map(({ after }) => after?.checkpoint?.S)).toEqual([second]);
    expect(changes.length).toBeGreaterThanOrEqual(4); // heartbeats went on for nine seconds
    for (const { after } of changes.slice(0, -1))
      expect(after).toMatchObject({ leaseOwner: { S: 'b' }, checkpointOwner: { S: me } });
    const { before = {}, after } = changes.at(-1) as RowChange;
    const { checkpointOwner: _over, leaseCounter, ...kept } = before;
    expect(after).toEqual({ ...kept, leaseCounter: { N: String(BigInt(leaseCounter?.N ?? '') + 1n) } });
    expect(after?.ownerSwitchesSinceCheckpoint).toEqual(switches);
    expect(heardBy(fleet, 'ours')).toEqual([...asked, 's0: leaseLost']);
    await fleet.clock.advance(5_000);
    expect(changesBy(fleet, 'ours', sinceMs)).toHaveLength(changes.length);
    expect(unfenced(fleet.dynamodb.changes)).toEqual([]);
  });

  it('#24 a processor of ours that takes longer than 30 s loses the shard all the same, and its checkpoint is refused', async () => {
    const { fleet, s0, leader } = await ourShard({ shutdownMs: 50_000, checkpointIntervalMs: 3_600_000 });
    const sinceMs = fleet.clock.monotonicMs();
    await leader(s0, (lease) => startHandOff(lease, 'b'));
    await fleet.until('it is handed over', () => fleet.row(s0)?.checkpointOwner === undefined, 40_000);
    const tookMs = fleet.clock.monotonicMs() - sinceMs;
    expect(tookMs).toBeGreaterThanOrEqual(30_000);
    expect(tookMs).toBeLessThan(34_000);
    const row = fleet.row(s0);
    expect(row).toMatchObject({ leaseOwner: { S: 'b' }, checkpoint: { S: 'TRIM_HORIZON' } });
    await fleet.clock.advance(30_000); // its late checkpoint comes and goes
    expect(fleet.row(s0)).toMatchObject({ checkpoint: { S: 'TRIM_HORIZON' } });
    expect(heardBy(fleet, 'ours').slice(0, 4)).toEqual([...asked, REFUSED, 's0: leaseLost']);
    expect(fleet.fatal).toEqual([]);
  });

  it('#25 the leader does not wait for us: our end of the hand-over is refused, and we let go', async () => {
    const { fleet, s0, leader } = await ourShard({ shutdownMs: 9_000, checkpointIntervalMs: 3_600_000 });
    await leader(s0, (lease) => startHandOff(lease, 'b'));
    await fleet.until('we are asked', () => heardBy(fleet, 'ours').includes('s0: shutdownRequested'), 5_000);
    await leader(s0, (lease) => assign(lease, 'b'));
    const sinceMs = fleet.clock.monotonicMs();
    const row = fleet.row(s0);
    expect(row).toMatchObject({ leaseOwner: { S: 'b' }, checkpoint: { S: 'TRIM_HORIZON' } });
    await fleet.clock.advance(9_500);
    expect(changesBy(fleet, 'ours', sinceMs)).toEqual([]);
    expect(fleet.row(s0)).toEqual(row);
    expect(heardBy(fleet, 'ours')).toEqual([...asked, REFUSED, 's0: leaseLost']);
  });

  it('#27 a shard of ours that waits for its parent goes over at once, and its processor never hears of it', async () => {
    const fleet = new InteropFleet({ shards: 1 });
    const [s0 = ''] = fleet.stream.shardIds;
    const { table, leader } = leaderOf(fleet);
    const slow = { habits: { batchMs: 600_000, checkpointIntervalMs: 0, shutdownMs: 0 } };
    fleet.java2('java', slow);
    fleet.stream.put(s0, 'a');
    await fleet.until('java reads it', () => fleet.row(s0)?.leaseOwner?.S === 'java', 10_000);
    const [left] = fleet.stream.split(s0);
    const fresh = { leaseCounter: 0n, ownerSwitches: 0n, childShardIds: [], parentShardIds: [s0] };
    const checkpoint = { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 };
    await table.create({ ...fresh, leaseKey: left, checkpoint });
    fleet.ours('ours');
    await fleet.until('ours has the child', () => /^ours/.test(fleet.row(left)?.leaseOwner?.S ?? ''), 30_000);
    await fleet.clock.advance(5_000);
    const sinceMs = fleet.clock.monotonicMs();
    await leader(left, (lease) => startHandOff(lease, 'b'));
    await fleet.until('it is handed over', () => fleet.row(left)?.checkpointOwner === undefined, 4_000);
    expect(fleet.row(left)).toMatchObject({ leaseOwner: { S: 'b' }, ownerSwitchesSinceCheckpoint: { N: '0' } });
    expect(changesBy(fleet, 'ours', sinceMs).at(-1)?.after).toEqual(fleet.row(left));
    expect(heardBy(fleet, 'ours')).toEqual([]);
  });
});

describe('a Java 3.x leader hands a shard of a Java worker to ours', () => {
  /** Two shards, one in each hand; from now on the leader wants both in ours. */
  async function javaShard(shutdownMs: number) {
    const fleet = new InteropFleet({ shards: 2 });
    const [s0 = '', s1 = ''] = fleet.stream.shardIds;
    const habits = { batchMs: 0, checkpointIntervalMs: 3_600_000, shutdownMs };
    const java = fleet.java3('java', { version: '3.5', mode: 'PHASE1' }, { habits });
    await fleet.until('java has both', () => fleet.holdings().java === 2, 10_000);
    fleet.ours('ours');
    await fleet.until('each has one', () => fleet.holdings().ours === 1, 60_000);
    await fleet.clock.advance(5_000);
    java.worker.stopTaking();
    const mine = fleet.row(s0)?.leaseOwner?.S === 'java' ? s1 : s0;
    const other = mine === s0 ? s1 : s0;
    return { fleet, java, other, me: fleet.row(mine)?.leaseOwner?.S ?? '', ...leaderOf(fleet) };
  }

  it('#26 we do not begin before its checkpointOwner is gone', async () => {
    const { fleet, other, me, leader } = await javaShard(15_000);
    const sinceMs = fleet.clock.monotonicMs();
    await leader(other, (lease) => startHandOff(lease, me));
    const isOver = (): boolean => fleet.row(other)?.checkpointOwner === undefined;
    await fleet.until('it is handed over', isOver, 25_000);
    expect(fleet.clock.monotonicMs() - sinceMs).toBeGreaterThanOrEqual(15_000);
    const keyed = (by: string) => changesBy(fleet, by, sinceMs).filter(({ key }) => key === other);
    expect(keyed('ours')).toEqual([]);
    expect(keyed('java').at(-1)?.after).toMatchObject({ leaseOwner: { S: me } });
    await fleet.until('we begin', () => keyed('ours').length > 0, 5_000);
    const record = fleet.stream.put(other, 'a');
    await fleet.until('we read', () => fleet.processed.some(({ by, sequenceNumber }) => by === 'ours' && sequenceNumber === record), 5_000); // prettier-ignore
    const [begun] = fleet.heard.filter((line) => /^ours .*initialize/.test(line)).slice(1);
    const lost = fleet.heard.findLastIndex((line) => /^java .*shutdownRequested/.test(line));
    expect(fleet.heard.indexOf(begun ?? '')).toBeGreaterThan(lost);
    expect(unfenced(fleet.dynamodb.changes)).toEqual([]);
  });

  it('#70 what it checkpoints between start and end is accepted, and we begin there', async () => {
    const { fleet, other, me, leader } = await javaShard(5_000);
    const first = fleet.stream.put(other, 'a');
    await fleet.until('java works it off', () => fleet.processed.length === 1, 5_000);
    expect(fleet.row(other)?.checkpoint?.S).not.toBe(first);
    await leader(other, (lease) => startHandOff(lease, me));
    const second = fleet.stream.put(other, 'b');
    await fleet.until('ours reads', () => fleet.processed.some(({ by }) => by === 'ours'), 30_000);
    const javaLast = fleet.processed.findLast(({ by }) => by === 'java')?.sequenceNumber ?? '';
    const during = fleet.dynamodb.changes.filter(({ before, after }) => before?.checkpointOwner && before.checkpoint?.S !== after?.checkpoint?.S); // prettier-ignore
    expect(during.map(({ by, after }) => [by.split('#')[0], after?.checkpoint?.S])).toEqual([['java', javaLast]]);
    expect(fleet.processedIn(other)).toEqual([first, second]); // each once: ours begins where java stopped
    expect(unfenced(fleet.dynamodb.changes)).toEqual([]);
  });

  it('one that dies in the middle of it costs its last checkpoint and no more', async () => {
    const { fleet, java, other, me, leader } = await javaShard(20_000);
    const first = fleet.stream.put(other, 'a');
    await fleet.until('java works it off', () => fleet.processed.length === 1, 5_000);
    await leader(other, (lease) => startHandOff(lease, me));
    await fleet.clock.advance(5_000);
    java.kill();
    await fleet.until('ours reads', () => fleet.processed.length === 2, 20_000);
    expect(fleet.processed[1]).toMatchObject({ by: 'ours', sequenceNumber: first });
    expect(fleet.row(other)?.checkpointOwner).toBeUndefined();
    expect(unfenced(fleet.dynamodb.changes)).toEqual([]);
  });
});
