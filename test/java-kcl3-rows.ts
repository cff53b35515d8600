/**
 * What workers of the Java KCL 3.x write down beside the leases: 3.5 into the lease table itself, 3.0 to 3.4 into two tables
 * of their own. Read and written through the client of one worker.
 */
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

export type Java3Version = '3.4' | '3.5';

export interface LeaderRow {
  readonly ownerName: string;
  readonly recordVersionNumber: string;
}

/** A worker is alive for the leader while its report is no older than two intervals. */
export const REPORT_INTERVAL_MS = 30_000;

const LOCK_MS = 120_000;

const isRefused = (error: unknown): false => {
  if (error instanceof ConditionalCheckFailedException) return false;
  throw error;
};

export class JavaKcl3Rows {
  private readonly coordinator: { readonly table: string; readonly key: string };
  private readonly metrics: { readonly table: string; readonly key: string };

  constructor(
    private readonly dynamodb: DynamoDBClient,
    applicationName: string,
    private readonly version: Java3Version,
  ) {
    const single = { table: applicationName, key: 'leaseKey' };
    this.coordinator = version === '3.5' ? single : { table: `${applicationName}-CoordinatorState`, key: 'key' };
    this.metrics = version === '3.5' ? single : { table: `${applicationName}-WorkerMetricStats`, key: 'wid' };
  }

  async ensure(): Promise<void> {
    for (const { table, key } of this.version === '3.5' ? [] : [this.coordinator, this.metrics]) {
      const command = new CreateTableCommand({
        TableName: table,
        AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      });
      await this.dynamodb.send(command).catch((error: unknown) => {
        if (!(error instanceof ResourceInUseException)) throw error;
      });
    }
  }

  /** Written once for an application, by whoever comes first. */
  async createClientVersion(cv: string, by: string, wallMs: number): Promise<void> {
    const { table, key } = this.coordinator;
    const init = { cv: { S: 'CLIENT_VERSION_INIT' }, mb: { S: by }, mts: { N: String(wallMs) } };
    const Item = {
      [key]: { S: 'Migration3.0' },
      ...{ cv: { S: cv }, mb: { S: by }, mts: { N: String(wallMs) }, h: { L: [{ M: init }] } },
      ...this.entityType('CLIENT_VERSION_MIGRATION'),
    };
    const Expected = { [key]: { Exists: false } };
    await this.dynamodb.send(new PutItemCommand({ TableName: table, Item, Expected })).catch(isRefused);
  }

  /** Without a source of metrics every report has them as empty maps. */
  async report(workerId: string, wallMs: number): Promise<void> {
    const { table, key } = this.metrics;
    const seconds = { N: String(Math.floor(wallMs / 1_000)) };
    const values: Record<string, AttributeValue> = {
      ...{ lut: seconds, sts: { M: {} }, opr: { M: {} } },
      ...(this.version === '3.5' ? { sup: { N: '1' }, slu: seconds } : {}),
      ...this.entityType('WORKER_METRIC_STATS'),
    };
    const AttributeUpdates = Object.fromEntries(
      Object.entries(values).map(([name, Value]) => [name, { Action: 'PUT' as const, Value }]),
    );
    const command = new UpdateItemCommand({ TableName: table, Key: { [key]: { S: workerId } }, AttributeUpdates });
    await this.dynamodb.send(command);
  }

  /** Those with a report that is fresh on this worker's clock: also one that died a moment ago. */
  async activeWorkers(wallMs: number): Promise<readonly string[]> {
    const { table, key } = this.metrics;
    const { Items = [] } = await this.dynamodb.send(new ScanCommand({ TableName: table }));
    const isReport = ({ lut, sts }: Record<string, AttributeValue>): boolean => lut?.N !== undefined && sts !== undefined; // prettier-ignore
    const isFresh = ({ lut }: Record<string, AttributeValue>): boolean => wallMs - Number(lut?.N) * 1_000 <= 2 * REPORT_INTERVAL_MS; // prettier-ignore
    return Items.filter((row) => isReport(row) && isFresh(row)).map((row) => row[key]?.S ?? '');
  }

  async leader(): Promise<LeaderRow | undefined> {
    const { table, key } = this.coordinator;
    const { Item } = await this.dynamodb.send(
      new GetItemCommand({ TableName: table, Key: { [key]: { S: 'Leader' } } }),
    );
    if (Item === undefined) return undefined;
    return { ownerName: Item.ownerName?.S ?? '', recordVersionNumber: Item.recordVersionNumber?.S ?? '' };
  }

  /** Takes the lock over the row that was seen, or where there is none; also the heartbeat of its owner. */
  async writeLeader(to: LeaderRow, seen: LeaderRow | undefined): Promise<boolean> {
    const { table, key } = this.coordinator;
    const command = new PutItemCommand({
      TableName: table,
      Item: {
        ...{ [key]: { S: 'Leader' }, ownerName: { S: to.ownerName } },
        ...{ leaseDuration: { S: String(LOCK_MS) }, recordVersionNumber: { S: to.recordVersionNumber } },
        ...this.entityType('LEADER'),
      },
      Expected: seen === undefined ? { [key]: { Exists: false } } : expecting(seen),
    });
    return this.dynamodb.send(command).then(() => true, isRefused);
  }

  /** SIGTERM: the row goes, a successor makes it anew. */
  async deleteLeader(mine: LeaderRow): Promise<void> {
    const { table, key } = this.coordinator;
    const command = new DeleteItemCommand({
      TableName: table,
      Key: { [key]: { S: 'Leader' } },
      Expected: expecting(mine),
    });
    await this.dynamodb.send(command).catch(isRefused);
  }

  private entityType(type: string): Record<string, AttributeValue> {
    return this.version === '3.5' ? { entityType: { S: type } } : {};
  }
}

const expecting = ({ ownerName, recordVersionNumber }: LeaderRow) => ({
  ownerName: { Value: { S: ownerName } },
  recordVersionNumber: { Value: { S: recordVersionNumber } },
});
