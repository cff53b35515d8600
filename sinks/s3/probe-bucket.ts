/**
 * Tries out at start everything that the sink will have to do, so that a missing permission is one clear line then and not
 * a shard that stands still in the night. Nothing that a reader of the tables could see is left behind.
 */
import { FlotillaError, isRetryable, messageOf } from '../../runtime/errors';
import { withRetries, type Retries } from '../../runtime/retry';
import { completePlan, type CompleteEnvironment } from './complete-plan';
import type { S3Settings } from './config';
import { probeName } from './file-name';
import type { Plan } from './plan';

export interface ProbeEnvironment {
  readonly settings: S3Settings;
  readonly application: string;
  readonly retries: Retries;
  readonly completing: CompleteEnvironment;
}

/** The same at every start and of every worker: whoever completes the probe file first, it never changes after. */
const PROBE = Buffer.from('{"probe":true}\n');
const BATCH_ID = 'probe';
const COMPLETE_WITHIN_MS = 30_000;

/** Rejects with a fatal FlotillaError that names the request that failed and the permission it needs. */
export async function probeBucket(environment: ProbeEnvironment): Promise<void> {
  const { settings, application, completing } = environment;
  const { bucket, prefix } = settings;
  const { store } = completing;
  const step = <T>(run: () => Promise<T>, needs: string): Promise<T> =>
    withRetries(run, environment.retries).catch((error: unknown) => {
      throw failed(bucket, messageOf(error), isRetryable(error) ? 'an S3 that answers (aws.s3Endpoint)' : needs, error);
    });
  const upload = async (key: string) => {
    const needs = `s3:PutObject on ${key}`;
    const uploadId = await step(() => store.createUpload(bucket, key, BATCH_ID), needs);
    const begun = { bucket, key, uploadId };
    return { begun, part: await step(() => store.uploadPart(begun, 1, PROBE), needs) };
  };

  for (const table of ['enriched', 'bad']) {
    const key = `${prefix}${table}/probe`; // never completed: no reader sees it
    const { begun } = await upload(key);
    await step(() => store.abortUpload(begun), `s3:AbortMultipartUpload on ${key}`);
    const head = await store.head(bucket, key);
    if (head.kind === 'unclear')
      throw failed(bucket, `HEAD of a missing key: ${head.reason}`, 's3:ListBucket on the bucket');
  }

  const key = prefix + probeName(application);
  const { begun, part } = await upload(key);
  const file = {
    key,
    uploadId: begun.uploadId,
    bytes: PROBE.length,
    lines: 1,
    parts: [{ ...part, bytes: PROBE.length }],
  };
  await complete(environment, file);
  await step(() => store.abortUpload(begun), `s3:AbortMultipartUpload on ${key}`); // when an earlier start's file is there
  const found = await step(() => store.get(bucket, key), `s3:GetObject on ${key}`);
  if (!found?.equals(PROBE))
    throw failed(bucket, `${key} is not what was written there`, `${key} for this program alone`);
}

async function complete({ settings, application, completing }: ProbeEnvironment, file: Plan['files'][number]) {
  const at = { sequenceNumber: '0', subSequenceNumber: 0 };
  const plan: Plan = {
    version: 1,
    application,
    streamName: 'probe',
    shardId: 'probe',
    from: at,
    to: at,
    first: '0',
    last: '0',
    batchId: BATCH_ID,
    files: [file],
  };
  let lastReason = 'no answer';
  const onRepeat = (_key: string, reason: string): void => {
    lastReason = reason;
  };
  const enough = new AbortController();
  const finished = new AbortController();
  void completing.clock.sleep(COMPLETE_WITHIN_MS, finished.signal).then(() => enough.abort());
  const completion = await completePlan(plan, settings.bucket, { ...completing, onRepeat }, enough.signal);
  finished.abort();
  if (completion.kind === 'done') return;
  const reason = completion.kind === 'stop' ? completion.reason : lastReason;
  throw failed(settings.bucket, `CompleteMultipartUpload ${file.key}: ${reason}`, `s3:PutObject on ${file.key}`);
}

const failed = (bucket: string, what: string, needs: string, cause?: unknown): FlotillaError =>
  new FlotillaError(
    'FLOTILLA_S3_PROBE_FAILED',
    `the bucket ${bucket} cannot be used (s3.bucket): ${what}; needed: ${needs}`,
    {
      cause,
    },
  );
