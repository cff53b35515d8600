/**
 * The only place that constructs AWS clients.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { credentialOptions, type CredentialSource } from './aws-credentials';
import { durationMs, integer, text, url, type Settings } from './config';

// The SDK warns on every start that it will leave Node 20 behind; versions here are exact, so that is known.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

export const awsFields = {
  region: text({ default: 'us-east-1', doc: 'The AWS region.', pattern: /^[a-z0-9-]+$/, allowed: 'a region name' }),
  kinesisEndpoint: url({ default: '', doc: 'Another address for Kinesis (an emulator, a VPC endpoint).' }),
  dynamodbEndpoint: url({ default: '', doc: 'Another address for DynamoDB.' }),
  s3Endpoint: url({ default: '', doc: 'Another address for S3. Path-style addresses are used then.' }),
  connectTimeoutMs: durationMs({
    default: 1_000,
    min: 10,
    max: 60_000,
    doc: 'How long opening a connection to an AWS service may take.',
  }),
  requestTimeoutMs: durationMs({
    default: 10_000,
    min: 100,
    max: 60_000,
    doc: 'How long one request to Kinesis or DynamoDB may take.',
  }),
  s3RequestTimeoutMs: durationMs({
    default: 90_000,
    min: 1_000,
    max: 600_000,
    doc: 'How long one request to S3 may take (CompleteMultipartUpload can take minutes).',
  }),
  attemptsMax: integer({ default: 3, min: 1, max: 10, doc: 'How often the AWS SDK tries one request.' }),
};
export type AwsSettings = Settings<{ aws: typeof awsFields }>['aws'];

/** Emulators take any credentials; real AWS uses the SDK's own chain (environment, profile, instance role) if nothing is said. */
const common = (
  aws: AwsSettings,
  endpoint: string,
  requestTimeoutMs: number,
  sources: readonly CredentialSource[] = [],
) => ({
  ...credentialOptions(sources, process.env),
  region: aws.region,
  maxAttempts: aws.attemptsMax,
  // Polling and puts go over HTTP/1.1: the SDK's default HTTP/2 handler of Kinesis is for SubscribeToShard.
  requestHandler: new NodeHttpHandler({
    connectionTimeout: aws.connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    socketTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets: 256, keepAlive: true },
    httpsAgent: { maxSockets: 256, keepAlive: true },
  }),
  ...(endpoint === '' ? {} : { endpoint, ...localCredentials(endpoint) }),
});

const localCredentials = (endpoint: string) =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(endpoint).hostname)
    ? { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
    : {};

/** Whoever makes a client ends it with `destroy`. */
export const createKinesisClient = (aws: AwsSettings, sources?: readonly CredentialSource[]): KinesisClient =>
  new KinesisClient(common(aws, aws.kinesisEndpoint, aws.requestTimeoutMs, sources));
export const createDynamoDBClient = (aws: AwsSettings, sources?: readonly CredentialSource[]): DynamoDBClient =>
  new DynamoDBClient(common(aws, aws.dynamodbEndpoint, aws.requestTimeoutMs, sources));
export const createS3Client = (aws: AwsSettings): S3Client =>
  new S3Client({ ...common(aws, aws.s3Endpoint, aws.s3RequestTimeoutMs), forcePathStyle: aws.s3Endpoint !== '' });
