/** The adapter to PutRecords: one attempt, and what became of each record. Classifies the service's errors once. */
import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { FlotillaError, messageOf } from '../../runtime/errors';

export interface StampedRecord {
  /** The stamp. */
  readonly partitionKey: string;
  readonly explicitHashKey: string;
  readonly data: Uint8Array;
}

/** For each record, in order: null when it is durable, else the service's error code. */
export type PutRecords = (
  records: readonly StampedRecord[],
  signal: AbortSignal,
) => Promise<readonly (string | null)[]>;

/** Throws a FlotillaError when the whole request failed: retryable or fatal. */
export function putRecordsOf(kinesis: KinesisClient, streamName: string): PutRecords {
  return async (records, signal) => {
    try {
      const answer = await kinesis.send(
        new PutRecordsCommand({
          StreamName: streamName,
          Records: records.map(({ partitionKey, explicitHashKey, data }) => ({
            PartitionKey: partitionKey,
            ExplicitHashKey: explicitHashKey,
            Data: data,
          })),
        }),
        { abortSignal: signal },
      );
      return records.map((_, i) => answer.Records?.[i]?.ErrorCode ?? null);
    } catch (error) {
      throw classify(error, streamName);
    }
  };
}

function classify(error: unknown, streamName: string): FlotillaError {
  const { name = '', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const text = `PutRecords to stream ${streamName}: ${messageOf(error)}`;
  if (name === 'ProvisionedThroughputExceededException' || name === 'ThrottlingException' || status === 429) {
    return new FlotillaError('FLOTILLA_THROTTLED', text, { cause: error });
  }
  // No status: nothing was answered (refused, reset, timed out, aborted).
  if (status === undefined || status >= 500) return new FlotillaError('FLOTILLA_UNAVAILABLE', text, { cause: error });
  return new FlotillaError('FLOTILLA_AWS_REFUSED', text, { cause: error });
}
