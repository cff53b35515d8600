/**
 * Watches one shard for what leaves the stream unread: tells when its lag comes near the retention, and when a record
 * that must come first after an opening does not. The shard reader tells it what it opens and reads.
 */
import type { Clock } from '../../runtime/clock';
import type { KnownStream } from './known-stream';
import { judgeOpening, runsOutOfRetention } from './retention';
import type { Position, RecordsAnswer, StreamRecord } from './stream';
import type { ShardsTelemetry } from './telemetry';

export interface RetentionWatchDeps {
  readonly known: KnownStream;
  readonly clock: Clock;
  readonly telemetry: ShardsTelemetry;
}

export class RetentionWatch {
  /** Where the shard was opened, until it is known what comes first. */
  private opening: Position | null = null;
  private runsOut = false;

  constructor(
    private readonly shardId: string,
    private readonly deps: RetentionWatchDeps,
  ) {}

  opened(at: Position): void {
    this.opening = at;
  }

  /** An answer to a request that was sent then (monotonic). Gives how much of the retention is used at any later time. */
  read({ records: [first], millisBehindLatest }: RecordsAnswer, sentAtMs: number): () => number {
    const { known, clock, telemetry } = this.deps;
    const retentionMs = known.retentionMs();
    const runsOut = runsOutOfRetention(this.runsOut, millisBehindLatest, retentionMs);
    if (runsOut && !this.runsOut) telemetry.retentionRunsOut(this.shardId, millisBehindLatest, retentionMs);
    this.runsOut = runsOut;
    if (first !== undefined) this.judge(first, retentionMs);
    // Nothing from the position to the tip: whatever comes from now on was written after this opening.
    else if (millisBehindLatest === 0) this.opening = null;
    return () => (millisBehindLatest + clock.monotonicMs() - sentAtMs) / known.retentionMs();
  }

  private judge(first: StreamRecord, retentionMs: number): void {
    const { clock, telemetry } = this.deps;
    const { opening, shardId } = this;
    this.opening = null;
    if (opening === null || !('sequenceNumber' in opening)) return;
    const judged = judgeOpening(opening, first, clock.wallMs(), retentionMs);
    if (judged === 'possiblyExpired')
      telemetry.recordsPossiblyExpired(shardId, opening.sequenceNumber, 'what comes next is about to expire');
    if (judged === 'recordMissing')
      telemetry.checkpointRecordMissing(shardId, opening.sequenceNumber, clock.wallMs() - first.arrivedAtMs);
  }
}
