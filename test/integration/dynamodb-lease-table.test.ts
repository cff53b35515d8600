import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { createDynamoDBLeaseTable } from '../../kinesis-client/leases/dynamodb-lease-table';
import { holdLease } from '../../kinesis-client/leases/held-lease';
import { renewal, taking } from '../../kinesis-client/leases/lease-writes';
import { leaseTableConformance, type TableUnderTest } from '../lease-table-conformance';
import { createDynamoDBFront } from '../../local/dynamodb/dynamodb-front';
import { createWire } from '../../local/faults/pass-call';
import { systemClock } from '../../runtime/clock';
import { systemRandom } from '../../runtime/random';
import { kclRows } from '../kcl-rows';
import { aLease, at } from '../lease-builders';

/** Without types of its own. */
const dynalite = createRequire(__filename)('dynalite') as (options: object) => Server;

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
const close = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve));

const clientOf = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });

const settings = { tableReadyTimeoutMs: 5_000, tableReadyPollMs: 10 };

interface DynamoDB {
  readonly endpoint: string;
  stop(): Promise<unknown>;
}

async function startDynalite(): Promise<DynamoDB> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return { endpoint: await listen(server), stop: () => close(server) };
}

async function startFront(): Promise<DynamoDB> {
  const front = createDynamoDBFront({ wire: createWire(systemClock), clock: systemClock });
  const port = await front.listen(0, '127.0.0.1');
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => front.close() };
}

describe.each([
  ['leaves the old item out of a failed condition, as dynalite', startDynalite],
  ['answers it, as DynamoDB itself', startFront],
])('the lease table in a DynamoDB that %s', (_how, start) => {
  let dynamo: DynamoDB;
  let tables = 0;
  beforeAll(async () => {
    dynamo = await start();
  });
  afterAll(() => dynamo.stop());

  const open = (): Promise<TableUnderTest> => {
    const [dynamodb, behind] = [clientOf(dynamo.endpoint), clientOf(dynamo.endpoint)];
    const tableName = `leases-${tables++}`;
    return Promise.resolve({
      table: createDynamoDBLeaseTable({ dynamodb, tableName, settings, clock: systemClock }),
      readRow: async (leaseKey: string) => {
        const command = new GetItemCommand({ TableName: tableName, Key: { leaseKey: { S: leaseKey } } });
        return (await behind.send(command)).Item;
      },
      putRow: async (row) => {
        await behind.send(new PutItemCommand({ TableName: tableName, Item: row }));
      },
      close: () => {
        dynamodb.destroy();
        behind.destroy();
        return Promise.resolve();
      },
    });
  };
  leaseTableConformance(open, () => kclRows('lease table conformance').map(({ row }) => row));

  it('is made by one of several workers that start at once', async () => {
    const { table, close: done } = await open();
    const answers = await Promise.all([table.ensure(), table.ensure(), table.ensure()]);
    expect(answers.sort()).toEqual(['created', 'existed', 'existed']);
    await done();
  });
});

describe('the name of a lease table that leads', () => {
  const front = createDynamoDBFront({
    wire: createWire(systemClock),
    clock: systemClock,
    createTableMs: 150,
    deleteTableMs: 150,
  });
  let dynamodb: DynamoDBClient;
  beforeAll(async () => {
    dynamodb = clientOf(`http://127.0.0.1:${await front.listen(0, '127.0.0.1')}`);
  });
  afterAll(async () => {
    dynamodb.destroy();
    await front.close();
  });
  const open = (tableName: string) => createDynamoDBLeaseTable({ dynamodb, tableName, settings, clock: systemClock });
  const make = (TableName: string, key: string, range: readonly string[] = []) =>
    dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [key, ...range].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        KeySchema: [
          { AttributeName: key, KeyType: 'HASH' },
          ...range.map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' as const })),
        ],
      }),
    );

  it('nowhere: it is made, and waited for with one word', async () => {
    const heard: string[] = [];
    expect(await open('new').ensure((status) => heard.push(status))).toBe('created');
    expect(heard).toEqual(['CREATING']);
  });

  it('to a table that is being deleted: when it is gone it is made', async () => {
    await open('going').ensure();
    await dynamodb.send(new DeleteTableCommand({ TableName: 'going' }));
    const heard: string[] = [];
    expect(await open('going').ensure((status) => heard.push(status))).toBe('created');
    expect(heard).toEqual(['DELETING', 'CREATING']);
    expect((await open('going').scan()).leases).toEqual([]);
  });

  it.each([
    ['another key', 'id', [], /^table another-key is no lease table: its key is id \(HASH, S\), expected is leaseKey/],
    ['a range key', 'leaseKey', ['at'], /its key is leaseKey \(HASH, S\) and at \(RANGE, S\), expected/],
  ])('to a table of another program, with %s: the start refuses it', async (what, key, range, says) => {
    const tableName = what.replaceAll(' ', '-');
    await make(tableName, key, range);
    await expect(open(tableName).ensure()).rejects.toMatchObject({
      code: 'FLOTILLA_WRONG_LEASE_TABLE',
      message: expect.stringMatching(says) as string,
    });
  });
});

describe('a held lease over HTTP', () => {
  const wire = createWire(systemClock);
  const front = createDynamoDBFront({ wire, clock: systemClock });
  let dynamodb: DynamoDBClient;
  beforeAll(async () => {
    dynamodb = clientOf(`http://127.0.0.1:${await front.listen(0, '127.0.0.1')}`);
  });
  afterAll(async () => {
    dynamodb.destroy();
    await front.close();
  });

  const state = new TextEncoder().encode('plan');

  const takeOne = async (tableName: string, leaseDurationMs = 10_000) => {
    const table = createDynamoDBLeaseTable({ dynamodb, tableName, settings, clock: systemClock });
    await table.ensure();
    await table.create(aLease('shard-0', { checkpoint: at(100) }));
    const sentMs = systemClock.monotonicMs();
    const take = taking(aLease('shard-0', { checkpoint: at(100) }), 'me', 0);
    expect(await table.write(take)).toEqual({ kind: 'written' });
    const held = holdLease(take.after, sentMs, {
      ...{ table, clock: systemClock, random: systemRandom, leaseDurationMs, retryMaxMs: 50 },
      onRetry: () => undefined,
    });
    return { table, held };
  };
  /** Holds the first write to the table, and gives back a way to let it go. */
  const holdWrite = (tableName: string, when: 'before' | 'after') => {
    const id = wire.gate.hold({ service: 'dynamodb', operation: 'UpdateItem', resource: tableName, when }) ?? '';
    return { held: () => wire.gate.held(id, 5_000), release: (then: 'apply' | 'drop') => wire.gate.release(id, then) };
  };

  it.each([
    ['applied, its answer lost', 'after'],
    ['lost before it was applied', 'before'],
  ] as const)('settles a prepare that was %s', async (_how, when) => {
    const tableName = `lost-${when}`;
    const { table, held } = await takeOne(tableName);
    const gated = holdWrite(tableName, when);
    const written = held.prepare(at(200, 5), state);
    expect(await gated.held()).toBe(1);
    gated.release('drop');
    expect(await written).toBe('written');
    expect(await table.get('shard-0')).toMatchObject({ leaseCounter: 2n, pending: { checkpoint: at(200, 5) } });
    expect(await held.commit()).toBe('written');
    held.drop('stopped');
  });

  it('counts once a prepare that was sent twice, when both requests are applied late', async () => {
    const { table, held } = await takeOne('late', 2_500);
    const gated = holdWrite('late', 'before');
    const written = held.prepare(at(200, 5), state);
    while (((await gated.held()) ?? 0) < 2) await systemClock.sleep(20);
    gated.release('apply');
    expect(await written).toBe('written');
    expect(await held.commit()).toBe('written');
    expect(await table.get('shard-0')).toMatchObject({ leaseCounter: 3n, checkpoint: at(200, 5) });
    held.drop('stopped');
  });
});

describe('what the lease table says of a DynamoDB that fails', () => {
  /** A server that always answers the same. */
  const answering = async (status: number, type: string): Promise<{ endpoint: string; server: Server }> => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'words' }));
    });
    return { server, endpoint: await listen(server) };
  };
  const tableAt = (dynamodb: DynamoDBClient) =>
    createDynamoDBLeaseTable({ dynamodb, tableName: 'leases', settings, clock: systemClock });

  it.each([
    [400, 'ProvisionedThroughputExceededException', 'FLOTILLA_THROTTLED'],
    [400, 'ThrottlingException', 'FLOTILLA_THROTTLED'],
    [500, 'InternalServerError', 'FLOTILLA_UNAVAILABLE'],
    [503, 'ServiceUnavailable', 'FLOTILLA_UNAVAILABLE'],
    [400, 'AccessDeniedException', 'FLOTILLA_AWS_REFUSED'],
    [400, 'ResourceNotFoundException', 'FLOTILLA_AWS_REFUSED'],
  ])('status %i with %s is %s', async (status, type, code) => {
    const { server, endpoint } = await answering(status, type);
    const dynamodb = clientOf(endpoint);
    const table = tableAt(dynamodb);
    const write = renewal(aLease('shard-0'));
    const calls = [table.scan(), table.get('shard-0'), table.write(write), table.create(aLease('shard-0'))];
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject({ code })));
    if (type === 'AccessDeniedException')
      await expect(table.write(write)).rejects.toThrow(
        'UpdateItem (renew) on table leases is not allowed: give the IAM role of this process the permission dynamodb:UpdateItem on it',
      );
    dynamodb.destroy();
    await close(server);
  });

  it('a server that is not there is unavailable', async () => {
    const { server, endpoint } = await answering(200, '');
    await close(server);
    const dynamodb = clientOf(endpoint);
    await expect(tableAt(dynamodb).scan()).rejects.toMatchObject({ code: 'FLOTILLA_UNAVAILABLE', kind: 'retryable' });
    dynamodb.destroy();
  });
});
