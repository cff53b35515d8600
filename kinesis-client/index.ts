/**
 * The public face of the Kinesis client: a worker that shares the shards of a stream with its peers through the Java
 * KCL's lease table, and the interface of the processors that it runs. `kcl` is what aws-kcl exports: the same processors as
 * children of Amazon's MultiLangDaemon. README.md tells the protocol.
 */
export { kinesisClientFields } from './config';
export { type InitialPosition } from './leases/plan-shard-sync';
export { createWorker, type KinesisClientSettings, type Worker, type WorkerOptions } from './worker';
export {
  StopShard,
  type CheckpointerInput,
  type Done,
  type InitializeInput,
  type PendingCheckpoint,
  type ProcessRecordsInput,
  type RecordProcessor,
  type RecordProcessorV1,
  type RecordProcessorV2,
} from './shards/record-processor';
export {
  CheckpointError,
  type CheckpointCallback,
  type Checkpointer,
  type CheckpointErrorName,
  type PreparedCheckpoint,
} from './shards/checkpointer';
export { kcl, type Kcl } from './multilang/kcl';
export { runMultiLang, type MultiLangOptions } from './multilang/run-multilang';
export { type ClientRecord } from './shards/client-record';
