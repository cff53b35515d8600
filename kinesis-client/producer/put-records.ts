/** The adapter to PutRecords: one attempt, and what became of each record. */
import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { classifyAwsError } from '../../runtime/aws-errors';

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
      throw classifyAwsError(error, `PutRecords to stream ${streamName}`, 'kinesis:PutRecords');
    }
  };
}
