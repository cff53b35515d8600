/**
 * Hands one batch to the record processor and deals with its failure as the policy says. Used by the shard consumer;
 * one batch of a shard at a time.
 */
import type { Checkpoint } from '../leases/lease';
import type { ClientRecord } from './client-record';
import { keepTrying, type KeepTryingDeps } from './keep-trying';
import type { ProcessorCalls } from './processor-calls';
import { StopShard } from './record-processor';
import type { ShardCheckpointer } from './shard-checkpointer';
import type { Interruption } from './shard-interrupts';
import type { ShardsTelemetry } from './telemetry';

/**
 * retry: the same batch again, the shard waiting; skip: passed over, its records are lost; stop-shard: until a person
 * decides; crash: the process ends.
 */
type FailurePolicy = 'retry' | 'skip' | 'stop-shard' | 'crash';

export interface Batch {
  /** Empty when nothing came, or nothing of it is for this shard: only under `callWithoutRecords` the processor is called then. */
  readonly records: readonly ClientRecord[];
  /** Where the shard stands once it is delivered: perhaps behind its last record, when others after it were left out. */
  readonly upTo: Checkpoint;
  readonly millisBehindLatest: number;
}

export interface DeliverBatchDeps extends KeepTryingDeps {
  readonly shardId: string;
  readonly calls: ProcessorCalls;
  readonly checkpointer: ShardCheckpointer;
  readonly settings: { readonly failurePolicy: FailurePolicy; readonly callWithoutRecords: boolean };
  readonly telemetry: ShardsTelemetry;
}

/** Null when the batch is dealt with. Throws StopShard, or under `crash` what the processor threw. */
export async function deliverBatch(batch: Batch, deps: DeliverBatchDeps): Promise<Interruption | null> {
  const { shardId, calls, checkpointer, settings, telemetry } = deps;
  const { records, upTo, millisBehindLatest } = batch;
  checkpointer.deliver(upTo);
  if (records.length === 0 && !settings.callWithoutRecords) return null;
  const [first, last] = [records[0] ?? upTo, records.at(-1) ?? upTo];

  let outcome: 'processed' | 'skipped' = 'processed';
  const onFailure = (error: unknown, attempt: number): 'again' | 'give-up' => {
    telemetry.callbackFailed(shardId, 'processRecords', attempt, error);
    telemetry.batchEnded('failed', records.length);
    switch (settings.failurePolicy) {
      case 'retry':
        return 'again';
      case 'skip':
        telemetry.batchSkipped(shardId, first.sequenceNumber, last.sequenceNumber);
        outcome = 'skipped';
        return 'give-up';
      case 'stop-shard':
        throw new StopShard('processRecords failed, and the policy is stop-shard', { cause: error });
      case 'crash':
        throw error;
    }
  };
  const interruption = await keepTrying(
    () => calls.processRecords({ records, millisBehindLatest, checkpointer }),
    onFailure,
    deps,
  );
  if (interruption === null) telemetry.batchEnded(outcome, records.length);
  return interruption;
}
