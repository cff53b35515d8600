/**
 * The ways in which a record processor may call `checkpoint`: what stands before the callback, and what the callback gets.
 * The same natively and under the MultiLangDaemon.
 */
import type { CheckpointRequest } from './checkpoint-range';
import type { CheckpointCallback, CheckpointError } from './checkpointer';

/** The sentence of aws-kcl, which a callback gets in the place of an error name. */
export const IN_PROGRESS = 'Cannot checkpoint while another checkpoint is already in progress.';

/** With a callback nothing is returned and nothing thrown: the callback hears, at once when another one is in progress. */
export function askCheckpoint(
  given: readonly unknown[],
  isInProgress: boolean,
  store: (request: CheckpointRequest) => Promise<string>,
): Promise<string> | void {
  const callback = given.find((one) => typeof one === 'function') as CheckpointCallback | undefined;
  const request = requestOf(given.filter((one) => one !== callback));
  if (callback === undefined) return store(request);
  if (isInProgress) return callback(IN_PROGRESS, request.sequenceNumber);
  store(request).then(
    () => callback(null, request.sequenceNumber),
    (error: CheckpointError) => callback(error.name, request.sequenceNumber),
  );
}

/** No sequence number is the greatest delivered record, no sub-sequence number is 0. Callers may be JavaScript: unchecked. */
export const requestOf = ([sequenceNumber, subSequenceNumber]: readonly unknown[]): CheckpointRequest =>
  ({ sequenceNumber: sequenceNumber ?? null, subSequenceNumber: subSequenceNumber ?? 0 }) as CheckpointRequest;
