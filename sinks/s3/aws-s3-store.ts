/**
 * S3Store over the AWS SDK: one request a method (beside the SDK's own retries), its errors sorted once, here.
 */
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { classifyAwsError } from '../../runtime/aws-errors';
import { FlotillaError, messageOf } from '../../runtime/errors';
import type { CompleteAnswer, HeadAnswer, MultipartUpload, S3Store, UploadedPart } from './s3-store';

/** Our metadata key on every file: `x-amz-meta-flotilla-batch`. */
const BATCH_ID = 'flotilla-batch';

export interface AwsS3StoreOptions {
  readonly s3: S3Client;
  /** As set; empty for AWS itself. */
  readonly endpoint: string;
  readonly conditionalWrites: boolean;
}

export function createAwsS3Store({ s3, endpoint, conditionalWrites }: AwsS3StoreOptions): S3Store {
  const ifNew = conditionalWrites ? { IfNoneMatch: '*' } : {};
  return {
    endpoint,

    async createUpload(bucket, key, batchId) {
      const command = new CreateMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        ChecksumAlgorithm: 'CRC32',
        ContentType: 'application/gzip',
        Metadata: { [BATCH_ID]: batchId },
      });
      const { UploadId } = await s3.send(command).catch(rethrow(`CreateMultipartUpload ${bucket}/${key}`));
      return required(UploadId, `CreateMultipartUpload ${bucket}/${key} gave no UploadId`);
    },

    async uploadPart({ bucket, key, uploadId }, partNumber, body): Promise<UploadedPart> {
      const checksum = crc32Base64(body);
      const what = `UploadPart ${partNumber} of ${bucket}/${key}`;
      const command = new UploadPartCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: partNumber,
        Body: body,
        ChecksumCRC32: checksum,
      });
      const { ETag } = await s3.send(command).catch(rethrow(what));
      return { partNumber, etag: required(ETag, `${what} gave no ETag`), crc32: checksum };
    },

    async completeUpload({ bucket, key, uploadId }, parts): Promise<CompleteAnswer> {
      const command = new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: {
          Parts: parts.map(({ partNumber, etag, crc32 }) => ({
            PartNumber: partNumber,
            ETag: etag,
            ChecksumCRC32: crc32,
          })),
        },
        ...ifNew,
      });
      return s3.send(command).then((): CompleteAnswer => ({ kind: 'completed' }), classifyComplete);
    },

    async abortUpload({ bucket, key, uploadId }: MultipartUpload) {
      const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId });
      await s3.send(command).catch((error: unknown) => {
        if (nameOf(error) !== 'NoSuchUpload') rethrow(`AbortMultipartUpload ${bucket}/${key}`)(error);
      });
    },

    async head(bucket, key): Promise<HeadAnswer> {
      try {
        const { ContentLength, Metadata } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        return { kind: 'found', bytes: ContentLength ?? 0, batchId: Metadata?.[BATCH_ID] };
      } catch (error) {
        if (statusOf(error) === 404) return { kind: 'missing' };
        return { kind: 'unclear', reason: describe(error) };
      }
    },

    async putNew(bucket, key, body) {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: 'application/json',
        ...ifNew,
      });
      return s3.send(command).then(
        () => 'written' as const,
        (error: unknown) => {
          if (statusOf(error) === 412) return 'exists' as const;
          return rethrow(`PutObject ${bucket}/${key}`)(error);
        },
      );
    },

    async get(bucket, key) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (nameOf(error) === 'NoSuchKey') return null;
        return rethrow(`GetObject ${bucket}/${key}`)(error);
      }
    },
  };
}

/** As S3 wants it: big-endian, base64. */
export function crc32Base64(bytes: Uint8Array): string {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32(bytes));
  return four.toString('base64');
}

/**
 * Exported for its table of cases. Only what S3 would answer again for ever is `refused`: a 4xx that is neither a race
 * (409), a limit (408, 429) nor something a person can mend behind our back (401, 403: a policy). An error inside a 200
 * reaches us as an exception with status 200 or 500 and may heal.
 */
export function classifyComplete(error: unknown): CompleteAnswer {
  const status = statusOf(error);
  if (nameOf(error) === 'NoSuchUpload') return { kind: 'no-such-upload' };
  if (status === 412) return { kind: 'key-exists' };
  const refused = status !== undefined && status >= 400 && status < 500 && ![401, 403, 408, 409, 429].includes(status);
  return { kind: refused && !momentary.has(nameOf(error)) ? 'refused' : 'unclear', reason: describe(error) };
}

/** 4xx that are about the moment, not about the request (S3 API reference, "Error responses"). */
const momentary = new Set([
  'RequestTimeout',
  'ExpiredToken',
  'OperationAborted',
  'ConditionalRequestConflict',
  'SlowDown',
]);

/** NoSuchUpload before prepare: somebody's rule took the upload away; the batch begins a new one. */
function rethrow(call: string): (error: unknown) => never {
  return (error) => {
    if (momentary.has(nameOf(error)) || nameOf(error) === 'NoSuchUpload')
      throw new FlotillaError('FLOTILLA_UNAVAILABLE', `${call}: ${describe(error)}`, { cause: error });
    throw classifyAwsError(error, call);
  };
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
const describe = (error: unknown): string => `${nameOf(error)} ${statusOf(error) ?? ''} ${messageOf(error)}`.trim();

function required(value: string | undefined, message: string): string {
  if (value === undefined || value === '') throw new FlotillaError('FLOTILLA_UNAVAILABLE', message);
  return value;
}
