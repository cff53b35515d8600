/** The rows that real Java clients left in their lease tables, from the shared test data. */
import { readFileSync } from 'node:fs';
import type { Row } from '../kinesis-client/leases/lease-row';
import { sharedData, skipped } from './shared-data';

export interface KclRow {
  readonly client: string;
  /** The client version configuration of the worker, when it was not the default. */
  readonly mode?: string;
  /** The table it lay in, when that was not the lease table. */
  readonly table?: string;
  readonly state: string;
  readonly row: Row;
}

interface Attribute {
  readonly B?: string;
}

/** Empty, with a loud word, when the data is not there. */
export function kclRows(test: string): readonly KclRow[] {
  const path = sharedData('oracle/kcl-rows.jsonl');
  if (path === null) {
    skipped(test, 'oracle/kcl-rows.jsonl is not there');
    return [];
  }
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const parsed = JSON.parse(line) as KclRow;
    return { ...parsed, row: withBytes(parsed.row) };
  });
}

/** In DynamoDB JSON bytes are base64; in the SDK's they are bytes. */
const withBytes = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, attribute]) => {
      const { B } = attribute as unknown as Attribute;
      return [name, B === undefined ? attribute : { B: Buffer.from(B, 'base64') }];
    }),
  );
