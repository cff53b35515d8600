/**
 * Nobody is robbed by a peer. A lease is taken from another owner only when its counter has stood still for the lease duration, or
 * when that owner was asked to hand it over and did not in the time that it has, and a lease duration more.
 */
import { ownerOf } from '../facts';
import type { Invariant } from '../invariant';
import { STRANGER } from '../stranger';

export function noEarlyTake(): Invariant {
  /** When the owner of each lease was asked by the same peer first. A late request may ask again what had ended unseen. */
  const asked = new Map<string, { readonly pair: string; readonly atMs: number }>();
  return {
    name: 'no early take',
    check(event, facts) {
      if (event.kind !== 'rowChanged') return null;
      const { leaseKey, process, before, after, atMs } = event;
      const wasAsked = before?.checkpointOwner !== undefined;
      if (!wasAsked && after?.checkpointOwner !== undefined) {
        const pair = `${after.checkpointOwner} ${after.leaseOwner}`;
        if (asked.get(leaseKey)?.pair !== pair) asked.set(leaseKey, { pair, atMs });
      }
      const [owner, next] = [ownerOf(before), ownerOf(after)];
      if (owner === undefined || owner === process || next !== process) return null;
      if (process === STRANGER || owner === STRANGER) return null; // such programs are not asked, and do not ask
      const { leaseDurationMs, handOffTimeoutMs } = facts.options;
      const silentMs = atMs - (facts.rows.get(leaseKey)?.counterSinceMs ?? atMs);
      if (silentMs > leaseDurationMs) return null;
      const waitedMs = wasAsked ? atMs - (asked.get(leaseKey)?.atMs ?? atMs) : 0;
      if (waitedMs >= handOffTimeoutMs + leaseDurationMs) return null;
      const how = wasAsked ? `was asked ${waitedMs} ms ago` : 'was not asked';
      return `${process} takes the lease of ${owner}, whose counter moved ${silentMs} ms ago and who ${how}`;
    },
  };
}
