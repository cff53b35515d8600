/**
 * What a lease table needs of every DynamoDB that we run against, through the AWS SDK: one suite, called with a way to
 * start an emulator. `dynamodb-front.test.ts` runs it against our front, `dynamodb-local.test.ts` against Amazon's
 * emulator, `fake-dynamodb.test.ts` against a DynamoDB in memory.
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
import { everyTest, type Tests } from '../differences';

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

export function dynamodbBehaviour(start: () => Promise<RunningDynamoDB>, { describe, it }: Tests = everyTest): void {
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

  for (const way of ['expression', 'legacy Expected'] as const)
    describe(`a conditional write with ${way}`, () => {
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

  describe('a row', () => {
    it('is made only where there is none', async () => {
      const create = () =>
        dynamodb.send(
          new PutItemCommand({ TableName, Item: lease('made', 1), ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': 'leaseKey' } }),
        ); // prettier-ignore
      await create();
      await expect(create()).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    });

    it('that is not there is neither updated nor made by an update with a condition', async () => {
      const command = new UpdateItemCommand({ TableName, Key: keyOf('never'), ...ways.expression(1, 2) });
      await expect(dynamodb.send(command)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
      expect(await get('never')).toBeUndefined();
    });

    it('that is not there is made by an update without one', async () => {
      const ExpressionAttributeValues = { ':one': { N: '1' } };
      await dynamodb.send(
        new UpdateItemCommand({ TableName, Key: keyOf('upsert'), UpdateExpression: 'SET leaseCounter = :one', ExpressionAttributeValues }),
      ); // prettier-ignore
      expect(await get('upsert')).toEqual({ ...keyOf('upsert'), leaseCounter: { N: '1' } });
    });

    it('loses what an update removes, counts up what it adds to, and keeps the rest', async () => {
      await put({ ...lease('changed', 7), checkpoint: { S: 'TRIM_HORIZON' }, pending: { S: '1' } });
      const { Attributes } = await dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: keyOf('changed'),
          UpdateExpression: 'SET #checkpoint = :end REMOVE leaseOwner, pending ADD leaseCounter :one, switches :one',
          ExpressionAttributeNames: { '#checkpoint': 'checkpoint' },
          ExpressionAttributeValues: { ':end': { S: 'SHARD_END' }, ':one': { N: '1' } },
          ReturnValues: 'ALL_NEW',
        }),
      );
      const expected = { ...keyOf('changed'), leaseCounter: { N: '8' }, switches: { N: '1' }, checkpoint: { S: 'SHARD_END' } }; // prettier-ignore
      expect(Attributes).toEqual(expected);
      expect(await get('changed')).toEqual(expected);
    });

    it('loses and counts the same in the legacy way', async () => {
      await put({ ...lease('legacy', 7), checkpoint: { S: 'TRIM_HORIZON' } });
      const { Attributes } = await dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: keyOf('legacy'),
          AttributeUpdates: {
            leaseOwner: { Action: 'DELETE' },
            leaseCounter: { Action: 'ADD', Value: { N: '1' } },
            checkpoint: { Action: 'PUT', Value: { S: 'SHARD_END' } },
          },
          Expected: { leaseCounter: { Value: { N: '7' } }, checkpointOwner: { Exists: false } },
          ReturnValues: 'ALL_NEW',
        }),
      );
      expect(Attributes).toEqual({ ...keyOf('legacy'), leaseCounter: { N: '8' }, checkpoint: { S: 'SHARD_END' } });
    });

    for (const [what, Expected] of [
      ['must not be there and is', { leaseOwner: { Exists: false } }],
      ['must have another value', { leaseOwner: { Value: { S: 'you' } } }],
      ['must be there and is not', { checkpointOwner: { Value: { S: 'you' } } }],
    ] as const)
      it(`is refused in the legacy way when an attribute ${what}`, async () => {
        await put(lease('expected', 1));
        const AttributeUpdates = { leaseCounter: { Action: 'PUT', Value: { N: '2' } } } as const;
        const command = new UpdateItemCommand({ TableName, Key: keyOf('expected'), AttributeUpdates, Expected });
        await expect(dynamodb.send(command)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
        expect(await get('expected')).toEqual(lease('expected', 1));
      });

    it('is compared by the value of its numbers, and never across types', async () => {
      await put(lease('typed', 10));
      const tried = (n: AttributeValue) =>
        dynamodb
          .send(
            new UpdateItemCommand({
              TableName,
              Key: keyOf('typed'),
              UpdateExpression: 'SET leaseOwner = :me',
              ConditionExpression: 'leaseCounter = :n',
              ExpressionAttributeValues: { ':n': n, ':me': { S: 'me' } },
            }),
          )
          .then(
            () => 'applied',
            (error: Error) => error.name,
          );
      expect(await tried({ N: '10.0' })).toBe('applied');
      expect(await tried({ S: '10' })).toBe('ConditionalCheckFailedException');
    });

    it('is deleted when its condition holds, and kept when it does not', async () => {
      await put({ ...lease('ended', 1), checkpoint: { S: '100' } });
      const remove = () =>
        dynamodb.send(
          new DeleteItemCommand({
            TableName,
            Key: keyOf('ended'),
            ConditionExpression: '#checkpoint = :end AND attribute_not_exists(#pending)',
            ExpressionAttributeNames: { '#checkpoint': 'checkpoint', '#pending': 'pendingCheckpoint' },
            ExpressionAttributeValues: { ':end': { S: 'SHARD_END' } },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
      await expect(remove()).rejects.toMatchObject({ Item: { ...lease('ended', 1), checkpoint: { S: '100' } } });
      await put({ ...lease('ended', 1), checkpoint: { S: 'SHARD_END' } });
      await remove();
      expect(await get('ended')).toBeUndefined();
      await expect(remove()).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: undefined });
    });

    it('is seen by a consistent read as soon as it was written', async () => {
      for (let i = 1; i <= 20; i++) {
        await put(lease('fresh', i));
        const command = new GetItemCommand({ TableName, Key: keyOf('fresh'), ConsistentRead: true });
        expect((await dynamodb.send(command)).Item).toEqual(lease('fresh', i));
      }
    });

    it('keeps sets of texts without their order', async () => {
      await put({ ...keyOf('sets'), parents: { SS: ['b', 'a'] } });
      const { parents } = (await get('sets')) as Item;
      expect([...(parents!.SS as string[])].sort()).toEqual(['a', 'b']);
    });
  });

  for (const [name, command] of [
    ['PutItem', (more: object) => new PutItemCommand({ TableName, Item: lease('k', 9), ...more })],
    ['DeleteItem', (more: object) => new DeleteItemCommand({ TableName, Key: keyOf('k'), ...more })],
  ] as const)
    it(`${name} gives the item that refused it too`, async () => {
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

  for (const [what, more, name] of [
    ['an unknown table', { TableName: 'none-such' }, 'ResourceNotFoundException'],
    ['a broken expression', { TableName, ConditionExpression: 'leaseCounter = ' }, 'ValidationException'],
    ['an unknown way to return the item', { TableName, ReturnValuesOnConditionCheckFailure: 'ALL' as 'ALL_OLD' }, 'ValidationException'],
  ] as const)
    it(`refuses ${what}`, async () => {
      await expect(dynamodb.send(new PutItemCommand({ Item: lease('x', 1), ...more }))).rejects.toMatchObject({ name });
    }); // prettier-ignore
}
