/**
 * What is still not as it should be when a simulated fleet has had its calm: pure. Nothing may be left unread, unowned,
 * pending or handed over half, and no lease goes to and fro; rows of shards that ended long ago are gone; every output is there.
 */
import { compareCheckpoints, type Lease } from '../../kinesis-client/leases/lease';
import type { Violation } from './events';
import { ownerOf, type Facts, type ShardFacts } from './facts';

/** In lease durations: for so long no lease has come to another process, once all is even. */
const REST = 5;

export function unfinished(facts: Facts, nowMs: number): Violation[] {
  const shards = [...facts.shards.values()].filter(({ shardId }) => facts.isRead(shardId));
  const messages = shards.flatMap((shard) => {
    const row = facts.rows.get(shard.shardId);
    if (shard.isClosed) return row?.hasEnded ? leftBehind(row.lease) : [`${shard.shardId} has not ended in the table`];
    return row?.lease === undefined ? [`${shard.shardId} has no row`] : openShard(shard, row.lease, facts);
  });
  const hidden = shards
    .flatMap(({ shardId, outputs }) => outputs.slice(facts.rows.get(shardId)?.firstPlace ?? 0))
    .filter((output) => output !== undefined && !facts.visible.has(output))
    .map((output) => `${output} is not visible`);
  const restedMs = nowMs - facts.movedAtMs;
  const restless = restedMs < REST * facts.options.leaseDurationMs ? [`a lease moved ${restedMs} ms ago`] : [];
  return [...messages, ...hidden, ...restless].map((message) => ({ invariant: 'calm at last', message }));
}

const leftBehind = (lease: Lease | undefined): string[] =>
  lease === undefined ? [] : [`the row of ${lease.leaseKey} is there, its shard ended long ago`];

function openShard({ shardId, positions }: ShardFacts, lease: Lease, facts: Facts): string[] {
  const messages: string[] = [];
  const owner = ownerOf(lease);
  const state = owner === undefined ? undefined : facts.processes.get(owner)?.state;
  if (owner === undefined) messages.push(`nobody owns ${shardId}`);
  else if (state !== 'running') messages.push(`${shardId} is owned by ${owner}, which is ${state}`);
  if (lease.checkpointOwner !== undefined) messages.push(`a hand-over of ${shardId} was never ended`);
  if (lease.pending !== undefined) messages.push(`something is pending in ${shardId}`);
  const tip = positions.at(-1);
  if (tip !== undefined && compareCheckpoints(lease.checkpoint, tip) !== 0)
    messages.push(`${shardId} stands at ${lease.checkpoint.sequenceNumber}, its tip is ${tip.sequenceNumber}`);
  return messages;
}
