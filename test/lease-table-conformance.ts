/**
 * What every lease table must do, told as tests: the DynamoDB adapter and the fake run the same suite
 * (integration/dynamodb-lease-table.test.ts, kinesis-client/leases/in-memory-lease-table.test.ts).
 */
import { isFinished, type Checkpoint, type Lease } from '../kinesis-client/leases/lease';
import { integerOf, readLease, writeLease, type Row } from '../kinesis-client/leases/lease-row';
import type { LeaseTable } from '../kinesis-client/leases/lease-table';
import {
  checkpointing,
  committing,
  endingHandOff,
  eviction,
  preparing,
  renewal,
  settingChildren,
  settingHashRange,
  startingHandOff,
  taking,
  type LeaseWrite,
} from '../kinesis-client/leases/lease-writes';

export interface TableUnderTest {
  /** Empty, and ready after `ensure`. */
  readonly table: LeaseTable;
  /** Reads and writes rows past the table's own code. */
  readRow(leaseKey: string): Promise<Row | undefined>;
  putRow(row: Row): Promise<void>;
  close(): Promise<void>;
}

const at = (sequenceNumber: string, subSequenceNumber = 0): Checkpoint => ({ sequenceNumber, subSequenceNumber });
const state = new TextEncoder().encode('plan');
const WALL_MS = 1_700_000_000_000;

/** Held by `me`, twice switched, checkpointed inside an aggregate. */
const heldLease: Lease = {
  leaseKey: 'shard-1',
  leaseOwner: 'me',
  leaseCounter: 7n,
  ownerSwitchesSinceCheckpoint: 2n,
  checkpoint: at('100', 3),
  parentShardIds: ['shard-0'],
  childShardIds: [],
  hashRange: { start: '0', end: '99' },
};
const preparedLease: Lease = { ...heldLease, pending: { checkpoint: at('200', 5), state } };
const { leaseOwner: _nobody, ...freeLease } = heldLease;
/** Still held by `me`, who is asked to hand it over to `you`. */
const promisedLease: Lease = { ...heldLease, leaseOwner: 'you', checkpointOwner: 'me' };

/** Each write that is allowed, and what it finds. */
const writes: readonly [name: string, before: Lease, write: LeaseWrite][] = [
  ['renew', heldLease, renewal(heldLease)],
  ['renew while a checkpoint is pending', preparedLease, renewal(preparedLease)],
  ['take of a free lease', freeLease, taking(freeLease, 'you', WALL_MS)],
  ['take from another owner', heldLease, taking(heldLease, 'you', WALL_MS)],
  ['take of an own earlier holding', heldLease, taking(heldLease, 'me', WALL_MS)],
  ['take with a pending checkpoint', preparedLease, taking(preparedLease, 'you', WALL_MS)],
  ['evict', heldLease, eviction(heldLease)],
  ['evict with a pending checkpoint', preparedLease, eviction(preparedLease)],
  [
    'take from an owner who was asked and had time',
    promisedLease,
    taking(promisedLease, 'you', WALL_MS, 'handed-over'),
  ],
  ['start of a hand-off', heldLease, startingHandOff(heldLease, 'you')],
  ['renew in a hand-off', promisedLease, renewal(promisedLease)],
  ['checkpoint in a hand-off', promisedLease, checkpointing(promisedLease, at('150'))],
  ['end of a hand-off', promisedLease, endingHandOff(promisedLease)],
  ['checkpoint', heldLease, checkpointing(heldLease, at('150'))],
  ['checkpoint at the end of the shard', heldLease, checkpointing(heldLease, at('SHARD_END'))],
  ['prepare', heldLease, preparing(heldLease, at('200', 5), state)],
  ['prepare without a state', heldLease, preparing(heldLease, at('200', 5), new Uint8Array())],
  ['commit', preparedLease, committing(preparedLease)],
  ['children', heldLease, settingChildren(heldLease, ['shard-3', 'shard-2'])],
  ['hash-range', heldLease, settingHashRange(heldLease, { start: '0', end: '9' })],
];

const moved = (lease: Lease): Lease => ({ ...lease, leaseCounter: lease.leaseCounter + 1n });

/** Each write that must be refused, and the row that refuses it. */
const refusals: readonly [name: string, row: Lease, write: LeaseWrite][] = [
  ['renew: the counter moved', moved(heldLease), renewal(heldLease)],
  ['renew: a hand-over began', { ...heldLease, leaseOwner: 'you', checkpointOwner: 'me' }, renewal(heldLease)],
  ['take: the counter moved', moved(heldLease), taking(heldLease, 'you', WALL_MS)],
  ['evict: the counter moved', moved(heldLease), eviction(heldLease)],
  ['evict: another owner', { ...heldLease, leaseOwner: 'you' }, eviction(heldLease)],
  ['evict: a hand-over began', { ...heldLease, checkpointOwner: 'me' }, eviction(heldLease)],
  ['start of a hand-off: another owner', { ...heldLease, leaseOwner: 'she' }, startingHandOff(heldLease, 'you')],
  ['start of a hand-off: nobody owns it', freeLease, startingHandOff(heldLease, 'you')],
  ['start of a hand-off: one runs already', { ...heldLease, checkpointOwner: 'he' }, startingHandOff(heldLease, 'you')],
  ['end of a hand-off: the counter moved', moved(promisedLease), endingHandOff(promisedLease)],
  ['end of a hand-off: another receiver', { ...promisedLease, leaseOwner: 'she' }, endingHandOff(promisedLease)],
  ['end of a hand-off: there is none any more', { ...heldLease, leaseOwner: 'you' }, endingHandOff(promisedLease)],
  ['checkpoint: the counter moved', moved(heldLease), checkpointing(heldLease, at('150'))],
  ['checkpoint: another one is pending', preparedLease, checkpointing(heldLease, at('150'))],
  ['prepare: the counter moved', moved(heldLease), preparing(heldLease, at('200'), state)],
  ['prepare: the checkpoint moved', { ...heldLease, checkpoint: at('101', 3) }, preparing(heldLease, at('200'), state)],
  ['prepare: the index moved', { ...heldLease, checkpoint: at('100', 4) }, preparing(heldLease, at('200'), state)],
  ['prepare: another one is pending', preparedLease, preparing(heldLease, at('200', 5), state)],
  ['commit: the counter moved', moved(preparedLease), committing(preparedLease)],
  ['commit: nothing is pending', heldLease, committing(preparedLease)],
  [
    'commit: another position is pending',
    { ...heldLease, pending: { checkpoint: at('200', 6), state } },
    committing(preparedLease),
  ],
  [
    'commit: another state is pending',
    { ...heldLease, pending: { checkpoint: at('200', 5), state: new Uint8Array([1]) } },
    committing(preparedLease),
  ],
];

const text = ({ S = '' }: { readonly S?: string }): string => S;
const foreignRow: Row = {
  leaseKey: { S: 'Migration3.0' },
  entityType: { S: 'CLIENT_VERSION_MIGRATION' },
  cv: { S: 'CLIENT_VERSION_3X' },
  leaseCounter: { N: '1' },
};

/** `rows`: rows as Java clients left them, from the shared test data; may be empty. */
export function leaseTableConformance(open: () => Promise<TableUnderTest>, javaRows: () => readonly Row[]): void {
  let under: TableUnderTest;
  beforeEach(async () => {
    under = await open();
    await under.table.ensure();
  });
  afterEach(() => under.close());

  it('is made once', async () => {
    expect(await under.table.ensure()).toBe('existed');
  });

  it('creates a row only where there is none', async () => {
    expect(await under.table.create(freeLease)).toBe('created');
    expect(await under.table.create({ ...freeLease, checkpoint: at('LATEST') })).toBe('exists');
    expect(await under.table.get('shard-1')).toEqual(freeLease);
  });

  it.each(writes)('applies %s, and keeps what it does not name', async (_name, before, write) => {
    const extra: Row = { throughputKBps: { N: '0.001476' }, entityType: { S: 'LEASE' }, future: { S: 'kept' } };
    await under.putRow({ ...writeLease(before), ...extra });
    expect(await under.table.write(write)).toEqual({ kind: 'written' });
    expect(await under.table.get('shard-1')).toEqual(write.after);
    const row = (await under.readRow('shard-1')) ?? {};
    expect(Object.keys(row).sort()).toEqual(Object.keys({ ...writeLease(write.after), ...extra }).sort());
  });

  it.each(refusals)('refuses %s, and shows the row', async (_name, row, write) => {
    await under.putRow(writeLease(row));
    expect(await under.table.write(write)).toEqual({ kind: 'refused', row });
    expect(await under.table.get('shard-1')).toEqual(row);
  });

  it.each(writes)('refuses %s of a missing row, and makes none', async (_name, _before, write) => {
    expect(await under.table.write(write)).toEqual({ kind: 'refused' });
    expect(await under.readRow('shard-1')).toBeUndefined();
  });

  it('#1 two workers and one expired lease: one take with the same counter succeeds', async () => {
    await under.table.create(heldLease);
    const takes = ['a', 'b', 'c', 'd'].map((worker) => under.table.write(taking(heldLease, worker, WALL_MS)));
    const answers = await Promise.all(takes);
    expect(answers.filter(({ kind }) => kind === 'written')).toHaveLength(1);
    expect((await under.table.get('shard-1'))?.leaseCounter).toBe(8n);
  });

  it('starts a hand-off wherever the counter stands, and leaves it there', async () => {
    await under.table.create(moved(heldLease));
    expect(await under.table.write(startingHandOff(heldLease, 'you'))).toEqual({ kind: 'written' });
    expect(await under.table.get('shard-1')).toEqual(moved(promisedLease));
  });

  it('takes a lease with a stale checkpointOwner, and removes it', async () => {
    const stale: Lease = { ...heldLease, checkpointOwner: 'gone' };
    await under.table.create(stale);
    await under.table.write(taking(stale, 'you', WALL_MS));
    expect((await under.readRow('shard-1'))?.checkpointOwner).toBeUndefined();
  });

  it('remembers from when on a lease at LATEST is read, until its first checkpoint', async () => {
    const latest: Lease = { ...freeLease, checkpoint: at('LATEST') };
    await under.table.create(latest);
    const first = taking(latest, 'me', WALL_MS);
    await under.table.write(first);
    const second = taking(first.after, 'you', WALL_MS + 60_000);
    await under.table.write(second);
    expect((await under.table.get('shard-1'))?.latestSinceMs).toBe(WALL_MS);
    await under.table.write(checkpointing(second.after, at('100')));
    expect((await under.readRow('shard-1'))?.latestSince).toBeUndefined();
  });

  it.each<[string, Lease, 'deleted' | 'kept']>([
    ['a shard that is still read', heldLease, 'kept'],
    ['an ended shard', { ...heldLease, checkpoint: at('SHARD_END') }, 'deleted'],
    ['an ended shard with a pending checkpoint', { ...preparedLease, checkpoint: at('SHARD_END') }, 'kept'],
  ])('asked to delete the row of %s', async (_name, lease, answer) => {
    await under.table.create(lease);
    expect(await under.table.delete('shard-1')).toBe(answer);
    expect(await under.table.get('shard-1')).toEqual(answer === 'kept' ? lease : undefined);
    expect(await under.table.delete('shard-never')).toBe('deleted');
  });

  it('reads every row, however many pages they fill', async () => {
    const filler = { S: 'x'.repeat(300_000) };
    const keys = Array.from({ length: 8 }, (_, i) => `shard-${i}`);
    for (const leaseKey of keys) await under.putRow({ ...writeLease({ ...freeLease, leaseKey }), filler });
    const { leases, readUnits } = await under.table.scan();
    expect(leases.map(({ leaseKey }) => leaseKey).sort()).toEqual(keys);
    expect(readUnits).toBeGreaterThan(0);
  });

  it('#29 passes over rows that are no leases, names them, and never writes to them', async () => {
    const bare: Row = { leaseKey: { S: 'worker-1' }, lut: { N: '1795415128' } };
    await under.putRow(foreignRow);
    await under.putRow(bare);
    await under.table.create(freeLease);
    const scan = await under.table.scan();
    expect(scan.leases).toEqual([freeLease]);
    expect([...scan.foreignRows].sort((a, b) => a.key.localeCompare(b.key))).toEqual([
      { key: 'Migration3.0', entityType: 'CLIENT_VERSION_MIGRATION' },
      { key: 'worker-1', lut: '1795415128' },
    ]);
    expect(await under.table.get('Migration3.0')).toBeUndefined();
    expect(await under.readRow('Migration3.0')).toEqual(foreignRow);
    expect(await under.readRow('worker-1')).toEqual(bare);
  });

  it.each<[string, Row, string]>([
    ['a lease without a counter', { leaseKey: { S: 'shardId-000000000001' } }, 'FLOTILLA_BAD_LEASE_ROW'],
    [
      'a lease with a checkpoint that is none',
      { ...writeLease(freeLease), checkpoint: { S: 'x' } },
      'FLOTILLA_BAD_LEASE_ROW',
    ],
    [
      'a lease of an application of several streams',
      { ...writeLease(freeLease), leaseKey: { S: '1:raw:2:shard-1' } },
      'FLOTILLA_WRONG_LEASE_TABLE',
    ],
  ])('never passes over %s in silence', async (_what, row, code) => {
    await under.table.create({ ...freeLease, leaseKey: 'shard-2' });
    await under.putRow(row);
    await expect(under.table.scan()).rejects.toMatchObject({ code, kind: 'fatal' });
    expect(await under.readRow(text(row.leaseKey ?? {}))).toEqual(row);
  });

  it('#69 a renewal and a checkpoint change nothing else in the rows of Java clients', async () => {
    for (const row of javaRows()) {
      const lease = readLease(row);
      if (lease === null || isFinished(lease) || lease.pending !== undefined || lease.checkpointOwner !== undefined)
        continue;
      await under.putRow(row);
      const renewed = renewal(lease);
      await under.table.write(renewed);
      expect(await under.table.write(checkpointing(renewed.after, at('9'.repeat(56), 4)))).toEqual({ kind: 'written' });
      const { leaseCounter, ...after } = (await under.readRow(lease.leaseKey)) ?? {};
      expect(integerOf(leaseCounter?.N ?? '')).toBe(lease.leaseCounter + 2n);
      const { leaseCounter: _old, ...before } = row;
      expect(comparable(after)).toEqual({
        ...comparable(before),
        checkpoint: { S: '9'.repeat(56) },
        checkpointSubSequenceNumber: { N: '4' },
        ownerSwitchesSinceCheckpoint: { N: '0' },
      });
    }
  });

  it('#30 every row it writes is one of the Java schema', async () => {
    for (const [, before, write] of writes) {
      await under.putRow(writeLease(before));
      await under.table.write(write);
      const row = (await under.readRow('shard-1')) ?? {};
      for (const [name, attribute] of Object.entries(row))
        expect([name, Object.keys(attribute)[0]]).toEqual([name, javaTypes[name]]);
      expect(text(row.checkpoint ?? {})).not.toBe('');
    }
  });
}

/** Sets have no order, and a store may print a number differently: `7.38E-4`, `0.000738`. */
const comparable = (row: Row): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, attribute]) => {
      if (attribute.SS !== undefined) return [name, [...attribute.SS].sort()];
      return [name, attribute.N === undefined ? attribute : { N: String(Number(attribute.N)) }];
    }),
  );

/** Names and types of the Java KCL 2.x and, of a hand-off, 3.x; `latestSince` and `parkedAt` are ours and passed over by Java. */
const javaTypes: Readonly<Record<string, string>> = {
  leaseKey: 'S',
  leaseOwner: 'S',
  leaseCounter: 'N',
  ownerSwitchesSinceCheckpoint: 'N',
  checkpoint: 'S',
  checkpointSubSequenceNumber: 'N',
  pendingCheckpoint: 'S',
  pendingCheckpointSubSequenceNumber: 'N',
  pendingCheckpointState: 'B',
  parentShardId: 'SS',
  childShardIds: 'SS',
  startingHashKey: 'S',
  endingHashKey: 'S',
  latestSince: 'N',
  checkpointOwner: 'S',
  parkedAt: 'N',
};
