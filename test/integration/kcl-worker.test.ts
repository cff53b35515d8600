import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { createDynamoDBLeaseTable } from '../../kinesis-client/leases/dynamodb-lease-table';
import { systemClock } from '../../runtime/clock';
import { defaultsOf } from '../default-settings';
import { leaseFields } from '../../kinesis-client/leases/config';
import { startEmulators, type TestEmulators } from '../emulators';
import { startServiceProcess, type ServiceProcess } from '../service-process';
import { root } from '../source-tree';
import { freePorts } from '../started-stack';

let emulators: TestEmulators;
let folder: string;
const running: ServiceProcess[] = [];
beforeAll(async () => {
  emulators = await startEmulators({ streams: { events: 2 } });
  folder = await mkdtemp(join(tmpdir(), 'flotilla-kcl-'));
});
afterAll(async () => {
  for (const one of running) one.kill('SIGKILL');
  await emulators.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Of an application of aws-kcl: only the line that requires the library is another. Notes what it hears in a file. */
const application = (notes: string): string => `
  const { kcl } = require(${JSON.stringify(join(root, 'kinesis-client/multilang/kcl.ts'))});
  const { appendFileSync } = require('node:fs');
  let shardId;
  const note = (what) => appendFileSync(${JSON.stringify(notes)}, shardId + ' ' + what + '\\n');
  const recordProcessor = {
    initialize: function (input, completeCallback) {
      shardId = input.shardId;
      note('initialize');
      completeCallback();
    },
    processRecords: function (input, completeCallback) {
      for (const record of input.records) note(Buffer.from(record.data, 'base64').toString());
      const last = input.records[input.records.length - 1].sequenceNumber;
      input.checkpointer.checkpoint(last, (error) => {
        note('checkpoint ' + error);
        completeCallback();
      });
    },
    leaseLost: function (input, completeCallback) {
      note('leaseLost');
      completeCallback();
    },
    shardEnded: function (input, completeCallback) {
      input.checkpointer.checkpoint(() => completeCallback());
    },
    shutdownRequested: function (input, completeCallback) {
      note('shutdownRequested');
      input.checkpointer.checkpoint(() => completeCallback());
    },
  };
  kcl(recordProcessor).run();
`;

async function files(properties: readonly string[]) {
  const [notes, app, config] = ['notes', 'app.js', 'app.properties'].map((name) => join(folder, name)) as [string, string, string]; // prettier-ignore
  await writeFile(notes, '');
  await writeFile(app, application(notes));
  await writeFile(config, properties.join('\n'));
  return { notes: async () => (await readFile(notes, 'utf8')).trim().split('\n'), app, config };
}

async function start(config: string, app: string): Promise<ServiceProcess> {
  const port = await freePorts();
  const one = startServiceProcess('kinesis-client/multilang/main.ts', {
    FLOTILLA_KCL_PROPERTIES: config,
    FLOTILLA_KCL_PROCESSOR: app,
    FLOTILLA_METRICS_PORT: String(port),
    FLOTILLA_KINESIS_CLIENT_EMPTY_TABLE_WAIT_MAX_MS: '0',
    FLOTILLA_KINESIS_CLIENT_LOOK_INTERVAL_MS: '100',
  });
  running.push(one);
  return one;
}

describe('a worker in the place of the MultiLangDaemon', () => {
  it('#62 runs the file of an application of aws-kcl with its .properties file, and stops in order at SIGTERM', async () => {
    const { notes, app, config } = await files([
      'executableName = node app.js',
      'applicationName = my-app',
      'tableName = my-leases',
      'streamName = events',
      'initialPositionInStream = TRIM_HORIZON',
      'AWSCredentialsProvider = DefaultAWSCredentialsProviderChain',
      `kinesisEndpoint = ${emulators.kinesisEndpoint}`,
      `dynamoDBEndpoint = ${emulators.dynamodbEndpoint}`,
      'idleTimeBetweenReadsInMillis = 200',
    ]);
    const words = Array.from({ length: 20 }, (_, i) => `word${i}`);
    const Records = words.map((word) => ({ PartitionKey: word, Data: Buffer.from(word) }));
    await emulators.kinesis.send(new PutRecordsCommand({ StreamName: 'events', Records }));
    const worker = await start(config, app);
    await worker.ready;
    const read = async () => (await notes()).flatMap((line) => /word\d+$/.exec(line)?.[0] ?? []).sort();
    for (let tries = 0; tries < 400 && (await read()).length < words.length; tries++) await systemClock.sleep(20);
    worker.kill('SIGTERM');
    expect(await worker.ended).toBe(0);

    expect(await read()).toEqual([...words].sort());
    const heard = await notes();
    for (const shardId of ['shardId-000000000000', 'shardId-000000000001']) {
      const ofShard = heard.filter((line) => line.startsWith(shardId)).map((line) => line.slice(shardId.length + 1));
      expect([ofShard[0], ...ofShard.slice(-2)]).toEqual(['initialize', 'shutdownRequested', 'leaseLost']);
      expect(ofShard).toContain('checkpoint null');
    }
    const table = createDynamoDBLeaseTable({
      ...{ dynamodb: emulators.dynamodb, tableName: 'my-leases', clock: systemClock },
      settings: defaultsOf(leaseFields),
    });
    const { leases } = await table.scan();
    expect(leases.map(({ leaseOwner, checkpoint }) => [leaseOwner, /^\d+$/.test(checkpoint.sequenceNumber)])).toEqual([
      [undefined, true],
      [undefined, true],
    ]);
  });

  it('does not start, and says all that is wrong with the file, with exit code 78', async () => {
    const { app, config } = await files(['failoverTimeMillis = soon', 'AwsCredentialsProvider = com.acme.Secret']);
    const worker = await start(config, app);
    expect(await worker.ended).toBe(78);
    for (const fault of [
      'failoverTimeMillis is soon',
      'com.acme.Secret has no equivalent',
      'streamName or streamArn',
      'applicationName must',
    ])
      expect(worker.output()).toContain(fault);
  });
});
