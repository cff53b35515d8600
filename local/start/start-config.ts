/** The settings of `flotilla start`, and where everything of a local stack lies. Pure. */
import { resolve } from 'node:path';
import { environmentName, port, text, type Settings } from '../../runtime/config';

export const startFields = {
  port: port({ default: 8080, doc: "The collector's port; the other services use the ports after it, up to +14." }),
  data: text({ default: './data', doc: 'The folder that keeps everything: streams, leases, output, logs.' }),
};
export type StartSettings = Settings<{ start: typeof startFields }>['start'];

const BUCKET = 'flotilla';

/** Ports count from the collector's. */
const portOffsets = { collector: 0, schemaServer: 1, kinesis: 3, dynamodb: 4, s3: 5, metrics: 10 } as const;
/** The last port that a local stack uses: two enrichers, counted from `metrics`. */
export const LAST_PORT_OFFSET = 14;

export interface StackLayout {
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly lockFile: string;
  /** The bucket's folder: what the data team reads. */
  readonly outputFolder: string;
  readonly collectorUrl: string;
  readonly ports: readonly { readonly port: number; readonly of: string }[];
}

/** Absolute paths. */
export function stackLayout({ port: base, data }: StartSettings): StackLayout {
  const dataFolder = resolve(data);
  return {
    dataFolder,
    logFolder: `${dataFolder}/logs`,
    lockFile: `${dataFolder}/flotilla.lock`,
    outputFolder: `${dataFolder}/s3/${BUCKET}`,
    collectorUrl: `http://127.0.0.1:${base}`,
    ports: [
      { port: base + portOffsets.collector, of: 'the collector' },
      { port: base + portOffsets.schemaServer, of: 'the schema server' },
      { port: base + portOffsets.kinesis, of: 'Kinesis' },
      { port: base + portOffsets.dynamodb, of: 'DynamoDB' },
      { port: base + portOffsets.s3, of: 'S3' },
      ...[0, 1, 2, 3, 4].map((i) => ({ port: base + portOffsets.metrics + i, of: 'metrics' })),
    ],
  };
}

/** The settings that make the production services a local stack. What the user's environment sets, wins. */
export function localEnvironment(start: StartSettings): Record<string, string> {
  const { dataFolder } = stackLayout(start);
  const at = (offset: number): string => `http://127.0.0.1:${start.port + offset}`;
  return {
    FLOTILLA_AWS_KINESIS_ENDPOINT: at(portOffsets.kinesis),
    FLOTILLA_AWS_DYNAMODB_ENDPOINT: at(portOffsets.dynamodb),
    FLOTILLA_AWS_S3_ENDPOINT: at(portOffsets.s3),
    FLOTILLA_COLLECTOR_HOST: '127.0.0.1',
    FLOTILLA_COLLECTOR_PORT: String(start.port),
    FLOTILLA_SCHEMA_SERVER_PORT: String(start.port + portOffsets.schemaServer),
    FLOTILLA_SCHEMAS_URI: at(portOffsets.schemaServer),
    FLOTILLA_SCHEMAS_INDEX_FILE: `${dataFolder}/enricher/resolved-schemas`,
    FLOTILLA_LOCAL_KINESIS_PORT: String(start.port + portOffsets.kinesis),
    FLOTILLA_LOCAL_DYNAMODB_PORT: String(start.port + portOffsets.dynamodb),
    FLOTILLA_LOCAL_S3_PORT: String(start.port + portOffsets.s3),
    FLOTILLA_LOCAL_DATA_FOLDER: dataFolder,
    FLOTILLA_LOCAL_BUCKET: BUCKET,
    FLOTILLA_S3_BUCKET: BUCKET,
    FLOTILLA_S3_BATCH_AGE_MS: '2000',
    FLOTILLA_KINESIS_CLIENT_FETCH_IDLE_MS: '250',
    FLOTILLA_KINESIS_CLIENT_STOP_GRACE_MS: '3000',
    FLOTILLA_ENRICHER_DRAIN_TO_TIP_MS: '4000',
  };
}

/** The same without what the file of `--config` sets: there it would lose, since the environment wins over a file. */
export function leaveToFile(environment: Record<string, string>, file: unknown): Record<string, string> {
  const inFile = new Set(
    Object.entries((file ?? {}) as Record<string, Record<string, unknown>>).flatMap(([section, values]) =>
      Object.keys(values ?? {}).map((key) => environmentName(section, key)),
    ),
  );
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !inFile.has(name)));
}
