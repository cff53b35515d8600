/**
 * Reads one shard from a position on, within the service's limits: opens and re-opens the iterator, rests at the tip,
 * backs off when throttled, and hands out one answer at a time. The shard consumer calls it; it knows nothing of
 * leases, processors or checkpoints.
 */
import type { Clock } from '../../runtime/clock';
import { isRetryable } from '../../runtime/errors';
import { backoffMs, type Backoff } from '../../runtime/retry';
import type { Random } from '../../runtime/random';
import { bytesToReserve, sizeOf, type LastRead } from './answer-size';
import type { ByteBudget, Reservation } from './byte-budget';
import type { KnownStream } from './known-stream';
import { afterRead, fullReadBudget, waitBeforeReadMs, type ReadBudget } from './read-budget';
import { RetentionWatch } from './retention-watch';
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
  /** The same stream. */
  readonly known: KnownStream;
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
  private answered: number;
  private isPausing = false;
  private end: Read | null = null;
  private last: LastRead | null = null;
  private recordsMax: number;
  private readonly retention: RetentionWatch;

  constructor(
    private readonly shardId: string,
    start: Position,
    private readonly deps: ShardReaderDeps,
  ) {
    this.position = start;
    this.recordsMax = deps.recordsMax;
    this.retention = new RetentionWatch(shardId, deps);
    this.answered = deps.clock.monotonicMs();
    this.budget = fullReadBudget(this.answered);
  }

  /** Monotonic time at which the stream last answered anything, refusals and failures too; now while it is not to be asked yet. */
  get answeredAtMs(): number {
    return this.isPausing ? this.deps.clock.monotonicMs() : this.answered;
  }

  /** The next answer; null when the signal aborted. One call at a time. Never rejects. */
  async read(signal: AbortSignal): Promise<Read | null> {
    try {
      while (!signal.aborted && this.end === null) {
        const memory = await this.pause(signal);
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

  /** Before a request: rests, and waits until there is memory for its answer. */
  private async pause(signal: AbortSignal): Promise<Reservation | null> {
    const { memory, clock } = this.deps;
    this.isPausing = true;
    await this.rest(signal);
    const reservation = await memory.reserve(bytesToReserve(this.last, clock.monotonicMs()), signal);
    this.isPausing = false;
    this.answered = clock.monotonicMs();
    return reservation;
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
    const answer = await this.deps.stream.getRecords(iterator, this.recordsMax, signal);
    const bytes = answer.kind === 'records' ? sizeOf(answer.records) : 0;
    this.answered = this.deps.clock.monotonicMs();
    this.budget = afterRead(this.budget, sentAtMs, bytes);
    if (signal.aborted && answer.kind === 'unavailable') return null;
    if (answer.kind !== 'records') return this.refused(answer);
    return memory.resize(bytes) ? this.take(answer, bytes, sentAtMs, memory) : this.tooLarge(answer, memory);
  }

  private async freshIterator(signal: AbortSignal): Promise<string | Read | null> {
    const { stream, clock } = this.deps;
    if (this.open !== null && clock.monotonicMs() - this.open.sinceMs <= ITERATOR_AGE_MAX_MS) return this.open.iterator;
    const sinceMs = clock.monotonicMs();
    const openedAtMs = clock.wallMs();
    const answer = await stream.openIterator(this.shardId, this.position, signal);
    this.answered = clock.monotonicMs();
    if (answer.kind !== 'iterator') return signal.aborted ? null : this.refused(answer);
    this.open = { iterator: answer.iterator, sinceMs };
    this.retention.opened(this.position);
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

    this.last = { sentAtMs, bytes, isAtTip: answer.millisBehindLatest === 0 };
    this.recordsMax = this.deps.recordsMax;
    const { records, millisBehindLatest } = answer;
    const last = records.at(-1);
    const ageMs = last === undefined ? 0 : Math.max(0, clock.wallMs() - last.arrivedAtMs);
    const retentionUsed = this.retention.read(answer, sentAtMs);
    telemetry.recordsCame(this.shardId, { records: records.length, bytes, millisBehindLatest, ageMs, retentionUsed });
    this.position = nextPosition(this.position, answer);
    return { kind: 'records', records, millisBehindLatest, sentAtMs, reservation };
  }

  /** The same iterator is asked again, with room for anything that the service may give; if that was it, for less. */
  private tooLarge({ records }: RecordsAnswer, { bytes }: Reservation): null {
    this.deps.telemetry.read(this.shardId, 'too-large');
    if (bytes >= ANSWER_BYTES_MAX) this.recordsMax = Math.max(1, Math.floor(records.length / 2));
    this.last = null;
    return null;
  }

  private async refused(refusal: Refusal): Promise<Read | null> {
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

  /** The sequence number has left the shard, or never was in it: in this one, or in a stream that bears its name now. */
  private async positionRefused(message: string): Promise<Read | null> {
    const { known, telemetry } = this.deps;
    const { position } = this;
    if ('sequenceNumber' in position) {
      const replaced = await known.whyReplaced().catch(asUnavailable);
      if (replaced instanceof Error) return { kind: 'failed', error: replaced };
      if (replaced !== null) return this.refused(replaced);
      telemetry.recordsPossiblyExpired(this.shardId, position.sequenceNumber, message);
      this.position = { type: 'TRIM_HORIZON' };
    }
    return this.failed('refused');
  }

  private failed(outcome: 'expired' | 'refused' | 'unavailable' | 'throttled' | 'invalid'): null {
    this.deps.telemetry.read(this.shardId, outcome);
    this.failures++;
    return null;
  }
}

/** Where to open the shard when the iterator is lost. */
function nextPosition(position: Position, { records, millisBehindLatest }: RecordsAnswer): Position {
  const last = records.at(-1);
  if (last !== undefined) return { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: last.sequenceNumber };
  // The record of a checkpoint that is not found on the way to the tip has expired: it is not looked for again.
  const isGone = millisBehindLatest === 0 && position.type === 'AT_SEQUENCE_NUMBER';
  return isGone ? { ...position, type: 'AFTER_SEQUENCE_NUMBER' } : position;
}

/** @throws what no repetition heals */
function asUnavailable(error: unknown): Refusal {
  if (!isRetryable(error)) throw error;
  return { kind: 'unavailable', cause: error };
}
