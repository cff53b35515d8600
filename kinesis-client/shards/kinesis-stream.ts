/**
 * The stream as the Kinesis API gives it: one request a call, answers turned into plain values, errors classified.
 */
import {
  DescribeStreamSummaryCommand,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  InvalidArgumentException,
  ResourceNotFoundException,
  type GetRecordsCommandOutput,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis';
import { classifyAwsError } from '../../runtime/aws-errors';
import type { Position, RecordsAnswer, Refusal, Stream } from './stream';

export function createKinesisStream(kinesis: KinesisClient, streamName: string): Stream {
  return {
    async openIterator(shardId, position, signal) {
      const input = { StreamName: streamName, ShardId: shardId, ...inputOf(position) };
      try {
        const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(input), { abortSignal: signal });
        return { kind: 'iterator', iterator: ShardIterator as string };
      } catch (error) {
        return refusalOf(error, `GetShardIterator of ${shardId} of stream ${streamName}`, 'kinesis:GetShardIterator');
      }
    },

    async getRecords(iterator, recordsMax, signal) {
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: recordsMax });
      try {
        return answerOf(await kinesis.send(command, { abortSignal: signal }));
      } catch (error) {
        const refusal = refusalOf(error, `GetRecords of stream ${streamName}`, 'kinesis:GetRecords');
        return refusal.kind === 'refused' ? { kind: 'expired' } : refusal;
      }
    },

    async describe() {
      try {
        const command = new DescribeStreamSummaryCommand({ StreamName: streamName });
        const { StreamCreationTimestamp, RetentionPeriodHours } = (await kinesis.send(command))
          .StreamDescriptionSummary as StreamDescriptionSummary;
        return {
          createdAtMs: (StreamCreationTimestamp as Date).getTime(),
          retentionMs: (RetentionPeriodHours as number) * 3_600_000,
        };
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return null;
        throw classifyAwsError(error, `DescribeStreamSummary of ${streamName}`, 'kinesis:DescribeStreamSummary');
      }
    },
  };
}

function inputOf(position: Position): Omit<GetShardIteratorCommandInput, 'StreamName' | 'ShardId'> {
  switch (position.type) {
    case 'AT_TIMESTAMP':
      return { ShardIteratorType: position.type, Timestamp: new Date(position.timestampMs) };
    case 'AT_SEQUENCE_NUMBER':
    case 'AFTER_SEQUENCE_NUMBER':
      return { ShardIteratorType: position.type, StartingSequenceNumber: position.sequenceNumber };
    case 'TRIM_HORIZON':
    case 'LATEST':
      return { ShardIteratorType: position.type };
  }
}

function answerOf(output: GetRecordsCommandOutput): RecordsAnswer {
  return {
    kind: 'records',
    nextIterator: output.NextShardIterator ?? null,
    millisBehindLatest: output.MillisBehindLatest ?? 0,
    records: (output.Records ?? []).map((record) => ({
      sequenceNumber: record.SequenceNumber as string,
      partitionKey: record.PartitionKey as string,
      data: record.Data as Uint8Array,
      arrivedAtMs: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
    })),
    children: (output.ChildShards ?? []).map((child) => ({
      shardId: child.ShardId as string,
      parentShardIds: child.ParentShards ?? [],
      hashRange: {
        start: child.HashKeyRange?.StartingHashKey as string,
        end: child.HashKeyRange?.EndingHashKey as string,
      },
    })),
  };
}

/** @throws FlotillaError (fatal) for what no repetition heals. */
function refusalOf(error: unknown, call: string, action: string): Refusal {
  if (error instanceof ExpiredIteratorException) return { kind: 'expired' };
  if (error instanceof InvalidArgumentException) return { kind: 'refused', message: error.message };
  if (error instanceof ResourceNotFoundException) return { kind: 'gone' };
  const failure = classifyAwsError(error, call, action);
  if (failure.code === 'FLOTILLA_THROTTLED') return { kind: 'throttled' };
  if (failure.kind === 'retryable') return { kind: 'unavailable', cause: failure };
  throw failure;
}
