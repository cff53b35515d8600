/**
 * Two consumers of a shard overlap as little as the protocol allows, measured from the take. Who was silent for the whole
 * lease duration has stopped by itself before anybody takes: no overlap at all. Who let go of itself does nothing more.
 * Only from a live owner (a steal, a hand-over that timed out) both may work, for one lease duration at most. A process that
 * stands still does nothing; when it wakes it has no time left.
 */
import type { SimulationEvent } from '../events';
import { isGone, ownerOf, type Facts } from '../facts';
import type { Invariant } from '../invariant';
import type { LifeFacts } from '../lives';

/** A lease that the process held until somebody else did. */
interface Loss {
  readonly atMs: number;
  /** How long its consumer may go on. */
  readonly graceMs: number;
  /** It let go: it knows, and tells its processor at last, when the answer has come. */
  readonly ofItself: boolean;
}

export function oneConsumer(): Invariant {
  const losses = new Map<string, Loss>();
  const open = new Set<LifeFacts>();
  /** When the owner of each lease was asked to hand it over. */
  const askedAtMs = new Map<string, number>();

  const note = (event: SimulationEvent & { kind: 'rowChanged' }, facts: Facts): void => {
    const [loser, winner] = [ownerOf(event.before), ownerOf(event.after)];
    if (winner !== undefined) losses.delete(`${winner} ${event.leaseKey}`);
    if (loser === undefined || loser === winner) return;
    const { leaseDurationMs } = facts.options;
    const silentMs = event.atMs - (facts.rows.get(event.leaseKey)?.counterSinceMs ?? event.atMs);
    const ofItself = event.process === loser;
    const wasLive = !ofItself && silentMs <= leaseDurationMs;
    losses.set(`${loser} ${event.leaseKey}`, { atMs: event.atMs, graceMs: wasLive ? leaseDurationMs : 0, ofItself });
  };

  /** Who lets a lease go has ended its processor's callback before; a hand-off that takes too long is ended all the same. */
  const letsGoAtWork = (event: SimulationEvent & { kind: 'rowChanged' }, facts: Facts): string | null => {
    const { process, leaseKey, before, after, atMs } = event;
    if (before?.checkpointOwner === undefined && after?.checkpointOwner !== undefined) askedAtMs.set(leaseKey, atMs);
    if (ownerOf(before) !== process || after === undefined || ownerOf(after) === process) return null;
    const running = facts.lives.newest(process, leaseKey)?.running ?? null;
    const isOverdue =
      before?.checkpointOwner !== undefined &&
      atMs - (askedAtMs.get(leaseKey) ?? atMs) >= facts.options.handOffTimeoutMs;
    if (running === null || running === 'leaseLost' || isOverdue || facts.options.releasesStuck) return null;
    return `${process} lets go of ${leaseKey} while ${running} runs`;
  };

  const lossOf = ({ process, shardId }: LifeFacts): Loss | undefined => losses.get(`${process} ${shardId}`);
  /** How long after the loss it still works, when that is too long. */
  const overstays = (loss: Loss | undefined, atMs: number): number | null =>
    loss !== undefined && atMs > loss.atMs + loss.graceMs ? atMs - loss.atMs : null;

  /** A processor that works on without having been told, in a process that could have told it. */
  const untold = (atMs: number, facts: Facts): string | null => {
    for (const life of open) {
      const process = facts.processes.get(life.process);
      if (process === undefined || life.told || life.over || isGone(process.state)) {
        open.delete(life);
        continue;
      }
      const loss = lossOf(life);
      if (loss === undefined || loss.ofItself || process.state === 'paused' || process.runningSinceMs >= atMs) continue;
      const ms = overstays(loss, atMs);
      if (ms !== null) return `${life.process} does not tell its processor that ${life.shardId} is lost for ${ms} ms`;
    }
    return null;
  };

  return {
    name: 'one consumer',
    check(event, facts) {
      const late = untold(event.atMs, facts);
      if (late !== null) return late;
      if (event.kind === 'rowChanged') {
        const working = letsGoAtWork(event, facts);
        if (working !== null) return working;
        note(event, facts);
      }
      if (event.kind === 'called') {
        const life = facts.lives.get(event.life);
        if (event.callback === 'leaseLost') return null;
        open.add(life);
        const ms = overstays(lossOf(life), event.atMs);
        if (ms !== null)
          return `${life.process} calls ${event.callback} of ${life.shardId} ${ms} ms after it lost the lease`;
      }
      return null;
    },
  };
}
