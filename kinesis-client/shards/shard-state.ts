/**
 * The life of one shard in one worker, as a table. Only `shard-consumer.ts` moves along it.
 *
 *   waitingForParents  some parent shard is not at its end; the lease is held and renewed meanwhile
 *   initializing       a new processor is told where the shard stands, and resolves what is pending
 *   processing         read, hand on, repeat
 *   ending             every record was delivered: children's rows, then `shardEnded` until it checkpoints
 *   restarting         the processor asked to begin again at the checkpoint: it hears `leaseLost`
 *   handingOver        the worker stops, or another one asks for the shard: `shutdownRequested`
 *   releasing          the lease is let go for others, or for that one, to take at once
 *   closing            the processor hears `leaseLost`, if it was initialised
 *   stopped            only a person can decide how to go on; the lease is kept
 *   done               nothing happens here any more
 */
export type ShardState =
  | 'waitingForParents'
  | 'initializing'
  | 'processing'
  | 'ending'
  | 'restarting'
  | 'handingOver'
  | 'releasing'
  | 'closing'
  | 'stopped'
  | 'done';

export type ShardEvent =
  | 'parentsEnded'
  /** The row says SHARD_END, or a pending SHARD_END was committed. */
  | 'endStored'
  | 'initialized'
  | 'endReached'
  | 'restartRequested'
  | 'restarted'
  /** The worker stops, or another one asks for the shard. */
  | 'stopRequested'
  | 'handedOver'
  /** Another worker may have better luck with this shard. */
  | 'letGo'
  | 'released'
  | 'leaseLost'
  | 'personNeeded'
  | 'closed';

export const TRANSITIONS: Record<ShardState, Partial<Record<ShardEvent, ShardState>>> = {
  waitingForParents: {
    parentsEnded: 'initializing',
    endStored: 'done',
    stopRequested: 'releasing',
    leaseLost: 'closing',
  },
  initializing: {
    initialized: 'processing',
    endStored: 'done',
    restartRequested: 'restarting',
    stopRequested: 'releasing',
    leaseLost: 'closing',
    personNeeded: 'stopped',
  },
  processing: {
    endReached: 'ending',
    letGo: 'releasing',
    restartRequested: 'restarting',
    stopRequested: 'handingOver',
    leaseLost: 'closing',
    personNeeded: 'stopped',
  },
  ending: {
    endStored: 'done',
    letGo: 'releasing',
    restartRequested: 'restarting',
    stopRequested: 'handingOver',
    leaseLost: 'closing',
    personNeeded: 'stopped',
  },
  restarting: { restarted: 'initializing' },
  handingOver: { handedOver: 'releasing', leaseLost: 'closing' },
  releasing: { released: 'closing' },
  stopped: { stopRequested: 'releasing', leaseLost: 'closing' },
  closing: { closed: 'done' },
  done: {},
};

/** @throws Error for a move that the table does not have: a bug of ours. */
export function nextShardState(state: ShardState, event: ShardEvent): ShardState {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new Error(`shard state ${state} does not know the event ${event}`);
  return next;
}
