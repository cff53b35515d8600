/**
 * The settings of reading and processing; `config.ts` of the client puts them beside those of the leases.
 */
import { bytes, choice, durationMs, flag, integer, type Settings } from '../../runtime/config';

export const fetchFields = {
  fetchIdleMs: durationMs({
    default: 1_000,
    min: 200,
    max: 60_000,
    doc: 'How long a shard that is read up to its tip rests between two reads. Behind the tip it is read again at once. The service allows 5 reads a second and shard, all readers together.',
  }),
  fetchRecordsMax: integer({
    default: 10_000,
    min: 1,
    max: 10_000,
    doc: 'The most Kinesis records that one read asks for. The service gives at most 10,000 and 10 MB.',
  }),
  prefetchBytesMax: bytes({
    default: 64 * 1024 * 1024,
    min: 12 * 1024 * 1024,
    doc: 'How many bytes of records may be in memory in the whole process: on their way, fetched ahead (one answer a shard) and being processed. Until its size is known a read counts for what the one before suggests, at most 10 MiB.',
  }),
  parentPollMs: durationMs({
    default: 1_000,
    min: 100,
    max: 60_000,
    doc: 'How often a shard that waits for its parents to end looks at their rows.',
  }),
  aggregateFilter: choice({
    choices: ['record', 'java', 'off'],
    default: 'record',
    doc: 'What happens to user records in a KPL aggregate that belong to another shard (their producer sends them there again after a reshard): each is dropped; or, as in the Java client, its whole aggregate; or none. Dropped ones are counted.',
  }),
  processRecordsMax: integer({
    default: 10_000,
    min: 1,
    doc: 'A call of processRecords that has so many user records gets no further Kinesis record; none is divided between calls, so a call holds at most one aggregate more. Each user record takes some 250 bytes beside its data.',
  }),
  callWithoutRecords: flag({
    default: false,
    doc: 'Whether processRecords is also called, without records, after a read that brings none (callProcessRecordsEvenForEmptyRecordList).',
  }),
  failurePolicy: choice({
    choices: ['retry', 'skip', 'stop-shard', 'crash'],
    default: 'retry',
    doc: 'What happens when processRecords fails: the same batch again with back-off, the shard waiting; or the batch is passed over (its records are lost); or the shard stops, its lease kept; or the process ends.',
  }),
  checkpointIntervalMs: durationMs({
    default: 0,
    min: 0,
    doc: 'For record processors that never checkpoint: how often, at most, the client checkpoints what they have processed, between two batches and before a shard is let go. 0: never. Not for processors that work on after processRecords has returned.',
  }),
  callbackSlowMs: durationMs({
    default: 60_000,
    min: 1_000,
    doc: 'A callback of a record processor that takes longer than this is reported once; callbackSlowAction says what else happens.',
  }),
  callbackSlowAction: choice({
    choices: ['report', 'release', 'crash'],
    default: 'report',
    doc: 'What happens when a callback takes longer than callbackSlowMs: it is reported, and its shard waits for it; or its lease is let go for another worker to take, what it checkpoints after that fails, and leaseLost comes when it returns; or the process ends.',
  }),
  stallMs: durationMs({
    default: 300_000,
    min: 10_000,
    doc: 'A shard that is behind and has finished no batch for this long makes the worker unhealthy. One whose reading gives no sign of life for this long is let go, for another worker to read.',
  }),
  stopGraceMs: durationMs({
    default: 20_000,
    min: 100,
    max: 600_000,
    doc: 'How long a graceful stop waits for record processors to finish, after the drain. Leases of shards that are still busy then are not let go: they expire.',
  }),
};

export type ShardSettings = Settings<{ kinesisClient: typeof fetchFields }>['kinesisClient'];
