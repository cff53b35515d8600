/** What the behaviour suites of the local S3 share: a client, a bucket of their own, and short ways to ask. */
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  type CompletedPart,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  type GetObjectCommandInput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type PutObjectCommandOutput,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createS3Client } from '../../runtime/aws-clients';

/** Each call is tried once: a refusal is what most tests look at. */
export const s3ClientOf = (endpoint: string): S3Client =>
  createS3Client({
    region: 'us-east-1',
    kinesisEndpoint: '',
    dynamodbEndpoint: '',
    s3Endpoint: endpoint,
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 20_000,
    s3RequestTimeoutMs: 20_000,
    attemptsMax: 1,
  });

export const mebibyte = 1024 * 1024;

export const crc32Of = (bytes: Uint8Array): string => {
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(crc32(bytes));
  return digest.toString('base64');
};

/** `NoSuchKey 404`: what the call was refused with; `none` when it was not. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    return `${error.name} ${error.$metadata.httpStatusCode}`;
  }
}

export async function bytesOf(client: S3Client, input: GetObjectCommandInput): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand(input));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Opens an upload with CRC32, as our sink does, and sends the parts. */
export async function uploadParts(
  client: S3Client,
  input: CreateMultipartUploadCommandInput,
  parts: readonly Uint8Array[],
): Promise<{ UploadId: string; Parts: CompletedPart[] }> {
  const created = await client.send(new CreateMultipartUploadCommand({ ChecksumAlgorithm: 'CRC32', ...input }));
  const UploadId = created.UploadId ?? '';
  const Parts: CompletedPart[] = [];
  for (const [index, Body] of parts.entries()) {
    const target = { Bucket: input.Bucket, Key: input.Key, UploadId, PartNumber: index + 1 };
    const sent = await client.send(new UploadPartCommand({ ...target, Body }));
    Parts.push({ PartNumber: index + 1, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 });
  }
  return { UploadId, Parts };
}

/** A new bucket for each test, and what tests do with it. */
export interface S3Place {
  readonly client: S3Client;
  readonly bucket: string;
  /** The body is the key unless one is given. */
  put(key: string, body?: string | Uint8Array): Promise<PutObjectCommandOutput>;
  list(input?: Partial<ListObjectsV2CommandInput>): Promise<ListObjectsV2CommandOutput>;
  /** The keys of the first page, as they are listed. */
  keys(): Promise<string[]>;
}

/** Registers the hooks that make the place; call it inside `describe`, use its answer inside `test`. */
export function s3Place(endpoint: () => string): () => S3Place {
  let client: S3Client;
  let bucket: string;
  beforeAll(() => void (client = s3ClientOf(endpoint())));
  afterAll(() => client.destroy());
  beforeEach(async () => {
    bucket = `bucket-${randomBytes(6).toString('hex')}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  return () => {
    const list = (input: Partial<ListObjectsV2CommandInput> = {}) =>
      client.send(new ListObjectsV2Command({ Bucket: bucket, ...input }));
    return {
      client,
      bucket,
      list,
      put: (key, body = key) => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })),
      keys: async () => ((await list()).Contents ?? []).map((object) => object.Key ?? ''),
    };
  };
}
