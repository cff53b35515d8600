import { startEmulators, type TestEmulators } from '../../test/emulators';
import { dynamodbBehaviour } from '../../test/aws/dynamodb-behaviour';
import { dynamodbTables } from '../../test/aws/dynamodb-tables';
import { dynamodbUnused } from '../../test/aws/dynamodb-unused';
import { dynamodbFrontDifferences } from '../../test/aws/front-differences';
import { testsBut } from '../../test/differences';

describe('our DynamoDB', () =>
  testsBut(dynamodbFrontDifferences, (tests) => {
    for (const suite of [dynamodbBehaviour, dynamodbTables, dynamodbUnused])
      describe(suite.name, () => suite(() => startEmulators(), tests));
  }));

describe('a hostile request', () => {
  let emulators: TestEmulators;
  beforeAll(async () => void (emulators = await startEmulators()));
  afterAll(() => emulators.stop());

  const post = async (operation: string, body: string): Promise<{ status: number; type?: string }> => {
    const response = await fetch(emulators.dynamodbEndpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body,
    });
    const answer = JSON.parse((await response.text()) || '{}') as { __type?: string };
    return { status: response.status, type: answer.__type?.split('#').at(-1) };
  };
  const TableName = 'table';
  const Key = { k: { S: 'a' } };

  beforeAll(async () => {
    const AttributeDefinitions = [{ AttributeName: 'k', AttributeType: 'S' }];
    const KeySchema = [{ AttributeName: 'k', KeyType: 'HASH' }];
    await post(
      'CreateTable',
      JSON.stringify({ TableName, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' }),
    );
    while ((await post('PutItem', JSON.stringify({ TableName, Item: { ...Key, n: { N: '1' } } }))).status !== 200);
  });

  const between = 'n BETWEEN :low AND nothing'; // dynalite stumbles over it in a callback
  const ExpressionAttributeValues = { ':low': { N: '0' } };
  it.each([
    ['no JSON', 'GetItem', '{"TableName"', 400, 'SerializationException'],
    ['no object', 'GetItem', '[]', 400, 'SerializationException'],
    ['nothing', 'GetItem', '', 400, 'SerializationException'],
    ['no such operation', 'constructor', '{}', 400, 'UnknownOperationException'],
    ['types that are wrong', 'GetItem', '{"TableName":{},"Key":7}', 400, 'SerializationException'],
    ['deep JSON', 'GetItem', `{"Key":${'{"M":'.repeat(50_000)}1${'}'.repeat(50_000)}}`, 500, 'InternalFailure'],
    ['a prototype for a table', 'GetItem', JSON.stringify({ TableName: '__proto__', Key }), 400, 'ResourceNotFoundException'],
    ['a missing operand', 'DeleteItem', JSON.stringify({ TableName, Key, ConditionExpression: between, ExpressionAttributeValues }), 500, 'InternalFailure'],
    ['a missing operand of a filter', 'Scan', JSON.stringify({ TableName, FilterExpression: between, ExpressionAttributeValues }), 500, 'InternalFailure'],
    ['a deep expression', 'Scan', JSON.stringify({ TableName, FilterExpression: `${'('.repeat(20_000)}n = n` }), 400, 'ValidationException'],
  ])('with %s is answered, and nothing else suffers', async (_what, operation, body, status, type) => {
    const answer = await post(operation, body);
    expect(answer).toEqual({ status, type });
    expect((await post('GetItem', JSON.stringify({ TableName, Key }))).status).toBe(200);
    expect((await post('UpdateItem', JSON.stringify({ TableName, Key }))).status).toBe(200); // the item's lock is free
  }); // prettier-ignore

  it('a body above 16 MiB is answered 413', async () => {
    expect((await post('GetItem', 'x'.repeat(16 * 1024 * 1024 + 1))).status).toBe(413);
  });

  it('anything but a POST of a known type is no operation', async () => {
    expect((await fetch(emulators.dynamodbEndpoint)).status).toBe(404);
    const form = await fetch(emulators.dynamodbEndpoint, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
    expect(form.status).toBe(404);
  });
});

describe('the gate', () => {
  it('sees the key and the body of a call, and can lose its answer', async () => {
    const emulators = await startEmulators();
    const hold = emulators.gate.hold({
      service: 'dynamodb',
      operation: 'GetItem',
      resource: 'some-table/shardId-7',
      detail: 'ConsistentRead',
      when: 'before',
    }) as string;
    const request = fetch(emulators.dynamodbEndpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' },
      body: JSON.stringify({ TableName: 'some-table', Key: { leaseKey: { S: 'shardId-7' } }, ConsistentRead: true }),
    });
    expect(await emulators.gate.held(hold, 5_000)).toBe(1);
    emulators.gate.release(hold, 'drop');
    await expect(request).rejects.toThrow('fetch failed');
    await emulators.stop();
  });
});
