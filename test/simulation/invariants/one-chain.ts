/**
 * Accepted checkpoints of a shard, prepared or plain, form one chain: each starts where the last one ended, none steps back,
 * and what was prepared is committed, by those very bytes, before anything else happens to the checkpoint. Each was asked
 * for by a life that was not over yet, and for no more than that life had got.
 */
import { compareCheckpoints, SHARD_END, type Checkpoint, type Lease } from '../../../kinesis-client/leases/lease';
import type { Facts } from '../facts';
import type { Invariant } from '../invariant';
import type { AskedFacts } from '../lives';

interface Change {
  readonly process: string;
  readonly before: Lease;
  readonly after: Lease;
}

export const oneChain = (): Invariant => ({
  name: 'one chain',
  check(event, facts) {
    if (event.kind !== 'rowChanged' || event.before === undefined || event.after === undefined) return null;
    const { process, before, after } = event;
    const change: Change = { process, before, after };
    const step = compareCheckpoints(after.checkpoint, before.checkpoint);
    if (step < 0) return `the checkpoint steps back from ${print(before.checkpoint)} to ${print(after.checkpoint)}`;
    if (before.pending !== undefined) return afterPending(change);
    if (step > 0 && after.pending !== undefined) return 'the checkpoint moves and something is pending at once';
    if (step > 0) return isAllowed(change, facts, { kind: 'checkpoint', to: after.checkpoint });
    if (after.pending === undefined) return null;
    const { checkpoint: to, state } = after.pending;
    if (compareCheckpoints(to, before.checkpoint) <= 0)
      return `${print(to)} is prepared, which does not lie after the checkpoint ${print(before.checkpoint)}`;
    return isAllowed(change, facts, { kind: 'prepare', to, state });
  },
});

/** While something is pending only its commit may touch it. */
function afterPending({ before, after }: Change): string | null {
  const { checkpoint: pending, state } = before.pending as NonNullable<Lease['pending']>;
  const moved = compareCheckpoints(after.checkpoint, before.checkpoint) !== 0;
  if (after.pending === undefined) {
    if (!moved) return `the pending ${print(pending)} is dropped`;
    return compareCheckpoints(after.checkpoint, pending) === 0
      ? null
      : `${print(after.checkpoint)} is stored over the pending ${print(pending)}`;
  }
  if (moved) return 'the checkpoint moves while something is pending';
  const same = compareCheckpoints(after.pending.checkpoint, pending) === 0 && sameBytes(after.pending.state, state);
  return same ? null : `the pending ${print(pending)} is replaced by ${print(after.pending.checkpoint)}`;
}

interface Wanted {
  readonly kind: 'checkpoint' | 'prepare';
  readonly to: Checkpoint;
  readonly state?: Uint8Array;
}

function isAllowed({ process, before }: Change, facts: Facts, { kind, to, state }: Wanted): string | null {
  const matches = (one: AskedFacts): boolean =>
    one.kind === kind && compareCheckpoints(one.to, to) === 0 && (kind === 'checkpoint' || sameBytes(one.state, state));
  const all = facts.lives.asked(process, before.leaseKey).filter(matches);
  if (all.length === 0) return `${process} stores ${print(to)}, which no processor of it asked for`;
  const asked = all.filter(({ tooLate }) => !tooLate);
  if (asked.length === 0) return `${process} stores ${print(to)} for a processor whose life was over`;
  const from = asked.flatMap((one) => one.from ?? []);
  if (from.length > 0 && !from.some((one) => compareCheckpoints(one, before.checkpoint) === 0))
    return `a batch from ${print(from[0] as Checkpoint)} is stored where the checkpoint is ${print(before.checkpoint)}`;
  return asked.some((one) => hasGot(one, to))
    ? null
    : `${process} stores ${print(to)}, which it has not been given yet`;
}

const hasGot = (asked: AskedFacts, to: Checkpoint): boolean =>
  to.sequenceNumber === SHARD_END
    ? asked.hasAll
    : asked.delivered !== undefined && compareCheckpoints(to, asked.delivered) <= 0;

const sameBytes = (a: Uint8Array = new Uint8Array(), b: Uint8Array = new Uint8Array()): boolean =>
  Buffer.compare(a, b) === 0;

const print = ({ sequenceNumber, subSequenceNumber }: Checkpoint): string =>
  subSequenceNumber === 0 ? sequenceNumber : `${sequenceNumber}/${subSequenceNumber}`;
