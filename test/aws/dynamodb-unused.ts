/**
 * What DynamoDB can and Flotilla does not use. Our front may lack it, and then its list of differences says so. Called as
 * dynamodb-tables.ts is.
 */
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../runtime/clock';
import { everyTest, type Tests } from '../differences';
import type { RunningDynamoDB } from './dynamodb-behaviour';
import { refusedWith } from './refused-with';

export function dynamodbUnused(start: () => Promise<RunningDynamoDB>, { describe, it }: Tests = everyTest): void {
  let running: RunningDynamoDB;
  let dynamodb: DynamoDBClient;
  let tables = 0;
  beforeAll(async () => {
    running = await start();
    dynamodb = running.dynamodb;
  });
  afterAll(() => running.stop());

  const make = async (more: object = {}): Promise<string> => {
    const TableName = `table-${++tables}`;
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        ...more,
      }),
    );
    await waitUntilTableExists({ client: dynamodb, minDelay: 1, maxWaitTime: 20 }, { TableName });
    return TableName;
  };
  const row = (k: string, more: Record<string, AttributeValue> = {}) => ({ k: { S: k }, ...more });

  describe('what Flotilla does not use:', () => {
    it('a transaction writes all or nothing', async () => {
      const TableName = await make();
      const write = (names: readonly string[]) => {
        const ConditionExpression = 'attribute_not_exists(k)';
        const TransactItems = names.map((name) => ({ Put: { TableName, Item: row(name), ConditionExpression } }));
        return dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
      };
      await write(['a', 'b']);
      await refusedWith('TransactionCanceledException', write(['c', 'a']));
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key: row('c') }));
      expect(Item).toBeUndefined();
    });

    it('an index can be added to a table that has rows', async () => {
      const TableName = await make();
      await dynamodb.send(new PutItemCommand({ TableName, Item: row('a', { owner: { S: 'me' } }) }));
      const KeySchema = [{ AttributeName: 'owner', KeyType: 'HASH' as const }];
      await dynamodb.send(
        new UpdateTableCommand({
          TableName,
          AttributeDefinitions: [{ AttributeName: 'owner', AttributeType: 'S' }],
          GlobalSecondaryIndexUpdates: [
            { Create: { IndexName: 'by-owner', KeySchema, Projection: { ProjectionType: 'ALL' } } },
          ],
        }),
      );
      const isActive = async (): Promise<boolean> => {
        const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
        return Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus === 'ACTIVE';
      };
      while (!(await isActive())) await systemClock.sleep(20);
      const { Items } = await dynamodb.send(
        new QueryCommand({
          TableName,
          IndexName: 'by-owner',
          KeyConditionExpression: '#owner = :me',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':me': { S: 'me' } },
        }),
      );
      expect(Items).toEqual([row('a', { owner: { S: 'me' } })]);
    });

    it('rows can be given a time to live', async () => {
      const TableName = await make();
      const TimeToLiveSpecification = { AttributeName: 'until', Enabled: true };
      await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
      const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
      expect(TimeToLiveDescription).toMatchObject({ AttributeName: 'until' });
    });

    it('a table can be protected from its deletion', async () => {
      const TableName = await make({ DeletionProtectionEnabled: true });
      await refusedWith('ValidationException', dynamodb.send(new DeleteTableCommand({ TableName })));
    });

    it('rows can be asked for in PartiQL', async () => {
      const TableName = await make();
      await dynamodb.send(new PutItemCommand({ TableName, Item: row('a') }));
      const Statement = `SELECT * FROM "${TableName}" WHERE k = 'a'`;
      expect((await dynamodb.send(new ExecuteStatementCommand({ Statement }))).Items).toEqual([row('a')]);
    });
  });
}
