/**
 * What each shard may take and give under the limits of a `shard-limits` fault, as the service does it: a record over the
 * limit fails alone, a read over it is refused, and an answer of more than a second's bytes is paid for by the next reads.
 */
import { RateBudget } from '../faults/rate-budget';
import type { RuleOf } from '../faults/fault-rule';

interface ShardBudget {
  readonly records: RateBudget;
  readonly writeBytes: RateBudget;
  readonly reads: RateBudget;
  readonly readBytes: RateBudget;
  readonly iterators: RateBudget;
}

export class ShardBudgets {
  private readonly shards = new Map<string, ShardBudget>();

  constructor(private readonly limits: RuleOf<'shard-limits'>) {}

  /** One record of so many bytes, its partition key counted. */
  takesRecord(shard: string, bytes: number, nowMs: number): boolean {
    const { records, writeBytes } = this.of(shard, nowMs);
    if (!records.isOpen(nowMs) || !writeBytes.take(bytes, nowMs)) return false;
    return records.take(1, nowMs);
  }

  /** Whether the shard may be read now; `wasRead` says what came. */
  givesRecords(shard: string, nowMs: number): boolean {
    const { reads, readBytes } = this.of(shard, nowMs);
    return readBytes.isOpen(nowMs) && reads.take(1, nowMs);
  }

  wasRead(shard: string, bytes: number, nowMs: number): void {
    this.of(shard, nowMs).readBytes.charge(bytes);
  }

  /** GetShardIterator has a limit of its own, of the same size. */
  givesIterator(shard: string, nowMs: number): boolean {
    return this.of(shard, nowMs).iterators.take(1, nowMs);
  }

  private of(shard: string, nowMs: number): ShardBudget {
    const { recordsPerSecond, writeBytesPerSecond, readsPerSecond, readBytesPerSecond } = this.limits;
    const found = this.shards.get(shard) ?? {
      records: new RateBudget(recordsPerSecond, nowMs),
      writeBytes: new RateBudget(writeBytesPerSecond, nowMs),
      reads: new RateBudget(readsPerSecond, nowMs),
      readBytes: new RateBudget(readBytesPerSecond, nowMs),
      iterators: new RateBudget(readsPerSecond, nowMs),
    };
    this.shards.set(shard, found);
    return found;
  }
}
