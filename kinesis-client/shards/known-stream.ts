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

export class KnownStream {
  /** For each reason one error, however many shards meet it: it is told once. */
  private readonly replaced = new StopShard(
    'the stream was deleted, or made anew under the same name: delete the lease table to read the new one from its start',
  );
  private readonly neverHad = new StopShard(
    'the stream is too young to have lost the shard: the lease is of an earlier stream of the same name; delete the lease table to read this one from its start',
  );
  private asking: Promise<StreamDescription | null> | null = null;

  constructor(
    private found: StreamDescription,
    private readonly deps: { readonly stream: Stream; readonly clock: Clock },
  ) {}

  /** As last heard. */
  get retentionMs(): number {
    return this.found.retentionMs;
  }

  /** Whether there is another stream of this name now, or none. @throws FlotillaError */
  async isReplaced(): Promise<boolean> {
    const now = await this.ask();
    if (now?.createdAtMs !== this.found.createdAtMs) return true;
    this.found = now;
    return false;
  }

  /** Why a shard that the service does not know must not count as ended; null: its retention is over. @throws FlotillaError */
  async whyNotEnded(): Promise<StopShard | null> {
    if (await this.isReplaced()) return this.replaced;
    const ageMs = this.deps.clock.wallMs() - this.found.createdAtMs;
    return ageMs < RETENTION_MIN_MS ? this.neverHad : null;
  }

  /** One request for all who ask at the same time: the service allows an account few of them. */
  private ask(): Promise<StreamDescription | null> {
    this.asking ??= this.deps.stream.describe().finally(() => (this.asking = null));
    return this.asking;
  }
}
