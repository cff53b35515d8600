/**
 * Reads one shard from a position on, within the service's limits: opens and re-opens the iterator, rests at the tip,
 * backs off when throttled, and hands out one answer at a time. The shard consumer calls it; it knows nothing of
 * leases, processors or checkpoints.
 */
import type { Clock } from '../../runtime/clock';
import { backoffMs, type Backoff } from '../../runtime/retry';
import type { Random } from '../../runtime/random';
import type { ByteBudget, Reservation } from './byte-budget';
import { afterRead, fullReadBudget, waitBeforeReadMs, type ReadBudget } from './read-budget';
import { shardEndIn } from './shard-end';
import {
  ANSWER_BYTES_MAX,
  type ChildShard,
  type Position,
  type RecordsAnswer,
  type Refusal,
  type Stream,
  type StreamRecord,
} from './stream';
import type { ShardsTelemetry } from './telemetry';

/** An iterator is good for 5 minutes (GetShardIterator); an older one than this is not tried any more. */
const ITERATOR_AGE_MAX_MS = 240_000;

const BACKOFF: Backoff = { minMs: 1_000, maxMs: 30_000 };

export type Read =
  /** Perhaps empty. The memory of the records is reserved until `reservation` is released. */
  | {
      readonly kind: 'records';
      readonly records: readonly StreamRecord[];
      readonly millisBehindLatest: number;
      /** Monotonic time at which the request was sent. */
      readonly sentAtMs: number;
      readonly reservation: Reservation;
    }
  /** The shard is closed and everything in it was handed out. */
  | { readonly kind: 'end'; readonly children: readonly ChildShard[] }
  /** The service does not know the shard (any more). */
  | { readonly kind: 'gone' }
  /** No repetition heals it. */
  | { readonly kind: 'failed'; readonly error: unknown };

export interface ShardReaderDeps {
  readonly stream: Stream;
  readonly memory: ByteBudget;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: ShardsTelemetry;
  readonly idleMs: number;
  readonly recordsMax: number;
}

interface OpenIterator {
  readonly iterator: string;
  readonly sinceMs: number;
}

export class ShardReader {
  private open: OpenIterator | null = null;
  private position: Position;
  private budget: ReadBudget;
  private idleUntilMs = -Infinity;
  private failures = 0;
  private end: Read | null = null;
  /** The sequence number that the first record must have, when the shard is opened at one. */
  private expected: string | null;

  constructor(
    private readonly shardId: string,
    start: Position,
    private readonly deps: ShardReaderDeps,
  ) {
    this.position = start;
    this.expected = start.type === 'AT_SEQUENCE_NUMBER' ? start.sequenceNumber : null;
    this.budget = fullReadBudget(deps.clock.monotonicMs());
  }

  /** The next answer; null when the signal aborted. One call at a time. Never rejects. */
  async read(signal: AbortSignal): Promise<Read | null> {
    try {
      while (!signal.aborted && this.end === null) {
        await this.rest(signal);
        const memory = await this.deps.memory.reserve(ANSWER_BYTES_MAX, signal);
        if (memory === null) return null;
        let read: Read | null = null;
        try {
          read = await this.attempt(memory, signal);
        } finally {
          if (read?.kind !== 'records' || read.records.length === 0) memory.release();
        }
        if (read !== null) return read;
      }
      return signal.aborted ? null : this.end;
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  /** Waits as long as limits, idleness and earlier failures ask for. */
  private async rest(signal: AbortSignal): Promise<void> {
    const nowMs = this.deps.clock.monotonicMs();
    const waitMs = Math.max(
      waitBeforeReadMs(this.budget, nowMs),
      this.idleUntilMs - nowMs,
      this.failures === 0 ? 0 : backoffMs(this.failures, BACKOFF, this.deps.random),
    );
    if (waitMs > 0) await this.deps.clock.sleep(waitMs, signal);
  }

  /** One request, or two when the iterator must be opened first. Null: nothing came of it, try again. */
  private async attempt(memory: Reservation, signal: AbortSignal): Promise<Read | null> {
    const iterator = await this.freshIterator(signal);
    if (iterator === null || signal.aborted) return null;
    if (typeof iterator !== 'string') return iterator;
    const sentAtMs = this.deps.clock.monotonicMs();
    const answer = await this.deps.stream.getRecords(iterator, this.deps.recordsMax, signal);
    const bytes = answer.kind === 'records' ? sizeOf(answer.records) : 0;
    this.budget = afterRead(this.budget, sentAtMs, bytes);
    memory.shrink(bytes);
    if (signal.aborted && answer.kind === 'unavailable') return null;
    return answer.kind === 'records' ? this.take(answer, bytes, sentAtMs, memory) : this.refused(answer);
  }

  private async freshIterator(signal: AbortSignal): Promise<string | Read | null> {
    const { stream, clock } = this.deps;
    if (this.open !== null && clock.monotonicMs() - this.open.sinceMs <= ITERATOR_AGE_MAX_MS) return this.open.iterator;
    const sinceMs = clock.monotonicMs();
    const openedAtMs = clock.wallMs();
    const answer = await stream.openIterator(this.shardId, this.position, signal);
    if (answer.kind !== 'iterator') return signal.aborted ? null : this.refused(answer);
    this.open = { iterator: answer.iterator, sinceMs };
    // LATEST again would pass over what is written in between (kinesis-client README, "Where a shard starts").
    if (this.position.type === 'LATEST') this.position = { type: 'AT_TIMESTAMP', timestampMs: openedAtMs };
    return answer.iterator;
  }

  private take(answer: RecordsAnswer, bytes: number, sentAtMs: number, reservation: Reservation): Read | null {
    const { clock, telemetry } = this.deps;
    const end = shardEndIn(answer);
    if (end === 'invalid') return this.failed('invalid');
    this.failures = 0;
    this.open = answer.nextIterator === null ? null : { iterator: answer.nextIterator, sinceMs: sentAtMs };
    this.idleUntilMs = answer.millisBehindLatest > 0 ? -Infinity : sentAtMs + this.deps.idleMs;
    if (end === 'end') this.end = { kind: 'end', children: answer.children };
    telemetry.read(this.shardId, end === 'end' ? 'end' : answer.records.length > 0 ? 'records' : 'empty');

    const { records, millisBehindLatest } = answer;
    const last = records.at(-1);
    const ageMs = last === undefined ? 0 : Math.max(0, clock.wallMs() - last.arrivedAtMs);
    telemetry.recordsCame(this.shardId, records.length, bytes, millisBehindLatest, ageMs);
    if (last !== undefined) {
      this.checkFirst(records[0] as StreamRecord);
      this.position = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: last.sequenceNumber };
    }
    return { kind: 'records', records, millisBehindLatest, sentAtMs, reservation };
  }

  /** A shard opened at a checkpoint gives that record first, unless it has left the stream. */
  private checkFirst(first: StreamRecord): void {
    if (this.expected !== null && this.expected !== first.sequenceNumber)
      this.deps.telemetry.recordsPossiblyExpired(
        this.shardId,
        this.expected,
        'the record is not in the shard any more',
      );
    this.expected = null;
  }

  private refused(refusal: Refusal): Read | null {
    switch (refusal.kind) {
      case 'expired':
        this.open = null;
        return this.failed('expired');
      case 'refused':
        return this.positionRefused(refusal.message);
      case 'gone':
        this.deps.telemetry.read(this.shardId, 'gone');
        return { kind: 'gone' };
      case 'unavailable':
        this.deps.telemetry.streamUnreachable(this.shardId, refusal.cause);
        return this.failed('unavailable');
      case 'throttled':
        return this.failed('throttled');
    }
  }

  private positionRefused(message: string): null {
    const { position } = this;
    if ('sequenceNumber' in position) {
      this.deps.telemetry.recordsPossiblyExpired(this.shardId, position.sequenceNumber, message);
      this.position = { type: 'TRIM_HORIZON' };
      this.expected = null;
    }
    return this.failed('refused');
  }

  private failed(outcome: 'expired' | 'refused' | 'unavailable' | 'throttled' | 'invalid'): null {
    this.deps.telemetry.read(this.shardId, outcome);
    this.failures++;
    return null;
  }
}

const sizeOf = (records: readonly StreamRecord[]): number =>
  records.reduce((bytes, record) => bytes + record.data.byteLength, 0);
