/**
 * Commits in two phases: a batch becomes visible only after its prepare was accepted, its commit is accepted only after all
 * of it is visible, and no output is ever in two visible batches. Nothing is thrown away whose prepare was sent: whoever
 * owns the shard next may have to make it visible. Where a sink acknowledges, it has everything before it is prepared.
 */
import type { Lease, PendingCheckpoint } from '../../../kinesis-client/leases/lease';
import type { Facts } from '../facts';
import type { Invariant } from '../invariant';

export function outputs(): Invariant {
  const prepared = new Set<string>();
  const visible = new Set<string>();
  const sent = new Set<string>();
  return {
    name: 'outputs',
    check(event, facts) {
      if (event.kind === 'madeVisible') {
        const batch = keyOf(event.shardId, event.state);
        if (!prepared.has(batch)) return `a batch of ${event.shardId} becomes visible that was never prepared`;
        if (visible.has(batch)) return null;
        visible.add(batch);
        const twice = event.outputs.find((output) => facts.visible.has(output));
        return twice === undefined ? null : `${twice} is visible twice`;
      }
      if (event.kind === 'asked' && event.request.kind === 'prepare' && event.request.state !== undefined)
        sent.add(keyOf(facts.lives.get(event.life).shardId, event.request.state));
      if (event.kind === 'thrownAway' && sent.has(keyOf(event.shardId, event.state)))
        return `what was uploaded for a batch of ${event.shardId} is thrown away after its prepare was sent`;
      if (event.kind !== 'rowChanged' || event.after === undefined) return null;
      const { leaseKey, before, after } = event;
      if (after.pending?.state !== undefined && before?.pending === undefined) {
        prepared.add(keyOf(leaseKey, after.pending.state));
        const missing = facts.options.acknowledges ? unacknowledged(after, facts) : undefined;
        if (missing !== undefined) return `a batch of ${leaseKey} is prepared before ${missing} is acknowledged`;
      }
      const done = after.pending === undefined ? before?.pending?.state : undefined;
      const isHidden = done !== undefined && !visible.has(keyOf(leaseKey, done));
      return isHidden ? `a batch of ${leaseKey} is committed and not visible` : null;
    },
  };
}

/** The first output up to what is pending that the sink beside does not have. */
function unacknowledged({ leaseKey, checkpoint, pending }: Lease, facts: Facts): string | undefined {
  const places = [checkpoint, (pending as PendingCheckpoint).checkpoint].map((at) => facts.placeAfter(leaseKey, at));
  const outputs = facts.shard(leaseKey).outputs.slice(...places);
  return outputs.find((output) => output !== undefined && !facts.acknowledged.has(output));
}

const keyOf = (shardId: string, state: Uint8Array): string => `${shardId} ${Buffer.from(state).toString('latin1')}`;
