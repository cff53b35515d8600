import {
  CreateStreamCommand,
  DescribeStreamCommand,
  PutRecordCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import { createKinesisClient } from '../../runtime/aws-clients';
import { systemClock } from '../../runtime/clock';
import { kinesisCalls, shardIdOf } from '../../test/kinesis-calls';
import { emulatorAwsSettings } from '../emulators';
import { createWire } from '../faults/pass-call';
import type { OnePortServer } from '../one-port-server';
import { createKinesisFront } from './kinesis-front';

const host = '127.0.0.1';

describe('while the shard count of a stream is updated', () => {
  let front: OnePortServer;
  let kinesis: KinesisClient;
  const faults: unknown[] = [];
  const { createStream, split, updateShardCount, untilActive } = kinesisCalls(() => kinesis);
  const describeStream = async (StreamName: string) =>
    (await kinesis.send(new DescribeStreamCommand({ StreamName }))).StreamDescription!;

  beforeEach(async () => {
    faults.length = 0;
    const onFault = (_operation: string, error: unknown): void => void faults.push(error);
    front = createKinesisFront({
      wire: createWire(systemClock),
      clock: systemClock,
      updateStreamMs: 10,
      shardLimit: 8,
      onFault,
    });
    const port = await front.listen(0, host);
    kinesis = createKinesisClient(emulatorAwsSettings(host, { kinesis: port, dynamodb: 1, s3: 1 }));
  });
  afterEach(async () => {
    kinesis.destroy();
    await front.close();
    expect(faults).toEqual([]);
  });

  it('it is UPDATING between the steps too, takes records, and refuses to be resharded otherwise', async () => {
    const StreamName = await createStream(2);
    const seen = new Set<string>();
    const updating = updateShardCount(StreamName, 4);
    await systemClock.sleep(5);
    await expect(updateShardCount(StreamName, 3)).rejects.toMatchObject({ name: 'ResourceInUseException' });
    await expect(split(StreamName, shardIdOf(0), '7')).rejects.toMatchObject({ name: 'ResourceInUseException' });
    for (;;) {
      const { StreamStatus, Shards = [] } = await describeStream(StreamName);
      seen.add(`${StreamStatus} ${Shards.length}`);
      await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.from('x') }));
      if (StreamStatus === 'ACTIVE') break;
    }
    await updating;
    expect([...seen].filter((state) => state.startsWith('ACTIVE'))).toEqual(['ACTIVE 6']);
  });

  it('the emulator can be closed', async () => {
    await updateShardCount(await createStream(1), 2);
    const StreamName = await createStream(4);
    void updateShardCount(StreamName, 2).catch(() => undefined); // its look at the status is cut off
    await systemClock.sleep(20);
  });

  it('the shard limit of all streams holds', async () => {
    const StreamName = await createStream(4);
    await createStream(1);
    await expect(updateShardCount(StreamName, 8)).rejects.toMatchObject({ name: 'LimitExceededException' });
    await untilActive(StreamName);
    const tooMany = kinesis.send(new CreateStreamCommand({ StreamName: 'more', ShardCount: 4 }));
    await expect(tooMany).rejects.toMatchObject({ name: 'LimitExceededException' });
  });
});
