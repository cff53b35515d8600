/** kinesis-local (kinesis-mock), the second emulator of Kinesis, as a process of its own that keeps everything in memory. */
import { dirname, join } from 'node:path';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { emulatorAwsSettings } from '../../local/emulators';
import { createKinesisClient } from '../../runtime/aws-clients';
import { freePortsOf, startProgram } from './start-program';

/** How long a stream is CREATING, UPDATING and so on there: the default of 500 ms would be most of the test's time. */
const STEPS = [
  'CREATE_STREAM', 'DELETE_STREAM', 'SPLIT_SHARD', 'MERGE_SHARDS', 'UPDATE_SHARD_COUNT', 'REGISTER_STREAM_CONSUMER',
  'DEREGISTER_STREAM_CONSUMER',
] as const; // prettier-ignore

export async function startKinesisLocal(): Promise<{ readonly kinesis: KinesisClient; stop(): Promise<void> }> {
  const folder = dirname(require.resolve('kinesis-local/package.json'));
  const [plainPort, tlsPort] = (await freePortsOf(2)) as [number, number];
  const stopProgram = await startProgram({
    command: process.execPath,
    args: ['--require', join(__dirname, 'loopback-only.js'), join(folder, 'main.js')],
    folder,
    environment: {
      KINESIS_MOCK_PLAIN_PORT: String(plainPort),
      KINESIS_MOCK_TLS_PORT: String(tlsPort),
      KINESIS_MOCK_CERT_PATH: join(folder, 'server.json'),
      SHARD_LIMIT: '1000',
      LOG_LEVEL: 'ERROR',
      ...Object.fromEntries(STEPS.map((step) => [`${step}_DURATION`, '10ms'])),
    },
    isReady: async () => (await fetch(`http://127.0.0.1:${plainPort}/healthcheck`)).ok,
  });
  const kinesis = createKinesisClient(emulatorAwsSettings('127.0.0.1', { kinesis: plainPort, dynamodb: 0, s3: 0 }));
  return {
    kinesis,
    async stop() {
      kinesis.destroy(); // it would wait for idle connections
      await stopProgram();
    },
  };
}
