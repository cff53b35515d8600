/** How large rows are, and what they cost (DynamoDB developer guide, "Item sizes and formats"). Used by fake-dynamodb.ts. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Row } from '../kinesis-client/leases/lease-row';

/** One read unit is 4 KB of consistent reading, one write unit 1 KB. */
export const READ_UNIT_BYTES = 4_096;
export const WRITE_UNIT_BYTES = 1_024;

/** So many, and at least one. */
export const units = (bytes: number, unitBytes: number): number => Math.max(1, Math.ceil(bytes / unitBytes));

/** About what DynamoDB counts: names and values. */
export function sizeOf(row: Row | undefined): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(row ?? {})) bytes += name.length + valueBytes(value);
  return bytes;
}

const valueBytes = ({ S, N, B, SS, M, L }: AttributeValue): number => {
  if (S !== undefined) return S.length;
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (B !== undefined) return B.length;
  if (SS !== undefined) return SS.join('').length;
  if (M !== undefined) return sizeOf(M) + 3;
  return L === undefined ? 1 : L.reduce((sum, value) => sum + valueBytes(value), 3);
};
