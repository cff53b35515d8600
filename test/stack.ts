/**
 * A stack for tests that kill what is real: the emulators in the test's own process, where their gate can hold calls, and
 * services as processes of their own on free ports, with short times. Stop it in afterAll.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { startEmulators, type TestEmulators, type TestEmulatorsOptions } from './emulators';
import { startServiceProcess, type ServiceProcess } from './service-process';

export interface Stack {
  readonly emulators: TestEmulators;
  /** Starts `enricher/main.ts` or its like. `settings` are environment variables over those of the stack. */
  spawn(main: string, settings?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** Kills every process that still runs, then stops the emulators. */
  stop(): Promise<void>;
}

/** Short enough for tests on a busy machine, long enough that a healthy worker never loses a lease by accident. */
const shortTimes = {
  FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: '1500',
  FLOTILLA_KINESIS_CLIENT_LOOK_INTERVAL_MS: '100',
  FLOTILLA_KINESIS_CLIENT_FETCH_IDLE_MS: '200',
  FLOTILLA_KINESIS_CLIENT_EMPTY_TABLE_WAIT_MAX_MS: '0',
  FLOTILLA_KINESIS_CLIENT_TABLE_READY_POLL_MS: '10',
  FLOTILLA_S3_BATCH_AGE_MS: '200',
  FLOTILLA_S3_BACKOFF_MAX_MS: '500',
};

export async function startStack(
  options: TestEmulatorsOptions & { readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<Stack> {
  const emulators = await startEmulators(options);
  const running = new Set<ServiceProcess>();
  return {
    emulators,
    async spawn(main, settings = {}) {
      const service = startServiceProcess(main, {
        FLOTILLA_AWS_KINESIS_ENDPOINT: emulators.kinesisEndpoint,
        FLOTILLA_AWS_DYNAMODB_ENDPOINT: emulators.dynamodbEndpoint,
        FLOTILLA_AWS_S3_ENDPOINT: emulators.s3Endpoint,
        FLOTILLA_METRICS_PORT: String(await freePort()),
        ...shortTimes,
        ...options.settings,
        ...settings,
      });
      running.add(service);
      void service.ended.then(() => running.delete(service));
      return service;
    },
    async stop() {
      const all = [...running];
      for (const service of all) service.kill('SIGKILL');
      await Promise.all(all.map((service) => service.ended));
      await emulators.stop();
    },
  };
}

/** Free a moment ago: a service that finds it taken fails to start. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
