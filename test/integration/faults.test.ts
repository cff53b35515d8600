/**
 * Every fault as a client of the emulators meets it: through the AWS SDK, set over HTTP in a real emulators process, as tests
 * with processes of their own do it. Which calls are struck, and when: local/faults/faults.test.ts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { emulatorAwsSettings } from '../../local/emulators';
import { FaultClient } from '../../local/faults/fault-client';
import type { FaultRule } from '../../local/faults/fault-rule';
import { createDynamoDBClient, createKinesisClient, createS3Client } from '../../runtime/aws-clients';
import { systemClock } from '../../runtime/clock';
import { startServiceProcess, type ServiceProcess } from '../service-process';
import { freePort } from '../stack';

const StreamName = 'raw';
const Bucket = 'flotilla';
const TableName = 'leases';

let folder: string;
let emulators: ServiceProcess;
let faults: FaultClient;
let kinesis: KinesisClient;
let dynamodb: DynamoDBClient;
let s3: S3Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-faults-'));
  const [kinesisPort, dynamodbPort, s3Port, adminPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  emulators = startServiceProcess('local/main.ts', {
    FLOTILLA_LOCAL_KINESIS_PORT: String(kinesisPort),
    FLOTILLA_LOCAL_DYNAMODB_PORT: String(dynamodbPort),
    FLOTILLA_LOCAL_S3_PORT: String(s3Port),
    FLOTILLA_METRICS_PORT: String(adminPort),
    FLOTILLA_LOCAL_DATA_FOLDER: folder,
    FLOTILLA_LOCAL_RAW_SHARDS: '2',
  });
  await emulators.ready;
  faults = new FaultClient(`http://127.0.0.1:${adminPort}`);
  const ports = { kinesis: kinesisPort, dynamodb: dynamodbPort, s3: s3Port };
  const aws = { ...emulatorAwsSettings('127.0.0.1', ports), attemptsMax: 1 };
  [kinesis, dynamodb, s3] = [createKinesisClient(aws), createDynamoDBClient(aws), createS3Client(aws)];
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
    }),
  );
}, 30_000);

afterAll(async () => {
  for (const client of [kinesis, dynamodb, s3]) client.destroy();
  emulators.kill('SIGTERM');
  expect(await emulators.ended).toBe(0);
  await rm(folder, { recursive: true, force: true });
}, 30_000);

/** What a call comes to while the fault is set: its answer, or the name of its error. */
async function under<T>(rule: FaultRule, act: () => Promise<T>): Promise<T | string> {
  const id = await faults.add(rule);
  try {
    return await act().catch((error: Error) => error.name);
  } finally {
    await faults.remove(id);
  }
}

const putRecord = (data: string) => () =>
  kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.from(data) }));

async function read(): Promise<string[]> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  const texts: string[] = [];
  for (const { ShardId } of Shards) {
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    texts.push(...Records.map(({ Data }) => Buffer.from(Data ?? []).toString()));
  }
  return texts;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const began = systemClock.monotonicMs(); !(await isTrue());) {
    if (systemClock.monotonicMs() - began > 20_000) throw new Error('not within 20 s');
    await systemClock.sleep(20);
  }
}

describe('Kinesis', () => {
  test.each<[string, FaultRule, string, boolean]>([
    ['throttled', { kind: 'error', service: 'kinesis', status: 400, type: 'ProvisionedThroughputExceededException' }, 'ProvisionedThroughputExceededException', false], // prettier-ignore
    ['failing', { kind: 'error', service: 'kinesis', status: 500, type: 'InternalFailure', applied: true }, 'InternalFailure', true], // prettier-ignore
    ['reset', { kind: 'reset', service: 'kinesis' }, 'Error', false],
    ['answer lost', { kind: 'lost-answer', service: 'kinesis' }, 'Error', true],
  ])('%s', async (name, rule, error, isApplied) => {
    const answered = await under({ ...rule, operations: ['PutRecord'] }, putRecord(name));
    expect(answered).toBe(error);
    expect((await read()).includes(name)).toBe(isApplied);
  });

  test('late: a record is stored after one that was put later', async () => {
    const id = await faults.add({
      kind: 'late',
      service: 'kinesis',
      operations: ['PutRecord'],
      times: 1,
      afterMs: 300,
    });
    await expect(putRecord('first')()).rejects.toThrow();
    await putRecord('second')();
    await until(async () => (await read()).includes('first'));
    expect(await faults.remove(id)).toMatchObject({ struck: 1, refused: 0 });
    expect(await faults.get(id)).toMatchObject({ struck: 1, refused: 0 });
    const texts = await read();
    expect(texts.indexOf('first')).toBeGreaterThan(texts.indexOf('second'));
  });

  test('frozen: a put waits, and is stored when it thaws, also when its client has gone', async () => {
    const id = await faults.add({ kind: 'freeze', service: 'kinesis', operations: ['PutRecord'] });
    const gone = new AbortController();
    const put = new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.from('thawed') });
    const sent = kinesis.send(put, { abortSignal: gone.signal }).catch((error: Error) => error.name);
    await until(async () => (await faults.all())[0]?.struck === 1);
    gone.abort();
    expect(await sent).toBe('AbortError');
    expect(await read()).not.toContain('thawed');
    await faults.remove(id);
    await until(async () => (await read()).includes('thawed'));
  });

  test('some records of a request fail, and only they', async () => {
    const Records = Array.from({ length: 200 }, (_, n) => ({
      PartitionKey: `k${n}`,
      Data: Buffer.from(`partial-${n}`),
    }));
    const answer = await under({ kind: 'partial', service: 'kinesis', rate: 0.3 }, () =>
      kinesis.send(new PutRecordsCommand({ StreamName, Records })),
    );
    if (typeof answer === 'string') throw new Error(answer);
    const failed = Records.filter((_, n) => answer.Records?.[n]?.ErrorCode === 'InternalFailure');
    expect(failed.length).toBe(answer.FailedRecordCount);
    expect(failed.length).toBeGreaterThan(30);
    expect(failed.length).toBeLessThan(90);
    const stored = new Set(await read());
    for (const record of Records) expect(stored.has(String(record.Data))).toBe(!failed.includes(record));
  });

  test('the limits of its shards: records that are too much fail alone, and reads are refused', async () => {
    const limits: FaultRule = { kind: 'shard-limits', service: 'kinesis', recordsPerSecond: 10, readsPerSecond: 1 };
    const Records = Array.from({ length: 30 }, (_, n) => ({
      PartitionKey: 'k',
      ExplicitHashKey: n < 15 ? '0' : String(2n ** 128n - 1n),
      Data: Buffer.from(`limited-${n}`),
    }));
    const put = await under(limits, () => kinesis.send(new PutRecordsCommand({ StreamName, Records })));
    if (typeof put === 'string') throw new Error(put);
    const codes = (put.Records ?? []).map(({ ErrorCode = 'stored' }) => ErrorCode);
    const tenOfEach = Array.from({ length: 15 }, (_, n) =>
      n < 10 ? 'stored' : 'ProvisionedThroughputExceededException',
    );
    expect(codes).toEqual([...tenOfEach, ...tenOfEach]);
    expect(put.Records?.[14]?.ErrorMessage).toBe(
      'Rate exceeded for shard shardId-000000000000 in stream raw under account 000000000000.',
    );

    const iterator = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(iterator));
    const reads = await under({ ...limits, readsPerSecond: 0.001 }, () =>
      kinesis.send(new GetRecordsCommand({ ShardIterator })),
    );
    expect(reads).toBe('ProvisionedThroughputExceededException');
  });

  test('expired iterators', async () => {
    const rule: FaultRule = { kind: 'error', service: 'kinesis', operations: ['GetRecords'], status: 400, type: 'ExpiredIteratorException' }; // prettier-ignore
    expect(await under(rule, read)).toBe('ExpiredIteratorException');
  });
});

describe('DynamoDB', () => {
  const key = (leaseKey: string) => ({ leaseKey: { S: leaseKey } });
  const conditional = (leaseKey: string) =>
    new UpdateItemCommand({
      TableName,
      Key: key(leaseKey),
      UpdateExpression: 'SET leaseCounter = :new',
      ConditionExpression: 'leaseCounter = :seen',
      ExpressionAttributeValues: { ':new': { N: '9' }, ':seen': { N: '8' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });

  test('a failed condition comes with its item or, under a fault, without', async () => {
    await dynamodb.send(new PutItemCommand({ TableName, Item: { ...key('a'), leaseCounter: { N: '1' } } }));
    const item = (): Promise<unknown> =>
      dynamodb.send(conditional('a')).catch(({ name, Item }: { name: string; Item?: unknown }) => [name, Item]);
    expect(await item()).toEqual([
      'ConditionalCheckFailedException',
      { leaseKey: { S: 'a' }, leaseCounter: { N: '1' } },
    ]);
    expect(await under({ kind: 'no-old-item', service: 'dynamodb' }, item)).toEqual([
      'ConditionalCheckFailedException',
      undefined,
    ]);
  });

  test('the units of a table: writes by the KiB, reads by four, a failed condition too', async () => {
    const put = (bytes: number) =>
      dynamodb.send(new PutItemCommand({ TableName, Item: { ...key('b'), text: { S: 'x'.repeat(bytes) } } }));
    const id = await faults.add({ kind: 'table-units', service: 'dynamodb', readUnits: 0.001, writeUnits: 0.001 });
    await put(3_000); // paid for afterwards
    await expect(put(10)).rejects.toThrow('provisioned throughput');
    const get = (): Promise<unknown> =>
      dynamodb.send(new GetItemCommand({ TableName, Key: key('b'), ConsistentRead: true }));
    await get();
    await expect(get()).rejects.toThrow('provisioned throughput');
    expect(await faults.remove(id)).toMatchObject({ struck: 2 });
    await put(10);

    const again = await faults.add({ kind: 'table-units', service: 'dynamodb', readUnits: 1, writeUnits: 0.001 });
    await expect(dynamodb.send(conditional('a'))).rejects.toThrow('conditional request failed');
    await expect(dynamodb.send(conditional('a'))).rejects.toThrow('provisioned throughput');
    await faults.remove(again);
  });
});

describe('S3', () => {
  const Body = Buffer.from('bytes');
  const puts = (Key: string) => () => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const exists = (Key: string): Promise<boolean> =>
    s3.send(new HeadObjectCommand({ Bucket, Key })).then(
      () => true,
      () => false,
    );

  test.each<[string, FaultRule, string, boolean]>([
    ['slow down', { kind: 'error', service: 's3', status: 503, type: 'SlowDown' }, 'SlowDown', false],
    ['reset', { kind: 'reset', service: 's3' }, 'Error', false],
    ['lost', { kind: 'lost-answer', service: 's3' }, 'Error', true],
    ['corrupt', { kind: 'corrupt', service: 's3' }, 'XAmzContentSHA256Mismatch', false],
  ])('%s', async (Key, rule, error, isApplied) => {
    expect(await under({ ...rule, operations: ['PutObject'] }, puts(Key))).toBe(error);
    expect(await exists(Key)).toBe(isApplied);
  });

  test.each([false, true])(
    'a Complete that is answered 200 with an error in its body (applied: %s)',
    async (applied) => {
      const Key = `complete-${applied}`;
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
      const complete = () =>
      s3.send(
        new CompleteMultipartUploadCommand({
          Bucket, Key, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
        }),
      ); // prettier-ignore
      const rule: FaultRule = { kind: 'error', service: 's3', operations: ['CompleteMultipartUpload'], status: 200, type: 'InternalError', applied }; // prettier-ignore
      expect(await under(rule, complete)).toBe('InternalError');
      expect(await exists(Key)).toBe(applied);
      expect(await complete().catch((error: Error) => error.name)).toEqual(
        applied ? 'NoSuchUpload' : expect.objectContaining({ Key }),
      );
    },
  );

  test('a part that is damaged on its way is refused, and the next one taken', async () => {
    const Key = 'damaged';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }));
    const part = () =>
      s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body, ChecksumAlgorithm: 'CRC32' }));
    expect(await under({ kind: 'corrupt', service: 's3', operations: ['UploadPart'] }, part)).toBe(
      'XAmzContentSHA256Mismatch',
    );
    const { ETag, ChecksumCRC32 } = await part();
    await s3.send(
      new CompleteMultipartUploadCommand({
        Bucket, Key, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] },
      }),
    ); // prettier-ignore
    const { Body: stored } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(Buffer.from((await stored?.transformToByteArray()) ?? [])).toEqual(Body);
  });
});

describe('what is not understood is refused in words', () => {
  test.each<[string, unknown, string]>([
    ['a kind that there is not', { kind: 'explode', service: 's3' }, 'kind'],
    ['an option of another kind', { kind: 'reset', service: 's3', afterMs: 1 }, 'afterMs'],
    ['a service that it does not concern', { kind: 'partial', service: 's3' }, 'service'],
    ['a rate above 1', { kind: 'reset', service: 's3', rate: 2 }, 'rate'],
    ['an endless wait', { kind: 'late', service: 's3', afterMs: 1e9 }, 'afterMs'],
  ])('%s', async (_name, rule, named) => {
    await expect(faults.add(rule as FaultRule)).rejects.toThrow(named);
  });

  test('an unknown fault', async () => {
    await expect(faults.remove('fault-0')).rejects.toThrow('no such fault');
  });
});
