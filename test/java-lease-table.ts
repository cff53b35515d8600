/** The requests of java-lease-rows.ts, sent by one Java worker to the lease table of its application. */
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ResourceInUseException,
  ScanCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { JavaLease, JavaReader, JavaRow, JavaUpdate } from './java-lease-rows';

export type JavaAnswer =
  | { readonly kind: 'done'; readonly row?: JavaRow }
  /** `old`: the row, where the request asked for it and the store gives it. */
  | { readonly kind: 'refused'; readonly old?: JavaRow };

/** The table of one Java application, through the client of one of its workers. */
export class JavaLeaseTable {
  constructor(
    private readonly dynamodb: DynamoDBClient,
    readonly tableName: string,
    readonly read: JavaReader,
  ) {}

  async ensure(): Promise<void> {
    const command = new CreateTableCommand({
      TableName: this.tableName,
      AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    await this.dynamodb.send(command).catch((error: unknown) => {
      if (!(error instanceof ResourceInUseException)) throw error;
    });
  }

  async rows(): Promise<readonly JavaRow[]> {
    const rows: JavaRow[] = [];
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.dynamodb.send(new ScanCommand({ TableName: this.tableName, ExclusiveStartKey }));
      rows.push(...(page.Items ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return rows;
  }

  /** Throws what the reader throws: one row that it does not understand, and no lease is seen. */
  async leases(): Promise<readonly JavaLease[]> {
    return (await this.rows()).flatMap((row) => this.read(row) ?? []);
  }

  async get(leaseKey: string): Promise<JavaLease | undefined> {
    const command = new GetItemCommand({ TableName: this.tableName, Key: { leaseKey: { S: leaseKey } } });
    const { Item } = await this.dynamodb.send(command);
    return Item && (this.read(Item) ?? undefined);
  }

  /** A row of a shard that nobody has read; false: there is one. 3.5 adds its entityType. */
  async create(lease: JavaLease, entityType?: 'LEASE'): Promise<boolean> {
    const { leaseKey, checkpoint, parentShardIds, hashRange } = lease;
    const command = new PutItemCommand({
      TableName: this.tableName,
      Item: {
        leaseKey: { S: leaseKey },
        leaseCounter: { N: '0' },
        ownerSwitchesSinceCheckpoint: { N: '0' },
        checkpoint: { S: checkpoint.sequenceNumber },
        checkpointSubSequenceNumber: { N: String(checkpoint.subSequenceNumber) },
        ...(parentShardIds.length === 0 ? {} : { parentShardId: { SS: [...parentShardIds] } }),
        ...(hashRange === undefined
          ? {}
          : { startingHashKey: { S: hashRange.start }, endingHashKey: { S: hashRange.end } }),
        ...(entityType === undefined ? {} : { entityType: { S: entityType } }),
      },
      Expected: { leaseKey: { Exists: false } },
    });
    return (await this.answerTo(() => this.dynamodb.send(command))).kind === 'done';
  }

  update(leaseKey: string, update: JavaUpdate): Promise<JavaAnswer> {
    const command = new UpdateItemCommand({ TableName: this.tableName, Key: { leaseKey: { S: leaseKey } }, ...update });
    return this.answerTo(() => this.dynamodb.send(command));
  }

  /** Unconditional. */
  async delete(leaseKey: string): Promise<void> {
    await this.dynamodb.send(new DeleteItemCommand({ TableName: this.tableName, Key: { leaseKey: { S: leaseKey } } }));
  }

  private async answerTo(send: () => Promise<{ readonly Attributes?: JavaRow }>): Promise<JavaAnswer> {
    try {
      return { kind: 'done', row: (await send()).Attributes };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { kind: 'refused', old: error.Item };
      throw error;
    }
  }
}
