/**
 * Which shards may be split or merged: kinesalite does it to closed ones too, and then shards overlap. The service refuses that
 * (the answer of the real one is in https://github.com/mhart/kinesalite/issues/109). Pure.
 */
import type { Params } from '../aws-handler';
import { clientError } from '../service-error';
import type { StoredStream } from './kinesalite-store';

/** Of a SplitShard or MergeShards. Unknown shards pass: kinesalite refuses them. Throws InvalidArgumentException. */
export function mustBeOpen(stream: StoredStream, params: Params, account: string): void {
  const named = [params.ShardToSplit, params.ShardToMerge, params.AdjacentShardToMerge];
  const closed = stream.Shards.find(
    ({ ShardId, SequenceNumberRange: range }) => named.includes(ShardId) && range.EndingSequenceNumber !== undefined,
  );
  if (closed !== undefined)
    throw clientError(
      'InvalidArgumentException',
      `Shard ${closed.ShardId} of stream ${stream.StreamName}, account ${account}, was split or merged before and cannot be again.`,
    );
}
