/** Leases, shards and settings for tests, each with the defaults that a test need not name. */
import type { LeaseSettings } from '../kinesis-client/leases/config';
import { leaseFields } from '../kinesis-client/leases/config';
import type { Checkpoint, Lease } from '../kinesis-client/leases/lease';
import type { Shard } from '../kinesis-client/leases/plan-shard-sync';
import { defaultsOf } from './default-settings';

export const at = (sequenceNumber: string | number, subSequenceNumber = 0): Checkpoint => ({
  sequenceNumber: String(sequenceNumber),
  subSequenceNumber,
});

/** An unowned lease at TRIM_HORIZON. */
export const aLease = (leaseKey: string, fields: Partial<Lease> = {}): Lease => ({
  leaseKey,
  leaseCounter: 0n,
  ownerSwitchesSinceCheckpoint: 0n,
  checkpoint: at('TRIM_HORIZON'),
  parentShardIds: [],
  childShardIds: [],
  ...fields,
});

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** `count` open shards, shard-0 and so on, that share the hash range evenly. */
export function evenShards(count: number): Shard[] {
  const width = 2n ** 128n / BigInt(count);
  return Array.from({ length: count }, (_, i) => {
    const end = i === count - 1 ? 2n ** 128n - 1n : BigInt(i + 1) * width - 1n;
    return aShard(`shard-${i}`, { hashRange: { start: String(BigInt(i) * width), end: String(end) } });
  });
}

/** An open shard without parents over the whole hash range; its number in the id is its starting sequence number. */
export const aShard = (shardId: string, fields: Partial<Shard> = {}): Shard => ({
  shardId,
  hashRange: { start: '0', end: String(2n ** 128n - 1n) },
  startingSequenceNumber: /\d+$/.exec(shardId)?.[0] ?? '0',
  isClosed: false,
  ...fields,
});

export function leaseSettings(overrides: Partial<LeaseSettings> = {}): LeaseSettings {
  return { ...defaultsOf(leaseFields), ...overrides };
}
