/**
 * The enricher on one page: what happens to a shard while this process has it. Recover what an earlier owner prepared;
 * then decide each record, give what became of it to the batch, and let the batch commit itself (sinks/shard-batches.ts).
 *
 * The client calls the processor; nothing here reads, writes or keeps time. `processRecords` returns when there is room for
 * more, so back-pressure runs from S3 to the fetcher.
 */
import {
  StopShard,
  type CheckpointerInput,
  type InitializeInput,
  type ProcessRecordsInput,
  type RecordProcessorV2,
} from '../kinesis-client';
import type { Processor } from '../protocol/bad-row';
import type { BatchLimits } from '../sinks/batch-end';
import type { CheckpointRetries } from '../sinks/settle-checkpoint';
import { recoverCommit } from '../sinks/recover-commit';
import { ShardBatches } from '../sinks/shard-batches';
import type { Sinks } from '../sinks/sink';
import type { SinksTelemetry } from '../sinks/telemetry';
import type { Known, Outcome } from './enrich';
import { enrichWhenKnown, type EnrichEnvironment } from './enrich-when-known';
import { groupRecords } from './group-records';
import { LookAhead } from './look-ahead';
import type { EnricherTelemetry } from './telemetry';

/** Everything that the pipeline needs from outside, for all shards of the process. */
export interface PipelineEnvironment {
  readonly streamName: string;
  readonly sinks: Sinks;
  readonly limits: BatchLimits;
  readonly checkpointRetries: CheckpointRetries;
  readonly enriching: Omit<EnrichEnvironment, 'onUnavailable'>;
  readonly processor: Processor;
  readonly recordBytesMax: number;
  readonly telemetry: EnricherTelemetry;
  readonly sinksTelemetry: SinksTelemetry;
  /** Aborts when the process is told to stop: nobody waits for schemas any more. */
  readonly stopping: AbortSignal;
  /** What a restart may heal and this process cannot. */
  readonly onFatal: (error: unknown) => void;
}

/** For `processorFactory` of the client. */
export const createPipeline =
  (environment: PipelineEnvironment) =>
  (shardId: string): RecordProcessorV2 =>
    new ShardPipeline(environment, shardId);

class ShardPipeline implements RecordProcessorV2 {
  readonly pending = true;
  private batches: ShardBatches | null = null;
  /** Aborts when nobody should wait for schemas any more. */
  private waiting: AbortSignal = AbortSignal.abort();
  /** True when a record was left undecided: those after it must not be collected either. */
  private gaveUp = false;

  constructor(
    private readonly environment: PipelineEnvironment,
    private readonly shardId: string,
  ) {}

  initialize({ checkpointer, pending, sequenceNumber, subSequenceNumber }: InitializeInput): Promise<void> {
    return this.guarded(async () => {
      const {
        streamName,
        sinks,
        limits,
        checkpointRetries: retries,
        sinksTelemetry: telemetry,
        onFatal,
      } = this.environment;
      const shard = { streamName, shardId: this.shardId };
      const from = pending
        ? await recoverCommit(pending, sinks.committing, { shard, retries, telemetry }, checkpointer.ended)
        : { sequenceNumber, subSequenceNumber };
      if (from === 'lost') return; // leaseLost comes next
      this.batches = new ShardBatches({ shard, checkpointer, retries, telemetry, sinks, limits, from, onFatal });
      this.waiting = AbortSignal.any([this.environment.stopping, this.batches.ended]);
    });
  }

  processRecords({ records }: Pick<ProcessRecordsInput, 'records'>): Promise<void> {
    return this.guarded(async () => {
      const { batches, environment } = this;
      if (batches === null) return;
      const known = this.known();
      const ahead = new LookAhead(records, known, environment.enriching.schemas);
      let decided = 0;
      for (const group of groupRecords(records)) {
        if (this.gaveUp || batches.ended.aborted) return;
        const outcomes = await enrichWhenKnown(group, known, this.enriching(), this.waiting, (index) =>
          ahead.missedAt(decided + index),
        );
        if (outcomes === null) return this.giveUp();
        decided += group.length;
        environment.telemetry.decided(group.length, outcomes);
        const { sequenceNumber, subSequenceNumber, approximateArrivalTimestamp: arrivalMs } = group.at(-1) ?? group[0];
        await batches.add(outcomes.filter(isOutput), { sequenceNumber, subSequenceNumber, arrivalMs });
      }
    });
  }

  async shutdownRequested(_input: CheckpointerInput): Promise<void> {
    await this.batches?.commitAll('shutdown');
  }

  /** With records left undecided the end is not ours to commit: the next owner reads on from what was collected. */
  async shardEnded(_input: CheckpointerInput): Promise<void> {
    await this.batches?.commitAll(this.gaveUp ? 'shutdown' : 'shard-end');
  }

  async leaseLost(): Promise<void> {
    await this.batches?.drop();
  }

  private known(): Known {
    const { enriching, processor, recordBytesMax } = this.environment;
    const { schemas, random, clock } = enriching;
    return { schemas, random, processor, recordBytesMax, etlTimestampMs: clock.wallMs() };
  }

  private enriching(): EnrichEnvironment {
    const { enriching, telemetry } = this.environment;
    return {
      ...enriching,
      onUnavailable: (error, attempt) => telemetry.schemasUnavailable(this.shardId, error, attempt),
    };
  }

  private giveUp(): void {
    this.gaveUp = true;
    if (this.environment.stopping.aborted) this.environment.telemetry.stopGaveUp(this.shardId);
  }

  /** A failure half way must not be tried again by the client: what was added would be added twice. */
  private async guarded(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.gaveUp = true;
      if (!(error instanceof StopShard)) this.environment.onFatal(error);
      throw error;
    }
  }
}

const isOutput = (outcome: Outcome): outcome is Exclude<Outcome, { kind: 'dropped' }> => outcome.kind !== 'dropped';
