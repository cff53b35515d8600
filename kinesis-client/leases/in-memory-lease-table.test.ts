import { leaseTableConformance } from '../../test/lease-table-conformance';
import { InMemoryLeaseTable } from './in-memory-lease-table';
import { kclRows } from '../../test/kcl-rows';

describe('InMemoryLeaseTable', () => {
  leaseTableConformance(
    () => {
      const table = new InMemoryLeaseTable();
      return Promise.resolve({
        table,
        readRow: (leaseKey: string) => Promise.resolve(table.rows.get(leaseKey)),
        putRow: (row) => {
          table.rows.set(row.leaseKey?.S ?? '', row);
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
    },
    () => kclRows('lease table conformance').map(({ row }) => row),
  );
});
