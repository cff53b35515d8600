import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { judgeTable } from './judge-table';

const leaseTable: TableDescription = {
  TableStatus: 'ACTIVE',
  KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
  // An index of Java 3.x adds its key to the definitions.
  AttributeDefinitions: [
    { AttributeName: 'leaseOwner', AttributeType: 'S' },
    { AttributeName: 'leaseKey', AttributeType: 'S' },
  ],
};

describe('judgeTable', () => {
  it.each([
    ['ACTIVE', 'ready'],
    ['UPDATING', 'ready'],
    ['CREATING', 'CREATING'],
    ['DELETING', 'DELETING'],
    ['WHAT_MAY_COME', 'WHAT_MAY_COME'],
  ] as const)('of a lease table that is %s: %s', (TableStatus, judged) => {
    expect(judgeTable({ ...leaseTable, TableStatus } as TableDescription, 'leases')).toBe(judged);
  });

  it.each<[string, Partial<TableDescription>, RegExp]>([
    [
      'with another key',
      {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      },
      /^table leases is no lease table: its key is id \(HASH, S\), expected is leaseKey \(HASH, S\) alone\. Give .*applicationName/,
    ],
    [
      'with a key of another type',
      { AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'N' }] },
      /its key is leaseKey \(HASH, N\), expected/,
    ],
    [
      'with a range key',
      {
        KeySchema: [...(leaseTable.KeySchema ?? []), { AttributeName: 'leaseOwner', KeyType: 'RANGE' }],
      },
      /its key is leaseKey \(HASH, S\) and leaseOwner \(RANGE, S\), expected is leaseKey \(HASH, S\) alone/,
    ],
    ['that is archived', { TableStatus: 'ARCHIVED' }, /^table leases is ARCHIVED\. .*restore it/],
    ['whose key is gone', { TableStatus: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }, /KMS key/],
  ])('refuses a table %s, and says what to do', (_what, odd, sentence) => {
    const judge = (): unknown => judgeTable({ ...leaseTable, ...odd }, 'leases');
    expect(judge).toThrow(expect.objectContaining({ code: 'FLOTILLA_WRONG_LEASE_TABLE', kind: 'fatal' }));
    expect(judge).toThrow(sentence);
  });
});
