/**
 * Puts the user records of one Kinesis record together again. Pure. A batch may end only between two Kinesis records, so
 * the pipeline goes from one to the next.
 */
import type { ClientRecord } from '../kinesis-client';

type Numbered = Pick<ClientRecord, 'sequenceNumber'>;

/** In order; none is empty. The client hands out all user records of a Kinesis record at once. */
export function groupRecords<R extends Numbered>(records: readonly R[]): readonly (readonly [R, ...R[]])[] {
  const groups: [R, ...R[]][] = [];
  for (const record of records) {
    const open = groups.at(-1);
    if (open?.[0].sequenceNumber === record.sequenceNumber) open.push(record);
    else groups.push([record]);
  }
  return groups;
}
