import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, GetItemCommand, PutItemCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { createDynamoDBClient, createKinesisClient, createS3Client } from '../runtime/aws-clients';
import { startServiceProcess, type ServiceProcess } from '../test/service-process';
import { emulatorAwsSettings } from './emulators';

const host = '127.0.0.1';
jest.setTimeout(30_000);

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, host, resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

describe('the emulators process', () => {
  let dataFolder: string;
  let process: ServiceProcess;
  let clients: ReturnType<typeof clientsOf>;
  let adminUrl: string;
  beforeAll(async () => void (dataFolder = await mkdtemp(join(tmpdir(), 'flotilla-emulators-'))));
  afterAll(() => rm(dataFolder, { recursive: true, force: true }));
  afterEach(async () => {
    for (const client of Object.values(clients)) client.destroy();
    process.kill('SIGKILL');
    await process.ended;
  });

  function clientsOf(ports: { kinesis: number; dynamodb: number; s3: number }) {
    const aws = emulatorAwsSettings(host, ports);
    return { kinesis: createKinesisClient(aws), dynamodb: createDynamoDBClient(aws), s3: createS3Client(aws) };
  }

  async function start(): Promise<void> {
    const [kinesis = 0, dynamodb = 0, s3 = 0, metrics = 0] = await freePorts(4);
    process = startServiceProcess('local/main.ts', {
      FLOTILLA_LOCAL_KINESIS_PORT: String(kinesis),
      FLOTILLA_LOCAL_DYNAMODB_PORT: String(dynamodb),
      FLOTILLA_LOCAL_S3_PORT: String(s3),
      FLOTILLA_LOCAL_DATA_FOLDER: dataFolder,
      FLOTILLA_METRICS_PORT: String(metrics),
    });
    clients = clientsOf({ kinesis, dynamodb, s3 });
    adminUrl = `http://${host}:${metrics}`;
    await process.ready;
  }

  it('is ready with its streams and its bucket, and stops within a second though clients keep their sockets', async () => {
    await start();
    const shards = async (StreamName: string): Promise<number | undefined> =>
      (await clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary
        ?.OpenShardCount;
    expect([await shards('raw'), await shards('bad')]).toEqual([4, 1]);
    const { Buckets } = await clients.s3.send(new ListBucketsCommand({}));
    expect(Buckets?.map((bucket) => bucket.Name)).toEqual(['flotilla']);
    expect((await fetch(`${adminUrl}/health`)).status).toBe(200);

    const before = performance.now();
    process.kill('SIGTERM');
    expect(await process.ended).toBe(0);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it('keeps after SIGKILL what it has acknowledged', async () => {
    await start();
    const Records = Array.from({ length: 50 }, (_, i) => ({
      PartitionKey: 'k',
      ExplicitHashKey: '0',
      Data: Buffer.from([i]),
    }));
    await clients.kinesis.send(new PutRecordsCommand({ StreamName: 'raw', Records }));
    const TableName = 'leases';
    await clients.dynamodb.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await waitUntilTableExists({ client: clients.dynamodb, minDelay: 1, maxWaitTime: 10 }, { TableName });
    const leaseKey = { S: 'shardId-000000000000' };
    await clients.dynamodb.send(new PutItemCommand({ TableName, Item: { leaseKey, leaseCounter: { N: '7' } } }));
    process.kill('SIGKILL');
    expect(await process.ended).toBe('SIGKILL');
    for (const client of Object.values(clients)) client.destroy();

    await start();
    const { ShardIterator } = await clients.kinesis.send(
      new GetShardIteratorCommand({ StreamName: 'raw', ShardId: leaseKey.S, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const answer = await clients.kinesis.send(new GetRecordsCommand({ ShardIterator }));
    expect(answer.Records?.map((record) => record.Data?.[0])).toEqual(Records.map((_, i) => i));
    const { Item } = await clients.dynamodb.send(new GetItemCommand({ TableName, Key: { leaseKey } }));
    expect(Item).toEqual({ leaseKey, leaseCounter: { N: '7' } });
  });

  it('holds a call at its private port until it is let go', async () => {
    await start();
    const post = await fetch(`${adminUrl}/holds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        service: 'kinesis',
        operation: 'PutRecords',
        resource: 'raw',
        detail: 'heldKey',
        when: 'after',
      }),
    });
    const { id } = (await post.json()) as { id: string };
    const put = clients.kinesis.send(
      new PutRecordsCommand({ StreamName: 'raw', Records: [{ PartitionKey: 'heldKey', Data: Buffer.from('x') }] }),
    );
    expect(await (await fetch(`${adminUrl}/holds/${id}?waitMs=5000`)).json()).toEqual({ held: 1 });
    await fetch(`${adminUrl}/holds/${id}?then=apply`, { method: 'DELETE' });
    expect((await put).FailedRecordCount).toBe(0);
  });
});
