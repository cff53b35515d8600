/**
 * The lease table in DynamoDB. One attempt a call beyond the SDK's own; every condition as an expression, every name
 * aliased; errors are sorted here and nowhere else. It works with stores that leave the old item out of a failed
 * condition (then it reads the row), and never writes to a row that is no lease.
 */
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  ScanCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { classifyAwsError } from '../../runtime/aws-errors';
import type { Clock } from '../../runtime/clock';
import { FlotillaError } from '../../runtime/errors';
import { judgeTable } from './judge-table';
import { SHARD_END, type Lease } from './lease';
import { readLease, writeLease, type Row } from './lease-row';
import type { LeaseScan, LeaseTable, WriteAnswer } from './lease-table';
import type { LeaseWrite } from './lease-writes';
import { sortRows } from './sort-rows';
import { updateExpressions } from './update-expressions';

export interface DynamoDBLeaseTableOptions {
  readonly dynamodb: DynamoDBClient;
  readonly tableName: string;
  readonly settings: { readonly tableReadyTimeoutMs: number; readonly tableReadyPollMs: number };
  readonly clock: Clock;
}

/** An eventually consistent scan costs half a unit for each 4 KB; a row of ours has about 400 bytes. */
const READ_UNITS_PER_ROW = 400 / 4_096 / 2;

export function createDynamoDBLeaseTable(options: DynamoDBLeaseTableOptions): LeaseTable {
  const { dynamodb, tableName, settings, clock } = options;
  const TableName = tableName;

  const call = async <T>(name: string, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      throw classifyAwsError(error, `${name} on table ${tableName}`, `dynamodb:${name}`);
    }
  };

  const get = async (leaseKey: string): Promise<Lease | undefined> => {
    const command = new GetItemCommand({ TableName, Key: { leaseKey: { S: leaseKey } }, ConsistentRead: true });
    const { Item } = await call('GetItem', () => dynamodb.send(command));
    return leaseIn(Item);
  };

  /** What stood in the row when a condition failed, from the answer or read now. */
  const refused = async (leaseKey: string, item: Row | undefined): Promise<WriteAnswer> => {
    const row = item === undefined ? await get(leaseKey) : leaseIn(item);
    return row === undefined ? { kind: 'refused' } : { kind: 'refused', row };
  };

  /** 'ready', 'missing', or the status that has to pass first. */
  const state = async (): Promise<string> => {
    try {
      const { Table = {} } = await dynamodb.send(new DescribeTableCommand({ TableName }));
      return judgeTable(Table, tableName);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return 'missing';
      throw classifyAwsError(error, `DescribeTable on table ${tableName}`, 'dynamodb:DescribeTable');
    }
  };

  const make = async (): Promise<'created' | 'existed'> => {
    const command = new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    try {
      await dynamodb.send(command);
      return 'created';
    } catch (error) {
      if (error instanceof ResourceInUseException) return 'existed';
      throw classifyAwsError(error, `CreateTable of table ${tableName}`, 'dynamodb:CreateTable');
    }
  };

  return {
    get,

    async ensure(onWaiting = () => undefined) {
      const untilMs = clock.monotonicMs() + settings.tableReadyTimeoutMs;
      let result: 'created' | 'existed' | undefined;
      let before: string | undefined;
      for (;;) {
        const now = await state();
        if (now === 'ready') return result ?? 'existed';
        if (now === 'DELETING') result = undefined; // and when it is gone it is made
        if (now === 'missing' && result === undefined) {
          result = await make();
          continue;
        }
        if (clock.monotonicMs() >= untilMs)
          throw new FlotillaError('FLOTILLA_UNAVAILABLE', `table ${tableName} is still ${now}`);
        if (now !== before) onWaiting(now);
        before = now;
        await clock.sleep(settings.tableReadyPollMs);
      }
    },

    async scan(): Promise<LeaseScan> {
      const rows: Row[] = [];
      let units = 0;
      let from: Row | undefined;
      do {
        const command = new ScanCommand({ TableName, ExclusiveStartKey: from, ReturnConsumedCapacity: 'TOTAL' });
        const page = await call('Scan', () => dynamodb.send(command));
        for (const item of page.Items ?? []) rows.push(item);
        units += page.ConsumedCapacity?.CapacityUnits ?? 0;
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      const readUnits = units > 0 ? units : Math.max(0.5, rows.length * READ_UNITS_PER_ROW);
      return { ...sortRows(rows, tableName), readUnits };
    },

    async create(lease) {
      const command = new PutItemCommand({
        TableName,
        Item: writeLease(lease),
        ConditionExpression: 'attribute_not_exists(#key)',
        ExpressionAttributeNames: { '#key': 'leaseKey' },
      });
      try {
        await dynamodb.send(command);
        return 'created';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'exists';
        throw classifyAwsError(error, `PutItem on table ${tableName}`, 'dynamodb:PutItem');
      }
    },

    async write(write: LeaseWrite) {
      const command = new UpdateItemCommand({
        TableName,
        Key: { leaseKey: { S: write.leaseKey } },
        ...updateExpressions(write),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await dynamodb.send(command);
        return { kind: 'written' };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return refused(write.leaseKey, error.Item);
        throw classifyAwsError(error, `UpdateItem (${write.kind}) on table ${tableName}`, 'dynamodb:UpdateItem');
      }
    },

    async delete(leaseKey) {
      const command = new DeleteItemCommand({
        TableName,
        Key: { leaseKey: { S: leaseKey } },
        ConditionExpression: '#checkpoint = :end AND attribute_not_exists(#pending)',
        ExpressionAttributeNames: { '#checkpoint': 'checkpoint', '#pending': 'pendingCheckpoint' },
        ExpressionAttributeValues: { ':end': { S: SHARD_END } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await dynamodb.send(command);
        return 'deleted';
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException))
          throw classifyAwsError(error, `DeleteItem on table ${tableName}`, 'dynamodb:DeleteItem');
        const answer = await refused(leaseKey, error.Item);
        return answer.kind === 'refused' && answer.row === undefined ? 'deleted' : 'kept';
      }
    },
  };
}

const leaseIn = (item: Row | undefined): Lease | undefined =>
  item === undefined ? undefined : (readLease(item) ?? undefined);
