/**
 * When the open batch of a shard ends. Pure. Asked only at the end of a Kinesis record: a batch never splits one, so
 * that a checkpoint at its end means the same to every client of the stream.
 */
import type { BatchMeasure } from './sink';

export type BatchEnd = 'records' | 'bytes' | 'memory' | 'partitions' | 'age';

export interface BatchLimits {
  readonly batchRecordsMax: number;
  readonly batchBytesMax: number;
  readonly heldBytesMax: number;
  readonly openPartitionsMax: number;
  readonly batchAgeMs: number;
}

/** Why the batch ends now, or null when it may grow. `ageMs`: how long its first record has been in it. */
export function batchEnd(measure: BatchMeasure, ageMs: number, limits: BatchLimits): BatchEnd | null {
  if (measure.outputs >= limits.batchRecordsMax) return 'records';
  if (measure.bytes >= limits.batchBytesMax) return 'bytes';
  if (measure.heldBytes >= limits.heldBytesMax) return 'memory';
  if (measure.partitions >= limits.openPartitionsMax) return 'partitions';
  return ageMs >= limits.batchAgeMs ? 'age' : null;
}
