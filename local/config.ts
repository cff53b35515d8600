/** The settings of the emulators process. Ports have no default: `flotilla start` counts them from the collector's. */
import { integer, port, text, type Settings } from '../runtime/config';

const streamName = (fallback: string, doc: string) =>
  text({ default: fallback, doc, pattern: /^[a-zA-Z0-9_.-]{1,128}$/, allowed: 'a stream name' });

export const localFields = {
  host: text({
    default: '127.0.0.1',
    doc: 'The address that the emulators listen on. They ask nobody for a password.',
  }),
  kinesisPort: port({ doc: 'The port of Kinesis.' }),
  dynamodbPort: port({ doc: 'The port of DynamoDB.' }),
  s3Port: port({ doc: 'The port of S3.' }),
  dataFolder: text({ default: './data', doc: 'The folder that keeps streams, leases and output.' }),
  bucket: text({
    default: 'flotilla',
    doc: 'The bucket that is made at the start when it is missing.',
    pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    allowed: 'a bucket name',
  }),
  rawStream: streamName('raw', 'The stream of collector payloads, made at the start when it is missing.'),
  rawShards: integer({ default: 4, min: 1, max: 500, doc: 'The shards that the raw stream is made with.' }),
  badStream: streamName('bad', 'The stream of bad rows, made at the start when it is missing.'),
  badShards: integer({ default: 1, min: 1, max: 500, doc: 'The shards that the bad stream is made with.' }),
  shardLimit: integer({ default: 1000, min: 2, max: 10_000, doc: 'The open shards that all streams may have.' }),
};
export type LocalSettings = Settings<{ local: typeof localFields }>['local'];

/** Rules between settings: each fault one line. */
export function checkLocal({ rawShards, badShards, shardLimit, rawStream, badStream }: LocalSettings): string[] {
  return [
    ...(rawShards + badShards > shardLimit
      ? [`local.rawShards ${rawShards} and local.badShards ${badShards} are more than local.shardLimit ${shardLimit}`]
      : []),
    ...(rawStream === badStream ? [`local.rawStream and local.badStream are both ${rawStream}`] : []),
  ];
}
