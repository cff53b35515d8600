/**
 * Reads from DynamoDB what Java 3.x workers write down about themselves: 3.5 into the lease table, 3.0 to 3.4 into two
 * tables of their own that are named after the application. A reading costs two GetItems at most; tables are scanned only while a fleet
 * runs alone. It never writes.
 */
import { GetItemCommand, ResourceNotFoundException, ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { classifyAwsError, isNotAllowed } from '../../runtime/aws-errors';
import type { FlotillaError } from '../../runtime/errors';
import { runsAlone, type Kcl3Sighting } from './kcl3-fleet';
import type { Kcl3Rows } from './kcl3-fleet-watch';
import type { Row } from './lease-row';
import type { LeaseTable } from './lease-table';

export interface DynamoDBKcl3RowsOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: LeaseTable;
  /** Of the lease table. */
  readonly tableName: string;
  /** Names the other two tables. Default: as the lease table. */
  readonly applicationName?: string;
}

/** What a table answers that need not be there. */
type Answer<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'not-allowed'; readonly error: FlotillaError };

/** Of the row in which a 3.x fleet keeps its mode, in either table. */
const CLIENT_VERSION_KEY = { S: 'Migration3.0' };

const NO_FLEET: Kcl3Sighting = { reports: new Map() };

export function createDynamoDBKcl3Rows(options: DynamoDBKcl3RowsOptions): Kcl3Rows {
  const { dynamodb, table, tableName, applicationName = tableName } = options;
  const coordinatorTable = `${applicationName}-CoordinatorState`;
  const metricsTable = `${applicationName}-WorkerMetricStats`;

  const ask = async <T>(operation: 'GetItem' | 'Scan', of: string, send: () => Promise<T>): Promise<Answer<T>> => {
    try {
      return { kind: 'found', value: await send() };
    } catch (error) {
      // A table with another key (ValidationException) is none of Java's; whether it can be a lease table `ensure` judges.
      const { name } = error as Error;
      if (error instanceof ResourceNotFoundException || name === 'ValidationException') return { kind: 'absent' };
      const failure = classifyAwsError(error, `${operation} on table ${of}`, `dynamodb:${operation}`);
      if (isNotAllowed(error)) return { kind: 'not-allowed', error: failure };
      throw failure;
    }
  };

  const clientVersion = (of: string, key: Row): Promise<Answer<string | undefined>> =>
    ask('GetItem', of, async () => (await dynamodb.send(new GetItemCommand({ TableName: of, Key: key }))).Item?.cv?.S);

  const legacyReports = (): Promise<Answer<readonly Row[]>> =>
    ask('Scan', metricsTable, async () => {
      const rows: Row[] = [];
      let from: Row | undefined;
      do {
        const page = await dynamodb.send(new ScanCommand({ TableName: metricsTable, ExclusiveStartKey: from }));
        rows.push(...(page.Items ?? []));
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return rows;
    });

  const withReports = async (
    clientVersion: { readonly cv: string; readonly tableName: string },
    hasLeaseTable: boolean,
  ): Promise<Kcl3Sighting> => {
    if (!runsAlone(clientVersion.cv)) return { clientVersion, reports: new Map() };
    const reports = new Map<string, string>();
    const { foreignRows } = hasLeaseTable ? await table.scan() : { foreignRows: [] };
    for (const { key, entityType, lut } of foreignRows)
      if (entityType === 'WORKER_METRIC_STATS' && lut !== undefined) reports.set(key, lut);
    const legacy = await legacyReports();
    if (legacy.kind === 'not-allowed') return { clientVersion, reports, unreadable: legacy.error };
    for (const { wid, lut } of legacy.kind === 'found' ? legacy.value : [])
      if (wid?.S !== undefined && lut?.N !== undefined) reports.set(wid.S, lut.N);
    return { clientVersion, reports };
  };

  return {
    async read() {
      // A fleet that moved from 3.4 to 3.5 keeps its mode in the lease table from then on: what it left counts no more.
      const here = await clientVersion(tableName, { leaseKey: CLIENT_VERSION_KEY });
      if (here.kind === 'not-allowed') throw here.error;
      const hasLeaseTable = here.kind === 'found';
      if (hasLeaseTable && here.value !== undefined) return withReports({ cv: here.value, tableName }, hasLeaseTable);

      const legacy = await clientVersion(coordinatorTable, { key: CLIENT_VERSION_KEY });
      if (legacy.kind === 'not-allowed') return { ...NO_FLEET, unreadable: legacy.error };
      if (legacy.kind === 'absent' || legacy.value === undefined) return NO_FLEET;
      return withReports({ cv: legacy.value, tableName: coordinatorTable }, hasLeaseTable);
    },
  };
}
