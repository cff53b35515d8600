/**
 * The real S3 adapter over HTTP against the local S3: the same suite as the fake, and the sink's probe.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { emulatorAwsSettings } from '../../local/emulators';
import { closeWire, createWire, type Wire } from '../../local/faults/pass-call';
import { createS3Server, type S3Server } from '../../local/s3/s3-server';
import { createS3Client } from '../../runtime/aws-clients';
import { systemClock } from '../../runtime/clock';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { systemRandom } from '../../runtime/random';
import { createAwsS3Store } from '../../sinks/s3/aws-s3-store';
import { s3Fields, type S3Settings } from '../../sinks/s3/config';
import { createS3Sink } from '../../sinks/s3/s3-sink';
import type { S3Store } from '../../sinks/s3/s3-store';
import { createS3Telemetry } from '../../sinks/s3/telemetry';
import { defaultsOf } from '../default-settings';
import { s3StoreConformance } from '../s3-store-conformance';

const bucket = 'conformance';
let folder: string;
let wire: Wire;
let server: S3Server;
let s3: S3Client;
let store: S3Store;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-s3-'));
  wire = createWire(systemClock);
  server = createS3Server({ folder, wire, clock: systemClock, random: systemRandom });
  const port = await server.listen(0, '127.0.0.1');
  const aws = emulatorAwsSettings('127.0.0.1', { kinesis: 1, dynamodb: 1, s3: port });
  s3 = createS3Client(aws);
  store = createAwsS3Store({ s3, endpoint: aws.s3Endpoint, conditionalWrites: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

afterAll(async () => {
  s3.destroy();
  closeWire(wire);
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the S3 adapter', () => {
  s3StoreConformance(() => ({ store, bucket }));
});

describe('the probe of the S3 sink', () => {
  const sink = (change: Partial<S3Settings>) => {
    const settings = { ...defaultsOf(s3Fields), bucket, backoffMinMs: 1, backoffMaxMs: 2, ...change };
    const telemetry = createS3Telemetry(createMetrics(), silentLogger);
    return createS3Sink({ store, settings, application: 'probe', clock: systemClock, random: systemRandom, telemetry });
  };

  test('passes on a bucket that can be used, by two workers at once and at every later start', async () => {
    await Promise.all([sink({}).probe(), sink({}).probe()]);
    await sink({}).probe();
    expect(await store.head(bucket, 'enriched/probe')).toEqual({ kind: 'missing' });
  });

  test('says in one line what is wrong with one that is not there', async () => {
    const failure: unknown = await sink({ bucket: 'nobody-made-this' })
      .probe()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'FLOTILLA_S3_PROBE_FAILED', kind: 'fatal' });
    expect(String(failure)).toMatch(/nobody-made-this .*s3\.bucket.*NoSuchBucket/);
    expect(String(failure)).not.toContain('\n');
  });
});
