/**
 * Trust runs out by itself: whoever could not write for nearly a lease duration, counted from before its last applied write
 * was sent, sends nothing more under that holding, whatever the row says. Takes begin a new holding.
 */
import { trustedMs } from '../../../kinesis-client/leases/config';
import { sameHolding } from '../../../kinesis-client/leases/lease';
import type { Invariant } from '../invariant';

export function ownTrust(): Invariant {
  const sentAt = new Map<string, number>();
  return {
    name: 'own trust',
    check(event, facts) {
      if (event.kind === 'rowChanged') {
        const { before, after, process, leaseKey, sentMs } = event;
        const isHeartbeat = before !== undefined && after !== undefined && before.leaseCounter !== after.leaseCounter;
        if (isHeartbeat && !sameHolding(before, after)) sentAt.set(`${process} ${leaseKey}`, sentMs);
        return null;
      }
      if (event.kind !== 'writeSent' || event.isTake) return null;
      const sinceMs = sentAt.get(`${event.process} ${event.leaseKey}`);
      if (sinceMs === undefined) return `${event.process} writes to a lease that it never held`;
      const ageMs = event.atMs - sinceMs;
      const trusted = trustedMs(facts.options.leaseDurationMs);
      return ageMs <= trusted
        ? null
        : `${event.process} writes ${ageMs} ms after its last write, trusted for ${trusted} ms`;
    },
  };
}
