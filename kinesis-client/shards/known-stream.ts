/**
 * The stream as this worker found it at its start: which one of its name it is, and how long it keeps records. All shards
 * of the worker share it; they ask it when the service does not know a shard or a position, because a stream that was
 * deleted and made anew under the same name must never look like shards that have ended.
 */
import type { Clock } from '../../runtime/clock';
import { StopShard } from './record-processor';
import type { Stream, StreamDescription } from './stream';

/** The shortest retention that a stream can have (IncreaseStreamRetentionPeriod); no younger stream has lost a shard. */
const RETENTION_MIN_MS = 24 * 3_600_000;
/** How old the retention as last heard may be. */
const RETENTION_AGE_MAX_MS = 600_000;

export class KnownStream {
  /** For each reason one error, however many shards meet it: it is told once. */
  private readonly replaced = new StopShard(
    'the stream was deleted, or made anew under the same name: delete the lease table to read the new one from its start',
  );
  private readonly neverHad = new StopShard(
    'the stream is too young to have lost the shard: the lease is of an earlier stream of the same name; delete the lease table to read this one from its start',
  );
  private asking: Promise<StreamDescription | null> | null = null;
  private askedAtMs: number;

  constructor(
    private found: StreamDescription,
    private readonly deps: { readonly stream: Stream; readonly clock: Clock },
  ) {
    this.askedAtMs = deps.clock.monotonicMs();
  }

  /** As heard not long ago. Never waits: when it has to ask, the answer counts from a later call on. */
  retentionMs(): number {
    const ageMs = this.deps.clock.monotonicMs() - this.askedAtMs;
    if (ageMs > RETENTION_AGE_MAX_MS) this.ask().catch(() => undefined); // an older answer is good enough
    return this.found.retentionMs;
  }

  /** Why nothing may be read from here on; null: it still is the stream that was found. @throws FlotillaError */
  async whyReplaced(): Promise<StopShard | null> {
    const now = await this.ask();
    return now?.createdAtMs === this.found.createdAtMs ? null : this.replaced;
  }

  /** Why a shard that the service does not know must not count as ended; null: its retention is over. @throws FlotillaError */
  async whyNotEnded(): Promise<StopShard | null> {
    const replaced = await this.whyReplaced();
    if (replaced !== null) return replaced;
    const ageMs = this.deps.clock.wallMs() - this.found.createdAtMs;
    return ageMs < RETENTION_MIN_MS ? this.neverHad : null;
  }

  /** One request for all who ask at the same time: the service allows an account few of them. */
  private ask(): Promise<StreamDescription | null> {
    this.askedAtMs = this.deps.clock.monotonicMs();
    this.asking ??= this.askNow().finally(() => (this.asking = null));
    return this.asking;
  }

  private async askNow(): Promise<StreamDescription | null> {
    const now = await this.deps.stream.describe();
    if (now?.createdAtMs === this.found.createdAtMs) this.found = now;
    return now;
  }
}
