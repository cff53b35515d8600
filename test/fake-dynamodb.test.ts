import { GetItemCommand, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoDBLeaseTable } from '../kinesis-client/leases/dynamodb-lease-table';
import { renewal } from '../kinesis-client/leases/lease-writes';
import { VirtualClock } from '../runtime/virtual-clock';
import { dynamodbBehaviour } from './aws/dynamodb-behaviour';
import { FakeDynamoDB, type FakeDynamoDBOptions } from './fake-dynamodb';
import { kclRows } from './kcl-rows';
import { aLease } from './lease-builders';
import { leaseTableConformance } from './lease-table-conformance';

const TableName = 'leases';
const settings = { tableReadyTimeoutMs: 5_000, tableReadyPollMs: 10 };

const open = (options: Partial<FakeDynamoDBOptions> = {}) => {
  const clock = new VirtualClock();
  const fake = new FakeDynamoDB({ clock, ...options });
  const tableOf = (by: string) =>
    createDynamoDBLeaseTable({ dynamodb: fake.clientOf(by), tableName: TableName, settings, clock });
  return { clock, fake, tableOf };
};

describe('DynamoDB in memory', () => {
  dynamodbBehaviour(() => Promise.resolve({ dynamodb: open().fake.clientOf('test'), stop: () => Promise.resolve() }));
});

describe.each([
  ['shows the old item', { showsOldItem: true }],
  ['leaves the old item out, and has small pages', { showsOldItem: false, pageBytesMax: 100 }],
])('the lease table over a DynamoDB in memory that %s', (_how, options) => {
  leaseTableConformance(
    () => {
      const { fake, tableOf } = open(options);
      return Promise.resolve({
        table: tableOf('worker'),
        readRow: (key: string) => Promise.resolve(fake.row(TableName, key)),
        putRow: (row) => Promise.resolve(fake.putRow(TableName, row)),
        close: () => Promise.resolve(),
      });
    },
    () => kclRows('lease table conformance').map(({ row }) => row),
  );
});

describe('what a test can do to a DynamoDB in memory', () => {
  const withRow = (options: Partial<FakeDynamoDBOptions> = {}) => {
    const world = open(options);
    world.fake.createTable(TableName);
    world.fake.putRow(TableName, { leaseKey: { S: 'a' }, leaseCounter: { N: '1' } });
    const renew = (by: string, seen = 1) =>
      world.fake.clientOf(by).send(
        new UpdateItemCommand({
          TableName,
          Key: { leaseKey: { S: 'a' } },
          Expected: { leaseCounter: { Value: { N: String(seen) } }, checkpointOwner: { Exists: false } },
          AttributeUpdates: { leaseCounter: { Action: 'ADD', Value: { N: '1' } }, gone: { Action: 'DELETE' } },
        }),
      );
    const counter = () => world.fake.row(TableName, 'a')?.leaseCounter?.N;
    return { ...world, renew, counter };
  };

  it('see each change, who made it and when', async () => {
    const { fake, clock, renew } = withRow();
    await clock.advance(250);
    await renew('java');
    await expect(renew('late')).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    const [before, after] = ['1', '2'].map((N) => ({ leaseKey: { S: 'a' }, leaseCounter: { N } }));
    expect(fake.changes).toEqual([
      { operation: 'PutItem', table: TableName, key: 'a', by: 'operator', before: undefined, after: before, atMs: 0 },
      { operation: 'UpdateItem', table: TableName, key: 'a', by: 'java', before, after, atMs: 250 },
    ]);
  });

  it('throttle a call, which is then not applied', async () => {
    const { fake, renew, counter, tableOf } = withRow();
    fake.fault = ({ by }) => (by === 'a' ? 'throttle' : undefined);
    await expect(renew('a')).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    await expect(tableOf('a').write(renewal(aLease('a')))).rejects.toMatchObject({ code: 'FLOTILLA_THROTTLED' });
    expect(counter()).toBe('1');
  });

  it('lose an answer after the call was applied', async () => {
    const { fake, renew, counter, tableOf } = withRow();
    fake.fault = () => 'lose';
    await expect(renew('a')).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(tableOf('a').get('a')).rejects.toMatchObject({ code: 'FLOTILLA_UNAVAILABLE' });
    expect(counter()).toBe('2');
  });

  it('answer with an error of its own', async () => {
    const { fake, renew, counter } = withRow();
    fake.fault = () => Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    await expect(renew('a')).rejects.toThrow('no');
    expect(counter()).toBe('1');
  });

  it('hold a request back, and an answer', async () => {
    const { fake, clock, renew, counter } = withRow();
    fake.fault = () => ({ before: clock.sleep(100), after: clock.sleep(300) });
    let isAnswered = false;
    void renew('a').then(() => (isAnswered = true));
    await clock.advance(99);
    expect([counter(), isAnswered]).toEqual(['1', false]);
    await clock.advance(150);
    expect([counter(), isAnswered]).toEqual(['2', false]);
    await clock.advance(51);
    expect(isAnswered).toBe(true);
  });

  it('kill a program: what it sent is carried out, it hears nothing, and it sends nothing more', async () => {
    const { fake, clock, renew, counter } = withRow();
    fake.fault = () => ({ before: clock.sleep(100) });
    const answers: string[] = [];
    for (const seen of [1, 2]) renew('a', seen).then(() => answers.push('yes'), () => answers.push('no')); // prettier-ignore
    fake.kill('a');
    await clock.advance(200);
    void renew('a', 2).finally(() => answers.push('third'));
    await clock.advance(200);
    expect([counter(), answers]).toEqual(['3', []]);
    await Promise.all([renew('b', 3), clock.advance(100)]);
    expect(counter()).toBe('4');
  });

  it('limit a table to units a second, and see how many were used', async () => {
    const { fake, clock } = withRow({ unitsPerSecondMax: { read: 1, write: 2 } });
    const dynamodb = fake.clientOf('a');
    const put = () => dynamodb.send(new PutItemCommand({ TableName, Item: { leaseKey: { S: 'b' } } }));
    const get = () => dynamodb.send(new GetItemCommand({ TableName, Key: { leaseKey: { S: 'a' } } }));
    await put();
    await put();
    await expect(put()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    await get();
    await get();
    await expect(get()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    await clock.advance(1_000);
    await put();
    expect(fake.units).toEqual({ read: 1, write: 3 });
  });

  it.each([
    ['both languages at once', { UpdateExpression: 'SET a = :a', Expected: {} }],
    ['a value that no expression names', { ExpressionAttributeValues: { ':a': { S: '' } } }],
    ['an attribute twice', { UpdateExpression: 'SET a = :a REMOVE a', ExpressionAttributeValues: { ':a': { S: '' } } }],
    ['an empty set', { AttributeUpdates: { a: { Value: { SS: [] } } } }],
    ['a comparison that no lease table needs', { Expected: { a: { ComparisonOperator: 'GE' as const } } }],
    ['a function that no lease table needs', { UpdateExpression: 'SET a = if_not_exists(a, :a)' }],
  ])('refuses %s', async (_what, rules) => {
    const { fake } = withRow();
    const command = new UpdateItemCommand({ TableName, Key: { leaseKey: { S: 'a' } }, ...rules });
    await expect(fake.clientOf('a').send(command)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses a table that is not there, and a key of another table', async () => {
    const { fake } = withRow();
    const dynamodb = fake.clientOf('a');
    const missing = { name: 'ResourceNotFoundException' };
    await expect(dynamodb.send(new ScanCommand({ TableName: 'none' }))).rejects.toMatchObject(missing);
    const get = new GetItemCommand({ TableName, Key: { key: { S: 'a' } } });
    await expect(dynamodb.send(get)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
