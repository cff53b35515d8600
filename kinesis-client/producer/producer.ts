/**
 * Puts records into a stream and says when they are durable. Records wait in one bounded queue; while requests are under
 * way the next batch gathers. What fails is sent again, with the same stamp, until its deadline: at least once.
 */
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../runtime/clock';
import type { Settings } from '../../runtime/config';
import { FlotillaError, isRetryable } from '../../runtime/errors';
import type { Random } from '../../runtime/random';
import { backoffMs } from '../../runtime/retry';
import type { producerFields } from './config';
import { BYTES_PER_RECORD_MAX } from './put-limits';
import { putRecordsOf, type PutRecords, type StampedRecord } from './put-records';
import { explicitHashKeyOf, stampOf } from './stamp';
import { batchSize } from './take-batch';
import type { ProducerTelemetry } from './telemetry';

export type ProducerSettings = Settings<{ producer: typeof producerFields }>['producer'];

export interface NewRecord {
  /** Decides the shard, as Kinesis would; records with one key stay in order while nothing fails. */
  readonly partitionKey: string;
  /** With its stamp at most 1 MiB. */
  readonly data: Uint8Array;
}

export interface Producer {
  /**
   * Resolves when every record is durable. Rejects with a retryable FlotillaError after `timeoutMs`, or at once when the
   * queue is full: some of the records may be in the stream all the same. Rejects with a fatal one when Kinesis refuses
   * the request for good.
   */
  put(records: readonly NewRecord[], options: { readonly timeoutMs: number }): Promise<void>;
  /** Resolves when nothing is waiting or under way. Bounded by the deadlines of what is. */
  flush(): Promise<void>;
  /** Null while Kinesis takes records, else one sentence: the last request failed. */
  health(): string | null;
}

export interface ProducerDependencies {
  readonly settings: ProducerSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: ProducerTelemetry;
}

/** The client stays the caller's; the SDK's own retries should be off, for a try of ours has its own time limit. */
export const createProducer = (
  kinesis: KinesisClient,
  streamName: string,
  dependencies: ProducerDependencies,
): Producer => new QueueingProducer(putRecordsOf(kinesis, streamName), dependencies);

interface Waiting extends StampedRecord {
  readonly bytes: number;
  readonly put: Put;
}

/** One call of `put`: it ends once, by its last record or by its deadline. */
interface Put {
  readonly deadlineMs: number;
  open: number;
  ended: boolean;
  end(error?: FlotillaError): void;
}

export class QueueingProducer implements Producer {
  private readonly origin: string;
  private count = 0;
  private queue: Waiting[] = [];
  private queueBytes = 0;
  private inFlight = 0;
  private failures = 0;
  private resumeAtMs = 0;
  private fault: string | null = null;
  private idle: (() => void)[] = [];

  constructor(
    private readonly putRecords: PutRecords,
    private readonly deps: ProducerDependencies,
  ) {
    this.origin = deps.random.uuid().replaceAll('-', '').slice(0, 16);
  }

  async put(records: readonly NewRecord[], { timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    if (records.length === 0) return;
    const sized = records.map((record) => ({ record, stamp: stampOf(this.origin, this.count++) }));
    const bytes = sized.reduce((sum, { record, stamp }) => sum + record.data.byteLength + stamp.length, 0);
    if (sized.some(({ record, stamp }) => record.data.byteLength + stamp.length > BYTES_PER_RECORD_MAX)) {
      throw new RangeError(`a record with its stamp may have ${BYTES_PER_RECORD_MAX} bytes`);
    }
    if (this.queueBytes + bytes > this.deps.settings.queueBytesMax) {
      this.deps.telemetry.recordsEnded('refused', records.length);
      throw new FlotillaError('FLOTILLA_THROTTLED', `${this.queueBytes} bytes wait for Kinesis already`);
    }
    this.addBytes(bytes);
    const timer = new AbortController();
    try {
      await new Promise<void>((resolve, reject) => {
        const put = this.openPut(records.length, timeoutMs, (error) => (error ? reject(error) : resolve()));
        for (const { record, stamp } of sized) this.queue.push(this.waiting(record, stamp, put));
        void this.deps.clock.sleep(timeoutMs, timer.signal).then(() => this.expire(put));
        this.pump();
      });
    } finally {
      timer.abort();
    }
  }

  async flush(): Promise<void> {
    if (this.inFlight === 0 && this.queue.length === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  health(): string | null {
    return this.fault;
  }

  private waiting(record: NewRecord, stamp: string, put: Put): Waiting {
    return {
      partitionKey: stamp,
      explicitHashKey: explicitHashKeyOf(record.partitionKey),
      data: record.data,
      bytes: record.data.byteLength + stamp.length,
      put,
    };
  }

  private openPut(count: number, timeoutMs: number, settle: (error?: FlotillaError) => void): Put {
    const put: Put = {
      deadlineMs: this.deps.clock.monotonicMs() + timeoutMs,
      open: count,
      ended: false,
      end: (error) => {
        if (put.ended) return;
        put.ended = true;
        settle(error);
      },
    };
    return put;
  }

  private expire(put: Put): void {
    if (put.ended) return;
    this.deps.telemetry.recordsEnded('expired', put.open);
    put.end(
      new FlotillaError(
        'FLOTILLA_UNAVAILABLE',
        `Kinesis did not take the records in time: ${this.fault ?? 'it is slow'}`,
      ),
    );
    const left = this.queue.filter((record) => record.put !== put);
    for (const record of this.queue) if (record.put === put) this.addBytes(-record.bytes);
    this.queue = left;
    this.settleIdle();
  }

  /** Starts as many requests as may be under way. Called whenever that can have changed. */
  private pump(): void {
    const { clock, settings } = this.deps;
    while (this.queue.length > 0 && this.inFlight < settings.requestsInFlightMax) {
      if (clock.monotonicMs() < this.resumeAtMs) return;
      const batch = this.queue.splice(0, batchSize(this.queue));
      this.inFlight++;
      void this.send(batch).then(() => {
        this.inFlight--;
        this.pump();
        this.settleIdle();
      });
    }
  }

  private async send(batch: readonly Waiting[]): Promise<void> {
    const { clock, settings, telemetry } = this.deps;
    const startedMs = clock.monotonicMs();
    const timer = new AbortController();
    const timedOut = new AbortController();
    void clock.sleep(settings.requestTimeoutMs, timer.signal).then(() => timedOut.abort());
    try {
      const results = await this.putRecords(batch, timedOut.signal);
      this.sorted(batch, results);
    } catch (error) {
      this.fault = (error as Error).message;
      if (isRetryable(error)) this.retryAll(batch, error);
      else this.giveUp(batch, error as FlotillaError);
    } finally {
      timer.abort();
      telemetry.requestEnded((clock.monotonicMs() - startedMs) / 1000);
    }
  }

  private sorted(batch: readonly Waiting[], results: readonly (string | null)[]): void {
    const failed = batch.filter((_, i) => results[i] !== null);
    const stored = batch.filter((_, i) => results[i] === null);
    this.fault = stored.length > 0 ? null : `every record was refused: ${results[0]}`;
    this.deps.telemetry.recordsEnded('stored', stored.length);
    for (const record of stored) {
      this.addBytes(-record.bytes);
      if (--record.put.open === 0) record.put.end();
    }
    if (failed.length > 0) {
      this.deps.telemetry.recordsThrottled(failed.length);
      this.requeue(failed);
    } else {
      this.failures = 0;
    }
  }

  private retryAll(batch: readonly Waiting[], error: unknown): void {
    this.deps.telemetry.requestFailed(error, batch.length);
    this.requeue(batch);
  }

  private giveUp(batch: readonly Waiting[], error: FlotillaError): void {
    this.deps.telemetry.recordsEnded('refused', batch.length);
    for (const record of batch) {
      this.addBytes(-record.bytes);
      record.put.end(error);
    }
  }

  /** Back to the head of the queue, in order; what nobody waits for any more is left out. */
  private requeue(records: readonly Waiting[]): void {
    const { clock, settings, random } = this.deps;
    const wanted = records.filter((record) => !record.put.ended);
    for (const record of records) if (record.put.ended) this.addBytes(-record.bytes);
    this.queue.unshift(...wanted);
    this.failures++;
    const waitMs = backoffMs(this.failures, { minMs: settings.retryMinMs, maxMs: settings.retryMaxMs }, random);
    this.resumeAtMs = clock.monotonicMs() + waitMs;
    void clock.sleep(waitMs).then(() => this.pump());
  }

  private addBytes(bytes: number): void {
    this.queueBytes += bytes;
    this.deps.telemetry.queueChanged(this.queueBytes);
  }

  private settleIdle(): void {
    if (this.inFlight > 0 || this.queue.length > 0) return;
    for (const resolve of this.idle.splice(0)) resolve();
  }
}
