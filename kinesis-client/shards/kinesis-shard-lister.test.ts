import {
  ResourceNotFoundException,
  type KinesisClient,
  type ListShardsCommandInput,
  type ListShardsCommandOutput,
} from '@aws-sdk/client-kinesis';
import { createKinesisShardLister } from './kinesis-shard-lister';

/** Answers ListShards from numbered shards, `pageSize` a page, and keeps the requests. */
function pagedKinesis(shards: number, pageSize: number) {
  const requests: ListShardsCommandInput[] = [];
  const send = async ({ input }: { input: ListShardsCommandInput }): Promise<Partial<ListShardsCommandOutput>> => {
    requests.push(input);
    const from = Number(input.NextToken ?? 0);
    const to = Math.min(from + pageSize, shards);
    return {
      Shards: Array.from({ length: to - from }, (_, i) => ({
        ShardId: `shardId-${from + i}`,
        HashKeyRange: { StartingHashKey: '0', EndingHashKey: '9' },
        SequenceNumberRange: {
          StartingSequenceNumber: String(from + i),
          ...(i === 0 ? { EndingSequenceNumber: '99' } : {}),
        },
      })),
      ...(to < shards ? { NextToken: String(to) } : {}),
    };
  };
  return { requests, client: { send } as unknown as KinesisClient };
}

describe('the shard lister', () => {
  it('#45 reads every page; a request with a token carries nothing else', async () => {
    const { client, requests } = pagedKinesis(2_500, 1_000);
    const shards = await createKinesisShardLister(client, 'raw').listShards('AT_TRIM_HORIZON');
    expect(new Set(shards.map((shard) => shard.shardId)).size).toBe(2_500);
    expect(requests).toEqual([
      { StreamName: 'raw', ShardFilter: { Type: 'AT_TRIM_HORIZON' } },
      { NextToken: '1000' },
      { NextToken: '2000' },
    ]);
  });

  it('says which shards are closed', async () => {
    const { client } = pagedKinesis(2, 10);
    const shards = await createKinesisShardLister(client, 'raw').listShards();
    expect(shards.map((shard) => shard.isClosed)).toEqual([true, false]);
  });

  it('lists nothing of a stream that is not there', async () => {
    const gone = new ResourceNotFoundException({ message: 'Stream raw not found', $metadata: {} });
    const client = { send: () => Promise.reject(gone) } as unknown as KinesisClient;
    expect(await createKinesisShardLister(client, 'raw').listShards()).toEqual([]);
  });

  it('makes an error of ours of an error of the service', async () => {
    const client = { send: () => Promise.reject(Object.assign(new Error('slow'), { name: 'LimitExceededException' })) };
    const lister = createKinesisShardLister(client as unknown as KinesisClient, 'raw');
    await expect(lister.listShards()).rejects.toMatchObject({ code: 'FLOTILLA_THROTTLED' });
  });
});
