import { kclRows } from '../../test/kcl-rows';
import { at, aLease, bytes } from '../../test/lease-builders';
import { integerOf, readLease, writeLease, type Row } from './lease-row';

describe('integerOf', () => {
  it.each<[string, bigint | undefined]>([
    ['0', 0n],
    ['12', 12n],
    ['-3', -3n],
    ['9223372036854775807', 9223372036854775807n],
    ['1.2E+1', 12n],
    ['120E-1', 12n],
    ['0.0', 0n],
    ['1E3', 1000n],
    ['7.38E-4', undefined],
    ['1.5', undefined],
    ['', undefined],
    ['NaN', undefined],
    ['1e999999999', undefined],
  ])('%s is %s', (text, value) => expect(integerOf(text)).toBe(value));
});

describe('#69 the rows of real Java clients', () => {
  const rows = kclRows('rows of Java clients');

  it('are leases where they are leases, and nothing else', () => {
    for (const { row, table } of rows) {
      const isLease = row.checkpoint !== undefined;
      expect([table, readLease(row) !== null]).toEqual([table, isLease]);
    }
  });

  it('say the same when they are written again, but for what we do not know', () => {
    for (const { row } of rows) {
      const lease = readLease(row);
      if (lease === null) continue;
      const { throughputKBps: _t, entityType: _e, ...known } = row;
      expect(sorted(writeLease(lease))).toEqual(sorted(known));
      expect(readLease(writeLease(lease))).toEqual(lease);
    }
  });

  it('keep the state of a prepared checkpoint byte by byte', () => {
    const prepared = rows.filter(({ state }) => state === 'prepared with state').map(({ row }) => readLease(row));
    for (const lease of prepared) expect(Buffer.from(lease?.pending?.state ?? []).toString()).toMatch(/^state of /);
    if (rows.length > 0) expect(prepared.length).toBeGreaterThan(0);
  });
});

const sorted = (row: Row): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, attribute]) => [
      name,
      attribute.SS !== undefined ? [...attribute.SS].sort() : attribute.B !== undefined ? [...attribute.B] : attribute,
    ]),
  );

describe('readLease', () => {
  const row = writeLease(aLease('shard-0', { leaseOwner: 'me', leaseCounter: 5n }));

  it.each<[string, Row]>([
    ['another entity type', { ...row, entityType: { S: 'LEADER' } }],
    ['no lease counter', { leaseKey: { S: 'worker' }, lut: { N: '1' } }],
    ['no lease key', { leaseCounter: { N: '1' } }],
  ])('takes a row with %s for none of its own', (_what, other) => {
    expect(readLease(other)).toBeNull();
  });

  it('reads integers with exponents and passes over attributes of the future', () => {
    const odd: Row = { ...row, leaseCounter: { N: '1.2E+1' }, entityType: { S: 'LEASE' }, future: { BOOL: true } };
    expect(readLease(odd)).toEqual(aLease('shard-0', { leaseOwner: 'me', leaseCounter: 12n }));
  });

  it('keeps counters of 64 bits exact', () => {
    expect(readLease({ ...row, leaseCounter: { N: '9223372036854775807' } })?.leaseCounter).toBe(2n ** 63n - 1n);
  });

  it('reads a hint, and takes one that is broken for none', () => {
    expect(readLease({ ...row, parkedAt: { N: '1.7E+12' } })?.parkedAtMs).toBe(1_700_000_000_000);
    for (const broken of [{ N: '1.5' }, { S: 'yesterday' }, { NULL: true as const }])
      expect(readLease({ ...row, parkedAt: broken })).toEqual(readLease(row));
  });

  it('takes missing sub-sequence numbers and switches for 0', () => {
    const { checkpointSubSequenceNumber: _s, ownerSwitchesSinceCheckpoint: _o, ...old } = row;
    expect(readLease(old)).toEqual(readLease(row));
  });

  it('reads a pending checkpoint whose state is a number as one without a state (a bug of Java 3.x)', () => {
    const pending: Row = { ...row, pendingCheckpoint: { S: '7' }, pendingCheckpointState: { N: '0' } };
    expect(readLease(pending)?.pending).toEqual({ checkpoint: at(7) });
  });

  it.each<[string, Row]>([
    ['checkpoint', { ...row, checkpoint: { S: 'shardId' } }],
    ['checkpoint, missing', { ...row, checkpoint: { NULL: true } }],
    ['leaseCounter', { ...row, leaseCounter: { S: '5' } }],
    ['leaseCounter, broken', { ...row, leaseCounter: { N: '1.5' } }],
    ['pendingCheckpoint', { ...row, pendingCheckpoint: { S: '' } }],
  ])('says which attribute of which lease cannot be understood: %s', (_what, broken) => {
    expect(() => readLease(broken)).toThrow(expect.objectContaining({ code: 'FLOTILLA_BAD_LEASE_ROW' }));
    expect(() => readLease(broken)).toThrow(/shard-0/);
  });
});

describe('writeLease', () => {
  it('never writes an empty text, set or state', () => {
    const lease = aLease('shard-0', { leaseOwner: '', pending: { checkpoint: at(7), state: bytes('') } });
    expect(Object.keys(writeLease(lease)).sort()).toEqual([
      'checkpoint',
      'checkpointSubSequenceNumber',
      'leaseCounter',
      'leaseKey',
      'ownerSwitchesSinceCheckpoint',
      'pendingCheckpoint',
      'pendingCheckpointSubSequenceNumber',
    ]);
  });
});
