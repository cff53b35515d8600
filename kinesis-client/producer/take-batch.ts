/** Which of the waiting records go into the next request: the oldest, as many as PutRecords allows. Pure. */
import { BYTES_PER_REQUEST_MAX, RECORDS_PER_REQUEST_MAX } from './put-limits';

export interface Sized {
  /** Data and partition key. */
  readonly bytes: number;
}

/** How many of the waiting records fit; at least one when there is one. */
export function batchSize(waiting: readonly Sized[]): number {
  let bytes = 0;
  let count = 0;
  for (const record of waiting) {
    bytes += record.bytes;
    if (count > 0 && (count >= RECORDS_PER_REQUEST_MAX || bytes > BYTES_PER_REQUEST_MAX)) break;
    count++;
  }
  return count;
}
