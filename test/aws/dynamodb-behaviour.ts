/**
 * What a lease table needs of every DynamoDB that we run against, through the AWS SDK: one suite, called with a way to
 * start an emulator. `dynamodb-front.test.ts` runs it against our front.
 */
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  waitUntilTableExists,
  type AttributeValue,
  type DynamoDBClient,
  type UpdateItemInput,
} from '@aws-sdk/client-dynamodb';

export interface RunningDynamoDB {
  readonly dynamodb: DynamoDBClient;
  stop(): Promise<void>;
}

type Item = Record<string, AttributeValue>;
const TableName = 'leases';
const keyOf = (n: number | string): Item => ({ leaseKey: { S: `shardId-${n}` } });
const lease = (n: number | string, leaseCounter: number, owner = 'me'): Item => ({
  ...keyOf(n),
  leaseCounter: { N: String(leaseCounter) },
  leaseOwner: { S: owner },
});

export function dynamodbBehaviour(start: () => Promise<RunningDynamoDB>): void {
  let running: RunningDynamoDB;
  let dynamodb: DynamoDBClient;
  beforeAll(async () => {
    running = await start();
    dynamodb = running.dynamodb;
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: ['leaseKey', 'leaseOwner'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S',
        })),
        KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-owner',
            KeySchema: [{ AttributeName: 'leaseOwner', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
    await waitUntilTableExists({ client: dynamodb, minDelay: 1, maxWaitTime: 20 }, { TableName });
  });
  afterAll(() => running.stop());

  const put = (Item: Item) => dynamodb.send(new PutItemCommand({ TableName, Item }));
  const get = async (n: number | string) =>
    (await dynamodb.send(new GetItemCommand({ TableName, Key: keyOf(n) }))).Item;
  async function scanAll(input: object): Promise<{ items: Item[]; pages: number }> {
    const items: Item[] = [];
    let pages = 0;
    for (let ExclusiveStartKey: Item | undefined; ; pages++) {
      const page = await dynamodb.send(new ScanCommand({ TableName, ExclusiveStartKey, ...input }));
      items.push(...(page.Items ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
      if (!ExclusiveStartKey) return { items, pages: pages + 1 };
    }
  }

  /** The two ways to say "the counter is still n": today's, and the one the Java KCL uses. */
  const ways = {
    expression: (n: number, to: number): Omit<UpdateItemInput, 'TableName' | 'Key'> => ({
      UpdateExpression: 'SET leaseCounter = :to',
      ConditionExpression: 'leaseCounter = :n',
      ExpressionAttributeValues: { ':n': { N: String(n) }, ':to': { N: String(to) } },
    }),
    'legacy Expected': (n: number, to: number): Omit<UpdateItemInput, 'TableName' | 'Key'> => ({
      AttributeUpdates: { leaseCounter: { Action: 'PUT', Value: { N: String(to) } } },
      Expected: { leaseCounter: { Value: { N: String(n) } } },
    }),
  };

  describe.each(['expression', 'legacy Expected'] as const)('a conditional write with %s', (way) => {
    const update = (n: string, from: number, to: number, more: Partial<UpdateItemInput> = {}) =>
      dynamodb.send(new UpdateItemCommand({ TableName, Key: keyOf(n), ...ways[way](from, to), ...more }));
    const refusal = (request: Promise<unknown>): Promise<ConditionalCheckFailedException> =>
      request.then(
        () => {
          throw new Error('the write was applied');
        },
        (error: unknown) => {
          expect(error).toBeInstanceOf(ConditionalCheckFailedException);
          return error as ConditionalCheckFailedException;
        },
      );

    it('is applied when the condition holds, and gives the new item when asked', async () => {
      await put(lease(way, 1));
      const { Attributes } = await update(way, 1, 2, { ReturnValues: 'ALL_NEW' });
      expect(Attributes).toEqual(lease(way, 2));
      expect(await get(way)).toEqual(lease(way, 2));
    });

    it('is refused when it does not, and changes nothing', async () => {
      await put(lease(way, 5));
      const error = await refusal(update(way, 4, 6));
      expect(error.Item).toBeUndefined();
      expect(await get(way)).toEqual(lease(way, 5));
    });

    it('gives the item that refused it when asked with ALL_OLD', async () => {
      await put(lease(way, 5));
      const error = await refusal(update(way, 4, 6, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
      expect(error.Item).toEqual(lease(way, 5));
    });

    it('gives no item when there is none', async () => {
      const error = await refusal(update(`${way}-absent`, 4, 6, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
      expect(error.Item).toBeUndefined();
    });

    it('is won by exactly one of many at once', async () => {
      await put(lease(way, 1));
      const tries = Array.from({ length: 20 }, (_, i) =>
        update(way, 1, 100 + i, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }).then(
          () => 'won' as const,
          (error: unknown) => (error as ConditionalCheckFailedException).Item,
        ),
      );
      const results = await Promise.all(tries);
      expect(results.filter((one) => one === 'won')).toHaveLength(1);
      const stored = await get(way);
      for (const one of results) if (one !== 'won') expect(one).toEqual(stored);
    });
  });

  it.each([
    ['PutItem', (more: object) => new PutItemCommand({ TableName, Item: lease('k', 9), ...more })],
    ['DeleteItem', (more: object) => new DeleteItemCommand({ TableName, Key: keyOf('k'), ...more })],
  ])('%s gives the item that refused it too', async (_name, command) => {
    await put(lease('k', 3));
    const request = dynamodb.send(
      command({
        ConditionExpression: 'attribute_not_exists(leaseKey)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }) as PutItemCommand,
    );
    await expect(request).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: lease('k', 3) });
  });

  it('Scan gives every item once, in pages and in segments', async () => {
    const present = (await scanAll({})).items.length;
    for (let i = 0; i < 23; i++) await put(lease(`page-${i}`, i));
    const paged = await scanAll({ Limit: 5, ConsistentRead: true });
    expect(paged.pages).toBeGreaterThanOrEqual(5);
    const keys = (items: readonly Item[]): string[] => items.map((item) => item.leaseKey!.S as string).sort();
    expect(new Set(keys(paged.items)).size).toBe(paged.items.length);
    expect(paged.items).toHaveLength(present + 23);
    const segments = await Promise.all([0, 1, 2].map((Segment) => scanAll({ Segment, TotalSegments: 3, Limit: 4 })));
    expect(keys(segments.flatMap((segment) => segment.items))).toEqual(keys(paged.items));
  });

  it('an index that was made with the table follows its items', async () => {
    const ownedBy = async (owner: string): Promise<(string | undefined)[]> => {
      const { Items = [] } = await dynamodb.send(
        new QueryCommand({
          TableName,
          IndexName: 'by-owner',
          KeyConditionExpression: 'leaseOwner = :owner',
          ExpressionAttributeValues: { ':owner': { S: owner } },
        }),
      );
      return Items.map((item) => item.leaseKey?.S);
    };
    await put(lease('indexed', 1, 'you'));
    expect(await ownedBy('you')).toEqual(['shardId-indexed']);
    await put(lease('indexed', 2, 'she'));
    expect([await ownedBy('you'), await ownedBy('she')]).toEqual([[], ['shardId-indexed']]);
  });

  it('binary and large counters come back exactly', async () => {
    const Item = {
      ...keyOf('exact'),
      state: { B: Uint8Array.from([0, 255, 128]) },
      n: { N: '12345678901234567890123' },
    };
    await put(Item);
    expect(await get('exact')).toEqual(Item);
  });

  it.each([
    ['an unknown table', { TableName: 'none-such' }, 'ResourceNotFoundException'],
    ['a broken expression', { TableName, ConditionExpression: 'leaseCounter = ' }, 'ValidationException'],
    ['an unknown way to return the item', { TableName, ReturnValuesOnConditionCheckFailure: 'ALL' as 'ALL_OLD' }, 'ValidationException'],
  ])('refuses %s', async (_what, more, name) => {
    await expect(dynamodb.send(new PutItemCommand({ Item: lease('x', 1), ...more }))).rejects.toMatchObject({ name });
  }); // prettier-ignore
}
