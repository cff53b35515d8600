/**
 * What the rows of a lease table are: leases, and what Java 3.5 keeps beside them. Every scan of a lease table goes
 * through here. Pure; a row that must not be passed over in silence is an error that names it.
 */
import { FlotillaError } from '../../runtime/errors';
import type { Lease } from './lease';
import { readLease, type Row } from './lease-row';

/** A row that is no lease. Never written to, never deleted. */
export interface ForeignRow {
  readonly key: string;
  /** `LEADER`, `CLIENT_VERSION_MIGRATION`, `TABLE_MIGRATION`, `WORKER_METRIC_STATS`, `STREAM`, or what may come. */
  readonly entityType?: string;
  /** Of worker metrics: when that worker last wrote them, seconds on its own clock. Only ever compared with itself. */
  readonly lut?: string;
}

export interface SortedRows {
  readonly leases: readonly Lease[];
  readonly foreignRows: readonly ForeignRow[];
}

/**
 * @throws FlotillaError FLOTILLA_BAD_LEASE_ROW for a lease that cannot be read; FLOTILLA_WRONG_LEASE_TABLE for a lease of
 * an application that reads several streams: workers of a single stream cannot share a table with it.
 */
export function sortRows(rows: Iterable<Row>, tableName: string): SortedRows {
  const leases: Lease[] = [];
  const foreignRows: ForeignRow[] = [];
  for (const row of rows) {
    if (isOfManyStreams(row)) throw manyStreams(row, tableName);
    const lease = readLease(row);
    if (lease !== null) leases.push(lease);
    else if (isBrokenLease(row)) throw withoutCounter(row, tableName);
    else foreignRows.push(foreignRow(row));
  }
  return { leases, foreignRows };
}

const keyOf = (row: Row): string => row.leaseKey?.S ?? '';

/** Java's key of a lease when one application reads several streams: account, stream, epoch of its creation, shard. */
const KEY_OF_MANY_STREAMS = /^\d+:[^:]+:\d+:.+$/;

const isOfManyStreams = (row: Row): boolean =>
  KEY_OF_MANY_STREAMS.test(keyOf(row)) || (row.streamName?.S !== undefined && row.shardId?.S !== undefined);

const manyStreams = (row: Row, tableName: string): FlotillaError =>
  new FlotillaError(
    'FLOTILLA_WRONG_LEASE_TABLE',
    `table ${tableName} holds leases of an application that reads several streams (row ${keyOf(row)}), expected are leases ` +
      'of one stream: give this application another applicationName, which names its lease table',
  );

/** No row of Java's that is no lease looks like this: without a word its shard would never be read. */
const isBrokenLease = (row: Row): boolean =>
  row.entityType === undefined
    ? row.checkpoint !== undefined || /^shardId-\d+$/.test(keyOf(row))
    : row.entityType.S === 'LEASE';

const withoutCounter = (row: Row, tableName: string): FlotillaError =>
  new FlotillaError(
    'FLOTILLA_BAD_LEASE_ROW',
    `lease ${keyOf(row)} in table ${tableName} has no leaseCounter, which every Java client writes: ` +
      'set it to 0, or delete the row and its shard begins anew',
  );

const foreignRow = ({ leaseKey, entityType, lut }: Row): ForeignRow => ({
  key: leaseKey?.S ?? '',
  ...(entityType?.S === undefined ? {} : { entityType: entityType.S }),
  ...(lut?.N === undefined ? {} : { lut: lut.N }),
});
