/**
 * The shards of a stream as ListShards gives them, all pages. One attempt a page; the lease keeper repeats.
 */
import {
  ListShardsCommand,
  ResourceNotFoundException,
  type KinesisClient,
  type ListShardsCommandInput,
} from '@aws-sdk/client-kinesis';
import { classifyAwsError } from '../../runtime/aws-errors';
import type { Shard } from '../leases/plan-shard-sync';
import type { ShardFilter, ShardLister } from '../leases/shard-lister';

export function createKinesisShardLister(kinesis: KinesisClient, streamName: string): ShardLister {
  return {
    async listShards(filter) {
      const shards: Shard[] = [];
      // The follow-up request carries the token and nothing else: the service refuses any other field beside it.
      let input: ListShardsCommandInput | null = { StreamName: streamName, ShardFilter: filterOf(filter) };
      while (input !== null) {
        const page: Page = await listPage(kinesis, input, streamName);
        shards.push(...page.shards);
        input = page.nextToken === undefined ? null : { NextToken: page.nextToken };
      }
      return shards;
    },
  };
}

interface Page {
  readonly shards: readonly Shard[];
  readonly nextToken: string | undefined;
}

async function listPage(kinesis: KinesisClient, input: ListShardsCommandInput, streamName: string): Promise<Page> {
  try {
    const { Shards: shards = [], NextToken: nextToken } = await kinesis.send(new ListShardsCommand(input));
    return {
      nextToken,
      shards: shards.map((shard) => ({
        shardId: shard.ShardId as string,
        parentShardId: shard.ParentShardId,
        adjacentParentShardId: shard.AdjacentParentShardId,
        hashRange: {
          start: shard.HashKeyRange?.StartingHashKey as string,
          end: shard.HashKeyRange?.EndingHashKey as string,
        },
        startingSequenceNumber: shard.SequenceNumberRange?.StartingSequenceNumber as string,
        isClosed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
      })),
    };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { shards: [], nextToken: undefined };
    throw classifyAwsError(error, `ListShards of ${streamName}`, 'kinesis:ListShards');
  }
}

function filterOf(filter: ShardFilter | undefined): ListShardsCommandInput['ShardFilter'] {
  if (filter === undefined) return undefined;
  return typeof filter === 'string'
    ? { Type: filter }
    : { Type: 'AT_TIMESTAMP', Timestamp: new Date(filter.atTimestampMs) };
}
