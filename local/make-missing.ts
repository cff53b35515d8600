/**
 * Makes the streams and the bucket of a local stack when they are not there. Through HTTP, as any client would: when it
 * has returned, Kinesis, DynamoDB and S3 answer.
 */
import { ListTablesCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../runtime/clock';

export interface Wanted {
  readonly streams: readonly { readonly name: string; readonly shards: number }[];
  readonly bucket: string;
}

export interface MakeMissingDeps {
  readonly kinesis: KinesisClient;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly clock: Clock;
  readonly made: (what: 'stream' | 'bucket', name: string) => void;
}

/** How often a stream that is being made is looked at, ms. */
const POLL_MS = 10;

/** Returns when every stream is ACTIVE. Throws what the SDK throws, but for "exists already". */
export async function makeMissing({ streams, bucket }: Wanted, deps: MakeMissingDeps): Promise<void> {
  await Promise.all([
    ...streams.map((stream) => makeStream(stream.name, stream.shards, deps)),
    makeBucket(bucket, deps),
    deps.dynamodb.send(new ListTablesCommand({ Limit: 1 })),
  ]);
}

async function makeStream(name: string, shards: number, { kinesis, clock, made }: MakeMissingDeps): Promise<void> {
  const create = kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
  if (await succeeded(create, ['ResourceInUseException'])) made('stream', name);
  const describe = new DescribeStreamSummaryCommand({ StreamName: name });
  while ((await kinesis.send(describe)).StreamDescriptionSummary?.StreamStatus === 'CREATING')
    await clock.sleep(POLL_MS);
}

async function makeBucket(bucket: string, { s3, made }: MakeMissingDeps): Promise<void> {
  const create = s3.send(new CreateBucketCommand({ Bucket: bucket }));
  if (await succeeded(create, ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'])) made('bucket', bucket);
}

async function succeeded(request: Promise<unknown>, expected: readonly string[]): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof Error && expected.includes(error.name)) return false;
    throw error;
  }
}
