/**
 * Settings of the S3 sink. What is held in memory is per shard that a process owns, twice while a commit runs.
 */
import { bytes, durationMs, flag, integer, text, type Settings } from '../../runtime/config';

const MIB = 1024 * 1024;

export const s3Fields = {
  bucket: text({
    default: 'flotilla',
    pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    allowed: 'a bucket name',
    doc: 'The bucket that enriched events and bad rows are written to. It must exist.',
  }),
  prefix: text({
    default: '',
    pattern: /^([A-Za-z0-9._=-]+\/)*$/,
    allowed: 'empty, or folders of letters, digits, - . _ = that end with /',
    doc: 'Put before every key: enriched/, bad/ and _commits/ lie under it.',
  }),
  gzipLevel: integer({
    default: 6,
    min: 1,
    max: 9,
    doc: 'How hard gzip tries. Level 1 stores 60 % more than 6 and saves one sixteenth of what an event costs, 9 takes a third longer for 4 % (bench/README.md).',
  }),
  batchAgeMs: durationMs({
    default: 60_000,
    min: 100,
    max: 3_600_000,
    doc: 'A batch is committed when its first record has been in it for this long. It bounds how late events are in S3 and how many files an hour has.',
  }),
  batchBytesMax: bytes({
    default: 512 * MIB,
    min: 1,
    doc: 'A batch is committed when it has this many bytes of lines, before compression.',
  }),
  batchRecordsMax: integer({
    default: 500_000,
    min: 1,
    max: 10_000_000,
    doc: 'A batch is committed when it has this many lines.',
  }),
  heldBytesMax: bytes({
    default: 32 * MIB,
    min: 1,
    doc: 'A batch is committed when it holds this much in memory: lines that wait for compression, and what is compressed.',
  }),
  openPartitionsMax: integer({
    default: 256,
    min: 1,
    max: 5_000,
    doc: 'A batch is committed when it is spread over this many folders (an hour of a table).',
  }),
  memberBytes: bytes({
    default: MIB,
    min: 1_024,
    max: 64 * MIB,
    doc: 'Lines of one file are compressed when there are this many bytes of them. A file is a row of such gzip members.',
  }),
  fileRawBytesMax: bytes({
    default: 256 * MIB,
    min: 1,
    doc: 'A file that has this many bytes of lines, before compression, is followed by a next one: gzip cannot be split among readers.',
  }),
  partBytes: bytes({
    default: 8 * MIB,
    min: 5 * MIB,
    max: 5 * 1024 * MIB,
    doc: 'The size of the parts that a file is uploaded in. S3 takes no part below 5 MiB but the last.',
  }),
  uploadParallel: integer({
    default: 8,
    min: 1,
    max: 64,
    doc: 'How many files of a batch are uploaded at the same time.',
  }),
  uploadAttemptsMax: integer({
    default: 10,
    min: 1,
    max: 100,
    doc: 'How often one request of an upload is tried, beside what the AWS SDK does, until the batch is given up and read again.',
  }),
  completeParallel: integer({
    default: 8,
    min: 1,
    max: 64,
    doc: 'How many uploads of a batch are completed at the same time.',
  }),
  backoffMinMs: durationMs({
    default: 100,
    min: 1,
    max: 60_000,
    doc: 'The shortest wait before a request is tried again.',
  }),
  backoffMaxMs: durationMs({
    default: 20_000,
    min: 1,
    max: 600_000,
    doc: 'The longest wait before a request is tried again.',
  }),
  vanishedAfterMs: durationMs({
    default: 15 * 60_000,
    min: 1_000,
    doc: 'A prepared upload that S3 does not know and whose file is not there either is looked for this long. Then the shard stops: a person must decide.',
  }),
  conditionalWrites: flag({
    default: true,
    doc: 'Whether the store understands If-None-Match on PutObject and CompleteMultipartUpload, as S3 does.',
  }),
};

export type S3Settings = Settings<{ s3: typeof s3Fields }>['s3'];

/** Rules between the settings: each fault one line. */
export function checkS3Settings(s3: S3Settings): string[] {
  const faults: string[] = [];
  if (s3.backoffMinMs > s3.backoffMaxMs)
    faults.push(`s3.backoffMinMs is ${s3.backoffMinMs}: it must not be more than s3.backoffMaxMs (${s3.backoffMaxMs})`);
  if (s3.partBytes * 10_000 < s3.heldBytesMax)
    faults.push(`s3.partBytes is ${s3.partBytes}: 10,000 such parts must hold s3.heldBytesMax (${s3.heldBytesMax})`);
  return faults;
}
