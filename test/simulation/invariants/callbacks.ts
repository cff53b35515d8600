/**
 * The life of a record processor: `initialize` first, with what the row says, and what is pending in it; one callback at a
 * time; nothing after the last one; no checkpoint is granted after it. Whoever was not initialised hears nothing else.
 */
import { compareCheckpoints, type Lease } from '../../../kinesis-client/leases/lease';
import type { Callback, SimulationEvent } from '../events';
import { ownerOf, type Facts } from '../facts';
import type { Invariant } from '../invariant';
import type { LifeFacts } from '../lives';

export const callbacks = (): Invariant => ({
  name: 'callbacks',
  check(event, facts) {
    switch (event.kind) {
      case 'lifeBegan':
        return asTheRowSays(event, facts);
      case 'called':
        return isInOrder(facts.lives.get(event.life), event.callback);
      case 'answered': {
        const { over, process, shardId } = facts.lives.get(event.life);
        if (event.error !== null || !over) return null;
        const asked = facts.lives.asked(process, shardId).findLast((one) => one.life.life === event.life);
        return asked?.tooLate ? `a ${event.request.kind} is granted to a life that is over` : null;
      }
      default:
        return null;
    }
  },
});

function asTheRowSays(event: SimulationEvent & { kind: 'lifeBegan' }, facts: Facts): string | null {
  const before = facts.lives.newest(event.process, event.shardId);
  if (before !== undefined && before.initialised && !before.over)
    return `${event.process} begins a second life of ${event.shardId} beside the first`;
  const row = facts.rows.get(event.shardId)?.lease;
  if (row === undefined || ownerOf(row) !== event.process) return null; // overtaken: `one consumer` watches it
  if (compareCheckpoints(row.checkpoint, event.checkpoint) !== 0)
    return `a life begins at ${event.checkpoint.sequenceNumber}, the row says ${row.checkpoint.sequenceNumber}`;
  return samePending(row.pending, event.pending) ? null : 'a life begins without what is pending in the row';
}

function isInOrder(life: LifeFacts, callback: Callback): string | null {
  const said = `${callback} of ${life.shardId} is called`;
  if (life.running !== null) return `${said} while ${life.running} runs`;
  if (life.over) return `${said} after the last callback`;
  if (life.told && callback !== 'leaseLost') return `${said} after the processor was told that its life is over`;
  if (callback === 'initialize') return life.initialised ? `${said} again` : null;
  return life.initialised ? null : `${said} before initialize is done`;
}

const samePending = (a: Lease['pending'], b: Lease['pending']): boolean =>
  a === undefined || b === undefined
    ? a === b
    : compareCheckpoints(a.checkpoint, b.checkpoint) === 0 &&
      Buffer.compare(a.state ?? new Uint8Array(), b.state ?? new Uint8Array()) === 0;
