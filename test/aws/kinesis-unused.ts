/**
 * What Kinesis can and Flotilla does not use. Our front may lack it, and then its list of differences says so. Part of
 * kinesis-behaviour.ts.
 */
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DescribeLimitsCommand,
  DescribeStreamSummaryCommand,
  EnableEnhancedMonitoringCommand,
  ListTagsForStreamCommand,
  StartStreamEncryptionCommand,
  UpdateStreamModeCommand,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis';
import type { KinesisPlace } from './kinesis-behaviour';

export function kinesisUnused({ describe, it, kinesis, createStream, untilActive, listShards }: KinesisPlace): void {
  const summary = async (StreamName: string): Promise<StreamDescriptionSummary> => {
    const answer = await kinesis().send(new DescribeStreamSummaryCommand({ StreamName }));
    return answer.StreamDescriptionSummary as StreamDescriptionSummary;
  };

  describe('what Flotilla does not use:', () => {
    it('a stream on demand has four shards at first', async () => {
      const StreamModeDetails = { StreamMode: 'ON_DEMAND' } as const;
      await kinesis().send(new CreateStreamCommand({ StreamName: 'on-demand', StreamModeDetails }));
      await untilActive('on-demand');
      expect(await listShards('on-demand')).toHaveLength(4);
      expect((await summary('on-demand')).StreamModeDetails).toEqual(StreamModeDetails);
    });

    it('the capacity mode of a stream can be changed', async () => {
      const StreamName = await createStream(1);
      const { StreamARN } = await summary(StreamName);
      await kinesis().send(new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }));
      await untilActive(StreamName);
      expect((await summary(StreamName)).StreamModeDetails).toEqual({ StreamMode: 'ON_DEMAND' });
    });

    it('a stream can be encrypted', async () => {
      const StreamName = await createStream(1);
      const key = { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' } as const;
      await kinesis().send(new StartStreamEncryptionCommand({ StreamName, ...key }));
      await untilActive(StreamName);
      expect((await summary(StreamName)).EncryptionType).toBe('KMS');
    });

    it('metrics of each shard can be turned on', async () => {
      const StreamName = await createStream(1);
      const ShardLevelMetrics = ['IncomingBytes'] as const;
      await kinesis().send(
        new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: [...ShardLevelMetrics] }),
      );
      await untilActive(StreamName);
      expect((await summary(StreamName)).EnhancedMonitoring).toEqual([{ ShardLevelMetrics }]);
    });

    it('the limit of shards is told', async () => {
      const { OpenShardCount, ShardLimit } = await kinesis().send(new DescribeLimitsCommand({}));
      expect(OpenShardCount).toBeLessThan(ShardLimit as number);
    });

    it('a stream has tags', async () => {
      const StreamName = await createStream(1);
      await kinesis().send(new AddTagsToStreamCommand({ StreamName, Tags: { team: 'events' } }));
      const { Tags } = await kinesis().send(new ListTagsForStreamCommand({ StreamName }));
      expect(Tags).toEqual([{ Key: 'team', Value: 'events' }]);
    });
  });
}
