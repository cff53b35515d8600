/** Splits and merges shards of a stream, as an operator does it under load. */
import { DescribeStreamSummaryCommand, UpdateShardCountCommand, type KinesisClient } from '@aws-sdk/client-kinesis';

/** Resolves to how many open shards there were and how many there are asked to be; rejects as the SDK does. */
export async function reshard(
  kinesis: KinesisClient,
  streamName: string,
  wanted: number,
): Promise<{ from: number; to: number }> {
  const summary = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
  const from = summary.StreamDescriptionSummary?.OpenShardCount ?? 0;
  const to = shardTarget(from, wanted);
  await kinesis.send(
    new UpdateShardCountCommand({ StreamName: streamName, TargetShardCount: to, ScalingType: 'UNIFORM_SCALING' }),
  );
  return { from, to };
}

/** Another number than now, within half and twice of it (API reference of UpdateShardCount). Pure. */
export const shardTarget = (open: number, wanted: number): number =>
  Math.min(Math.max(wanted === open ? open + 1 : wanted, Math.ceil(open / 2)), open * 2);
