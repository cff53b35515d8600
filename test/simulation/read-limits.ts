/**
 * What a shard gives to all its readers together (Kinesis Data Streams quotas): 5 GetRecords a second, 2 MB a second; after an
 * answer that was more the next ones are refused until the rate is met again.
 */
const CALLS_PER_SECOND = 5;
const BYTES_PER_SECOND = 2 * 1024 * 1024;
/** Records of a simulated stream are small; they count as if they were so large. */
const RECORD_BYTES = 150 * 1024;

interface Readings {
  callsAtMs: number[];
  /** When the bytes that were given are paid for. */
  paidAtMs: number;
}

export class ReadLimits {
  private readonly shards = new Map<string, Readings>();
  private crowdedUntilMs = -Infinity;

  /** Until then another application reads too: only one call a second is left. */
  crowd(untilMs: number): void {
    this.crowdedUntilMs = untilMs;
  }

  /** A call that is refused counts too, as at the service. */
  mayRead(shardId: string, nowMs: number): boolean {
    const readings = this.of(shardId);
    readings.callsAtMs = [...readings.callsAtMs.filter((atMs) => atMs > nowMs - 1_000), nowMs];
    const callsMax = nowMs < this.crowdedUntilMs ? 1 : CALLS_PER_SECOND;
    return readings.callsAtMs.length <= callsMax && readings.paidAtMs <= nowMs;
  }

  wasRead(shardId: string, records: number, nowMs: number): void {
    const readings = this.of(shardId);
    // A burst of one second is free: small answers never wait.
    const paidAtMs = Math.max(readings.paidAtMs, nowMs - 1_000);
    readings.paidAtMs = paidAtMs + (records * RECORD_BYTES * 1_000) / BYTES_PER_SECOND;
  }

  private of(shardId: string): Readings {
    const found = this.shards.get(shardId) ?? { callsAtMs: [], paidAtMs: -Infinity };
    this.shards.set(shardId, found);
    return found;
  }
}
