/**
 * What Flotilla needs of a DynamoDB beside the conditional writes of dynamodb-behaviour.ts: tables and their states, filters,
 * batches and large items. DynamoDB in memory has none of it, so this suite is called apart.
 */
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
  type AttributeValue,
  type CreateTableInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { everyTest, type Tests } from '../differences';
import type { RunningDynamoDB } from './dynamodb-behaviour';
import { refusedWith } from './refused-with';

type Item = Record<string, AttributeValue>;

const keyed = (TableName: string): CreateTableInput & { TableName: string } => ({
  TableName,
  AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
});

export function dynamodbTables(start: () => Promise<RunningDynamoDB>, { describe, it }: Tests = everyTest): void {
  let running: RunningDynamoDB;
  let dynamodb: DynamoDBClient;
  const waiter = () => ({ client: dynamodb, minDelay: 1, maxWaitTime: 20 });
  const make = async (input: CreateTableInput & { TableName: string }): Promise<void> => {
    await dynamodb.send(new CreateTableCommand(input));
    await waitUntilTableExists(waiter(), { TableName: input.TableName });
  };
  beforeAll(async () => {
    running = await start();
    dynamodb = running.dynamodb;
    await make(keyed('rows'));
  });
  afterAll(() => running.stop());

  const Key = (name: string): Item => ({ leaseKey: { S: name } });
  const put = (Item: Item, TableName = 'rows') => dynamodb.send(new PutItemCommand({ TableName, Item }));
  const get = async (name: string): Promise<Item | undefined> =>
    (await dynamodb.send(new GetItemCommand({ TableName: 'rows', Key: Key(name), ConsistentRead: true }))).Item;
  const keysOf = (items: readonly Item[] = []): string[] => items.map((item) => item.leaseKey!.S as string).sort();

  describe('a table', () => {
    it('is described with its key, its state and its way to pay', async () => {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: 'rows' }));
      expect(Table).toMatchObject({
        TableName: 'rows',
        TableStatus: 'ACTIVE',
        KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      });
    });

    it('is made once', async () => {
      await refusedWith('ResourceInUseException', dynamodb.send(new CreateTableCommand(keyed('rows'))));
    });

    it('that is not there is not described', async () => {
      const command = new DescribeTableCommand({ TableName: 'none' });
      await refusedWith('ResourceNotFoundException', dynamodb.send(command));
    });

    it('is gone when it was deleted, with its rows', async () => {
      const TableName = 'short-lived';
      await make(keyed(TableName));
      await put(Key('a'), TableName);
      await dynamodb.send(new DeleteTableCommand({ TableName }));
      await waitUntilTableNotExists(waiter(), { TableName });
      await make(keyed(TableName));
      expect((await dynamodb.send(new ScanCommand({ TableName }))).Items).toEqual([]);
    });

    it('is one of a list in pages', async () => {
      for (const name of ['list-a', 'list-b', 'list-c']) await make(keyed(name));
      const names: string[] = [];
      let from: string | undefined;
      do {
        const page = await dynamodb.send(new ListTablesCommand({ Limit: 2, ExclusiveStartTableName: from }));
        names.push(...(page.TableNames ?? []));
        from = page.LastEvaluatedTableName;
      } while (from !== undefined);
      expect(names).toEqual(expect.arrayContaining(['list-a', 'list-b', 'list-c', 'rows']));
      expect(new Set(names).size).toBe(names.length);
    });

    it('refuses the key of another', async () => {
      const other = { key: { S: 'a' } };
      const read = dynamodb.send(new GetItemCommand({ TableName: 'rows', Key: other }));
      await refusedWith('ValidationException', read);
      await refusedWith('ValidationException', put(other));
    });
  });

  describe('an update', () => {
    const update = (name: string, UpdateExpression: string, values: Item | undefined, more: object = {}) =>
      dynamodb.send(
        new UpdateItemCommand({
          TableName: 'rows',
          Key: Key(name),
          UpdateExpression,
          ExpressionAttributeValues: values,
          ...more,
        }),
      );

    it('keeps a value that is there, and counts on from one that may not be', async () => {
      const expression = 'SET firstSeen = if_not_exists(firstSeen, :now), seen = if_not_exists(seen, :zero) + :one';
      for (const now of ['7', '8'])
        await update('counted', expression, { ':now': { N: now }, ':zero': { N: '0' }, ':one': { N: '1' } });
      expect(await get('counted')).toEqual({ ...Key('counted'), firstSeen: { N: '7' }, seen: { N: '2' } });
    });

    it('adds to a set and takes from it, and an empty set is gone', async () => {
      await update('set', 'ADD parents :some', { ':some': { SS: ['a', 'b'] } });
      await update('set', 'DELETE parents :one', { ':one': { SS: ['a'] } });
      expect((await get('set'))?.parents).toEqual({ SS: ['b'] });
      await update('set', 'DELETE parents :one', { ':one': { SS: ['b'] } });
      expect(await get('set')).toEqual(Key('set'));
    });

    it('gives what it changed when asked, as it was or as it is', async () => {
      await put({ ...Key('given'), a: { N: '1' }, b: { N: '1' } });
      const set = (to: string, ReturnValues: string) => update('given', 'SET a = :a', { ':a': { N: to } }, { ReturnValues }); // prettier-ignore
      expect((await set('2', 'UPDATED_OLD')).Attributes).toEqual({ a: { N: '1' } });
      expect((await set('3', 'UPDATED_NEW')).Attributes).toEqual({ a: { N: '3' } });
      expect((await set('4', 'ALL_OLD')).Attributes).toEqual({ ...Key('given'), a: { N: '3' }, b: { N: '1' } });
      expect((await set('5', 'NONE')).Attributes).toBeUndefined();
    });

    it('of the key itself is refused', async () => {
      await refusedWith('ValidationException', update('k', 'SET leaseKey = :k', { ':k': { S: 'l' } }));
    });

    for (const [what, expression, values] of [
      ['a value that no expression names', 'REMOVE a', { ':a': { S: '' } }],
      ['an attribute twice', 'SET a = :a REMOVE a', { ':a': { S: 'x' } }],
      ['a reserved word', 'SET key = :a', { ':a': { S: 'x' } }],
      ['an empty set', 'SET a = :a', { ':a': { SS: [] as string[] } }],
    ] as const)
      it(`with ${what} is refused`, async () => {
        await refusedWith('ValidationException', update('refused', expression, values as unknown as Item));
      });

    it('in both languages at once is refused', async () => {
      await refusedWith(
        'ValidationException',
        update('both', 'SET a = :a', { ':a': { S: 'x' } }, { Expected: { a: { Exists: false } } }),
      );
    });
  });

  describe('numbers', () => {
    it('come back by value, however they were written', async () => {
      await put({ ...Key('numbers'), a: { N: '007' }, b: { N: '7.38E-4' }, c: { N: '1e3' }, d: { N: '-0.50' } });
      const { a, b, c, d } = (await get('numbers')) as Item;
      expect([a, b, c, d].map((one) => Number(one!.N))).toEqual([7, 0.000738, 1000, -0.5]);
      expect(a).toEqual({ N: '7' });
    });

    it('of more than 38 digits are refused', async () => {
      await refusedWith('ValidationException', put({ ...Key('large'), n: { N: '1'.repeat(39) } }));
    });
  });

  describe('a row', () => {
    it('with empty text and empty bytes comes back with them', async () => {
      const row = { ...Key('empty'), s: { S: '' }, b: { B: new Uint8Array() }, l: { L: [] }, m: { M: {} } };
      await put(row);
      expect(await get('empty')).toEqual(row);
    });

    it('with an empty key is refused', async () => {
      await refusedWith('ValidationException', put(Key('')));
    });

    it('of just 400 KB is taken, of more refused', async () => {
      const row = (bytes: number): Item => ({ ...Key('big'), s: { S: 'x'.repeat(bytes - 'leaseKeybigs'.length) } });
      await put(row(400 * 1024));
      await refusedWith('ValidationException', put(row(400 * 1024 + 1)));
    });
  });

  describe('Scan', () => {
    const TableName = 'scanned';
    beforeAll(async () => {
      await make({
        ...keyed(TableName),
        AttributeDefinitions: ['leaseKey', 'leaseOwner'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S',
        })),
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-owner',
            KeySchema: [{ AttributeName: 'leaseOwner', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      });
      for (let i = 0; i < 10; i++)
        await put({ ...Key(`row-${i}`), n: { N: String(i) }, leaseOwner: { S: i % 2 ? 'odd' : 'even' }, pad: { S: 'x'.repeat(200_000) } }, TableName); // prettier-ignore
      await put(Key('row-free'), TableName);
    });

    it('filters, and counts what it looked at', async () => {
      const command = new ScanCommand({
        TableName,
        FilterExpression: 'n >= :low AND attribute_exists(leaseOwner)',
        ExpressionAttributeValues: { ':low': { N: '7' } },
        ProjectionExpression: 'leaseKey',
        Limit: 100,
      });
      const found: Item[] = [];
      let looked = 0;
      for (let from: Item | undefined, more = true; more; more = from !== undefined) {
        const page = await dynamodb.send(new ScanCommand({ ...command.input, ExclusiveStartKey: from }));
        found.push(...(page.Items ?? []));
        looked += page.ScannedCount ?? 0;
        from = page.LastEvaluatedKey;
      }
      expect(found.map((item) => Object.keys(item))).toEqual([['leaseKey'], ['leaseKey'], ['leaseKey']]);
      expect(keysOf(found)).toEqual(['row-7', 'row-8', 'row-9']);
      expect(looked).toBe(11);
    });

    it('ends a page at 1 MB', async () => {
      const { Items = [], LastEvaluatedKey } = await dynamodb.send(new ScanCommand({ TableName }));
      expect(Items.length).toBeLessThan(11);
      expect(LastEvaluatedKey).toBeDefined();
    });

    it('tells what it used when asked', async () => {
      const command = new ScanCommand({ TableName: 'rows', ReturnConsumedCapacity: 'TOTAL' });
      const { ConsumedCapacity } = await dynamodb.send(command);
      expect(ConsumedCapacity).toMatchObject({ TableName: 'rows' });
      expect(ConsumedCapacity?.CapacityUnits).toBeGreaterThanOrEqual(0.5);
    });

    const query = (more: object) =>
      dynamodb.send(
        new QueryCommand({
          TableName,
          IndexName: 'by-owner',
          KeyConditionExpression: 'leaseOwner = :owner',
          ExpressionAttributeValues: { ':owner': { S: 'odd' } },
          ...more,
        }),
      );

    it('and Query of an index leave out rows without its key, and come in pages', async () => {
      const keys: string[] = [];
      for (let from: Item | undefined, more = true; more; more = from !== undefined) {
        const page = await query({ Limit: 2, ExclusiveStartKey: from });
        keys.push(...keysOf(page.Items));
        from = page.LastEvaluatedKey;
      }
      expect(keys.sort()).toEqual(['row-1', 'row-3', 'row-5', 'row-7', 'row-9']);
      let indexed = 0;
      for (let from: Item | undefined, more = true; more; more = from !== undefined) {
        const page = await dynamodb.send(
          new ScanCommand({ TableName, IndexName: 'by-owner', ExclusiveStartKey: from }),
        );
        indexed += page.Count ?? 0;
        from = page.LastEvaluatedKey;
      }
      expect(indexed).toBe(10);
    });

    it('and Query of an index cannot be consistent', async () => {
      await refusedWith('ValidationException', query({ ConsistentRead: true }));
    });

    it('of an unknown index is refused', async () => {
      await refusedWith('ValidationException', query({ IndexName: 'by-nobody' }));
    });
  });

  it('batches write, delete and read', async () => {
    const names = ['batch-a', 'batch-b', 'batch-c'];
    const write = (rows: object[]) =>
      dynamodb.send(new BatchWriteItemCommand({ RequestItems: { rows } } as ConstructorParameters<typeof BatchWriteItemCommand>[0])); // prettier-ignore
    expect((await write(names.map((name) => ({ PutRequest: { Item: Key(name) } })))).UnprocessedItems).toEqual({});
    await write([{ DeleteRequest: { Key: Key('batch-b') } }]);
    const read = new BatchGetItemCommand({ RequestItems: { rows: { Keys: names.map(Key), ConsistentRead: true } } });
    expect(keysOf((await dynamodb.send(read)).Responses?.rows)).toEqual(['batch-a', 'batch-c']);
  });
}
