import { kclRows } from '../../test/kcl-rows';
import { aLease } from '../../test/lease-builders';
import { writeLease, type Row } from './lease-row';
import { sortRows } from './sort-rows';

const leaseRow = writeLease(aLease('shardId-000000000007'));
const { leaseCounter: _none, ...withoutCounter } = leaseRow;

describe('sortRows', () => {
  it('#29 tells leases from the rows of Java 3.5, and takes from those what tells who lives', () => {
    const foreign: Row[] = [
      { leaseKey: { S: 'Leader' }, entityType: { S: 'LEADER' }, ownerName: { S: 'w3' } },
      { leaseKey: { S: 'w3' }, entityType: { S: 'WORKER_METRIC_STATS' }, lut: { N: '1795415128' } },
      { leaseKey: { S: 'later' }, entityType: { S: 'WHAT_MAY_COME' }, leaseCounter: { N: '1' } },
      { leaseKey: { S: 'unlabelled' }, lut: { N: '5' } },
    ];
    expect(sortRows([leaseRow, ...foreign], 'leases')).toEqual({
      leases: [aLease('shardId-000000000007')],
      foreignRows: [
        { key: 'Leader', entityType: 'LEADER' },
        { key: 'w3', entityType: 'WORKER_METRIC_STATS', lut: '1795415128' },
        { key: 'later', entityType: 'WHAT_MAY_COME' },
        { key: 'unlabelled', lut: '5' },
      ],
    });
  });

  it('takes each row that a Java client left in a lease table of one stream for what it is', () => {
    for (const { row, table, state } of kclRows('rows of Java clients')) {
      if (table !== undefined || row.streamName !== undefined) continue;
      const { leases } = sortRows([row], 'leases');
      expect([state, leases.length]).toEqual([state, row.leaseCounter === undefined ? 0 : 1]);
    }
  });

  it.each<[string, Row]>([
    ['with nothing but the key of a shard', { leaseKey: { S: 'shardId-000000000007' } }],
    ['without its counter', { ...withoutCounter, leaseKey: { S: 'of-another-service' } }],
    ['marked as a lease', { leaseKey: { S: 'x' }, entityType: { S: 'LEASE' } }],
  ])('does not pass over a lease %s: its shard would be unread without a word', (_what, row) => {
    const key = row.leaseKey?.S ?? '';
    expect(() => sortRows([leaseRow, row], 'leases')).toThrow(
      expect.objectContaining({
        code: 'FLOTILLA_BAD_LEASE_ROW',
        message: expect.stringContaining(`lease ${key} in table leases has no leaseCounter`) as string,
      }),
    );
  });

  it.each<[string, Row]>([
    ['by its key', { ...leaseRow, leaseKey: { S: '123456789012:raw:1700000000:shardId-000000000007' } }],
    ['by its attributes', { ...leaseRow, streamName: { S: '1:raw:2' }, shardId: { S: 'shardId-000000000007' } }],
  ])('refuses the table of an application that reads several streams, known %s', (_how, row) => {
    expect(() => sortRows([row], 'leases')).toThrow(
      expect.objectContaining({
        code: 'FLOTILLA_WRONG_LEASE_TABLE',
        message: expect.stringMatching(/^table leases holds .*applicationName/) as string,
      }),
    );
  });
});
