import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoDBKcl3Rows } from '../../kinesis-client/leases/dynamodb-kcl3-rows';
import { createDynamoDBLeaseTable } from '../../kinesis-client/leases/dynamodb-lease-table';
import type { Row } from '../../kinesis-client/leases/lease-row';
import { createDynamoDBFront } from '../../local/dynamodb/dynamodb-front';
import { createWire } from '../../local/faults/pass-call';
import { systemClock } from '../../runtime/clock';

const metrics = (lut: number): Row => ({ lut: { N: String(lut) }, sts: { M: {} }, opr: { M: {} } });

describe('the rows of Java 3.x workers in DynamoDB', () => {
  const front = createDynamoDBFront({ wire: createWire(systemClock), clock: systemClock });
  let dynamodb: DynamoDBClient;
  /** Each call as `GetItem my-app`, newest last. */
  const calls: string[] = [];
  /** Calls with such a name fail with this error. */
  let failing: { readonly call: RegExp; readonly error: Error } | undefined;
  beforeAll(async () => {
    dynamodb = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${await front.listen(0, '127.0.0.1')}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    dynamodb.middlewareStack.add(
      (next, context) => (args) => {
        const call = `${context.commandName?.replace('Command', '')} ${(args.input as { TableName: string }).TableName}`;
        calls.push(call);
        if (failing?.call.test(call) === true) throw failing.error;
        return next(args);
      },
      { step: 'initialize' },
    );
  });
  beforeEach(() => {
    failing = undefined;
  });
  afterAll(async () => {
    dynamodb.destroy();
    await front.close();
  });

  const makeTable = (TableName: string, key: string) =>
    dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      }),
    );
  const put = (TableName: string, Item: Row) => dynamodb.send(new PutItemCommand({ TableName, Item: { ...Item } }));
  const open = (tableName: string) => {
    const settings = { tableReadyTimeoutMs: 5_000, tableReadyPollMs: 10 };
    const table = createDynamoDBLeaseTable({ dynamodb, tableName, settings, clock: systemClock });
    return { rows: createDynamoDBKcl3Rows({ dynamodb, table, tableName }) };
  };
  const callsOf = async (run: () => Promise<unknown>): Promise<string[]> => {
    calls.length = 0;
    await run();
    return [...calls];
  };

  it('no tables at all: no fleet; both are asked for each time, since one may come later', async () => {
    const { rows } = open('new');
    expect(await rows.read()).toEqual({ reports: new Map() });
    expect(await callsOf(() => rows.read())).toEqual(['GetItem new', 'GetItem new-CoordinatorState']);
  });

  it('3.5 keeps all in the lease table, which is scanned only while its fleet runs alone', async () => {
    await makeTable('single', 'leaseKey');
    const version = (cv: string) =>
      put('single', {
        leaseKey: { S: 'Migration3.0' },
        entityType: { S: 'CLIENT_VERSION_MIGRATION' },
        cv: { S: cv },
      });
    const { rows } = open('single');
    await put('single', { leaseKey: { S: 'w3' }, entityType: { S: 'WORKER_METRIC_STATS' }, ...metrics(100) });
    await put('single', { leaseKey: { S: 'later' }, entityType: { S: 'WHAT_MAY_COME' }, lut: { N: '5' } });

    await version('CLIENT_VERSION_UPGRADE_FROM_2X');
    expect(await callsOf(() => rows.read())).toEqual(['GetItem single']);
    await version('CLIENT_VERSION_3X');
    expect(await rows.read()).toEqual({
      clientVersion: { cv: 'CLIENT_VERSION_3X', tableName: 'single' },
      reports: new Map([['w3', '100']]),
    });
  });

  it('3.0 to 3.4 keep it in tables of their own, also when there is no lease table yet', async () => {
    await makeTable('legacy-CoordinatorState', 'key');
    await makeTable('legacy-WorkerMetricStats', 'wid');
    await put('legacy-WorkerMetricStats', { wid: { S: 'w34' }, ...metrics(100) });
    const { rows } = open('legacy');
    expect(await rows.read()).toEqual({ reports: new Map() });
    expect(await callsOf(() => rows.read())).toEqual(['GetItem legacy', 'GetItem legacy-CoordinatorState']);
    await put('legacy-CoordinatorState', {
      key: { S: 'Migration3.0' },
      cv: { S: 'CLIENT_VERSION_3X_WITH_ROLLBACK' },
    });
    const fleet = {
      clientVersion: { cv: 'CLIENT_VERSION_3X_WITH_ROLLBACK', tableName: 'legacy-CoordinatorState' },
      reports: new Map([['w34', '100']]),
    };
    expect(await rows.read()).toEqual(fleet);
    await makeTable('legacy', 'leaseKey');
    expect(await rows.read()).toEqual(fleet);
  });

  it('a fleet that moved to the lease table is judged by what it says there', async () => {
    await makeTable('moved', 'leaseKey');
    await makeTable('moved-CoordinatorState', 'key');
    await put('moved-CoordinatorState', { key: { S: 'Migration3.0' }, cv: { S: 'CLIENT_VERSION_3X' } });
    await put('moved', { leaseKey: { S: 'Migration3.0' }, cv: { S: 'CLIENT_VERSION_2X' }, entityType: { S: 'X' } });
    expect((await open('moved').rows.read()).clientVersion?.cv).toBe('CLIENT_VERSION_2X');
  });

  it('a table of another program is none of theirs', async () => {
    await makeTable('other', 'id');
    expect(await open('other').rows.read()).toEqual({ reports: new Map() });
  });

  const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });

  it.each(['GetItem refused-CoordinatorState', 'Scan refused-WorkerMetricStats'])(
    'without the permission of %s there is no fleet, and why is said',
    async (call) => {
      if (call.startsWith('Scan')) {
        await makeTable('refused-CoordinatorState', 'key');
        await put('refused-CoordinatorState', { key: { S: 'Migration3.0' }, cv: { S: 'CLIENT_VERSION_3X' } });
      }
      failing = { call: new RegExp(`^${call}$`), error: denied };
      const { reports, unreadable } = await open('refused').rows.read();
      expect(reports.size).toBe(0);
      expect(unreadable?.message).toMatch(/is not allowed: .*dynamodb:(GetItem|Scan) on it/);
    },
  );

  it('without permission to read the lease table itself nothing can work', async () => {
    failing = { call: /^GetItem closed$/, error: denied };
    await expect(open('closed').rows.read()).rejects.toThrow('GetItem on table closed is not allowed');
  });

  it('what may heal is told apart', async () => {
    failing = { call: /^GetItem slow/, error: Object.assign(new Error('slow'), { name: 'ThrottlingException' }) };
    await expect(open('slow').rows.read()).rejects.toMatchObject({ code: 'FLOTILLA_THROTTLED' });
  });
});
