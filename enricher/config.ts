/** Settings of the enricher itself; its stream, client, schemas and sink have their own sections. */
import { kinesisClientFields } from '../kinesis-client';
import { awsFields } from '../runtime/aws-clients';
import { bytes, choice, durationMs, text, type Settings } from '../runtime/config';
import { streamFields } from '../runtime/streams';
import { checkS3Settings, s3Fields } from '../sinks/s3/config';
import { checkSchemas, schemasFields } from './schemas-config';

const enricherFields = {
  applicationName: text({
    default: 'enricher',
    pattern: /^[A-Za-z0-9._-]{3,128}$/,
    allowed: '3 to 128 letters, digits, - . _',
    doc: 'Names the lease table, and the folder of the commit plans. All enrichers of one stream share it.',
  }),
  processorArtifact: text({
    default: 'flotilla-enricher',
    doc: 'How bad rows name the program that made them.',
    pattern: /^.{1,512}$/,
    allowed: '1 to 512 characters',
  }),
  initialPosition: choice({
    choices: ['TRIM_HORIZON', 'LATEST'],
    default: 'TRIM_HORIZON',
    doc: 'Where a stream without any lease begins: at its oldest record, or with what comes from now on.',
  }),
  drainToTipMs: durationMs({
    default: 0,
    min: 0,
    max: 600_000,
    doc: 'How long a stop goes on reading each shard up to its tip, so that the next owner begins with nothing left behind.',
  }),
  recordBytesMax: bytes({
    default: 1_000_000,
    min: 1_000,
    max: 10_000_000,
    doc: 'An event whose TSV, or a bad row whose line, is larger becomes a size_violation.',
  }),
  schemaBackoffMinMs: durationMs({
    default: 100,
    min: 1,
    max: 60_000,
    doc: 'The shortest wait before schemas are asked for again when their server does not answer. The shard waits, nothing is lost.',
  }),
  schemaBackoffMaxMs: durationMs({
    default: 10_000,
    min: 1,
    max: 600_000,
    doc: 'The longest wait before schemas are asked for again.',
  }),
  turnMs: durationMs({
    default: 20,
    min: 1,
    max: 1_000,
    doc: 'After so long of work on records, timers and sockets get their turn: leases are renewed between them.',
  }),
};

/** The client's, but nothing that stands in the raw stream is dropped, whatever shard it lies in (docs/guarantees.md). */
const workerFields = {
  ...kinesisClientFields,
  aggregateFilter: { ...kinesisClientFields.aggregateFilter, default: 'off' as const },
};

export const enricherSections = {
  aws: awsFields,
  stream: streamFields,
  kinesisClient: workerFields,
  enricher: enricherFields,
  s3: s3Fields,
  schemas: schemasFields,
};

/** Rules between the settings: each fault one line. */
export function checkEnricher(settings: Settings<typeof enricherSections>): string[] {
  const { schemaBackoffMinMs: min, schemaBackoffMaxMs: max } = settings.enricher;
  const backoff = `enricher.schemaBackoffMinMs is ${min}: it must not be more than enricher.schemaBackoffMaxMs (${max})`;
  return [...checkS3Settings(settings.s3), ...(min > max ? [backoff] : []), ...checkSchemas(settings.schemas)];
}
