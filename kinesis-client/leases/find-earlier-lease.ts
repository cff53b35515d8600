/**
 * Finds leases that were made for an earlier stream of the same name: pure. Shard ids begin anew with every stream, so such
 * a lease looks like one of this stream, and its shard would be read from the middle or not at all. The lease keeper asks
 * before its first look.
 */
import { isFinished, type Lease } from './lease';
import type { Shard } from './plan-shard-sync';

export interface EarlierLease {
  readonly leaseKey: string;
  /** The rest of a sentence that begins with the lease. */
  readonly evidence: string;
}

/**
 * The first lease that cannot belong to these shards: its checkpoint lies before the first sequence number of its shard, or
 * it has ended while its shard is open. A lease whose shard is not listed proves nothing: it may have left the stream.
 */
export function findEarlierLease(leases: readonly Lease[], shards: readonly Shard[]): EarlierLease | undefined {
  const listed = new Map(shards.map((shard) => [shard.shardId, shard]));
  for (const lease of leases) {
    const shard = listed.get(lease.leaseKey);
    const evidence = shard === undefined ? undefined : evidenceIn(lease, shard);
    if (evidence !== undefined) return { leaseKey: lease.leaseKey, evidence };
  }
  return undefined;
}

function evidenceIn(lease: Lease, { startingSequenceNumber, isClosed }: Shard): string | undefined {
  const { sequenceNumber } = lease.checkpoint;
  if (isFinished(lease)) return isClosed ? undefined : 'has ended, and its shard is open';
  const liesBefore = /^\d+$/.test(sequenceNumber) && BigInt(sequenceNumber) < BigInt(startingSequenceNumber);
  return liesBefore ? `stands at ${sequenceNumber}, and its shard begins at ${startingSequenceNumber}` : undefined;
}
