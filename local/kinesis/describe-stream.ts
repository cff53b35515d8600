/**
 * What DescribeStream and DescribeStreamSummary say beyond kinesalite: pages, the capacity mode, no shard whose records
 * are all gone, and UPDATING while a shard count is being updated. Pure.
 */
import type { Params } from '../aws-handler';
import type { StoredStream } from './kinesalite-store';
import { retainedShards } from './shard-life';
import { consumersOf } from './stream-consumers';

/** A page of DescribeStream without Limit (API reference). */
const PAGE_DEFAULT = 100;

export interface StreamView {
  readonly isUpdating: boolean;
  readonly nowMs: number;
}

export function describeStream(stream: StoredStream, params: Params, view: StreamView): unknown {
  const { Limit = PAGE_DEFAULT, ExclusiveStartShardId: after = '' } = params as {
    Limit?: number;
    ExclusiveStartShardId?: string;
  };
  const left = retainedShards(stream, view.nowMs).filter((shard) => shard.ShardId > after);
  return {
    StreamDescription: { ...shown(stream, view), Shards: left.slice(0, Limit), HasMoreShards: left.length > Limit },
  };
}

export function describeStreamSummary(stream: StoredStream, view: StreamView): unknown {
  const open = stream.Shards.filter((shard) => shard.SequenceNumberRange.EndingSequenceNumber === undefined);
  return {
    StreamDescriptionSummary: {
      ...shown(stream, view),
      OpenShardCount: open.length,
      ConsumerCount: consumersOf(stream).length,
    },
  };
}

function shown(stream: StoredStream, { isUpdating }: StreamView) {
  const { StreamName, StreamARN, StreamStatus, StreamCreationTimestamp, RetentionPeriodHours } = stream;
  return {
    StreamName,
    StreamARN,
    StreamStatus: isUpdating && StreamStatus === 'ACTIVE' ? 'UPDATING' : StreamStatus,
    StreamModeDetails: { StreamMode: 'PROVISIONED' },
    StreamCreationTimestamp,
    RetentionPeriodHours,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: 'NONE',
  };
}
