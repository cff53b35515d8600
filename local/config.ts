/** The settings of the emulators process. Ports have no default: `flotilla start` counts them from the collector's. */
import { integer, port, text, type Settings } from '../runtime/config';
import { streamFields } from '../runtime/streams';

const localFields = {
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
  rawShards: integer({ default: 4, min: 1, max: 500, doc: 'The shards that the raw stream is made with.' }),
  badShards: integer({ default: 1, min: 1, max: 500, doc: 'The shards that the bad stream is made with.' }),
  shardLimit: integer({ default: 1000, min: 2, max: 10_000, doc: 'The open shards that all streams may have.' }),
};

export const localSections = { local: localFields, stream: streamFields };
type LocalSectionSettings = Settings<typeof localSections>;

/** Rules between settings: each fault one line. */
export function checkLocal({ local, stream }: LocalSectionSettings): string[] {
  const { rawShards, badShards, shardLimit } = local;
  return [
    ...(rawShards + badShards > shardLimit
      ? [`local.rawShards ${rawShards} and local.badShards ${badShards} are more than local.shardLimit ${shardLimit}`]
      : []),
    ...(stream.raw === stream.bad ? [`stream.raw and stream.bad are both ${stream.raw}`] : []),
  ];
}
