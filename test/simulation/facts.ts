/**
 * What is so in a simulated fleet, folded from its events: the shards and what is in them, the rows, the processes and the
 * lives of their record processors. Pure state without a judgement; the invariants look at it before each event.
 */
import {
  actualOwner,
  AT_TIMESTAMP,
  compareCheckpoints,
  isFinished,
  LATEST,
  TRIM_HORIZON,
  type Checkpoint,
  type Lease,
} from '../../kinesis-client/leases/lease';
import type { SimulationEvent } from './events';
import { Lives } from './lives';

export interface ShardFacts {
  readonly shardId: string;
  readonly parentShardIds: readonly string[];
  childShardIds: readonly string[];
  isClosed: boolean;
  /** Of all user records, in order. */
  readonly positions: Checkpoint[];
  readonly arrivedAtMs: number[];
  /** What must become visible of each; undefined: nothing. */
  readonly outputs: (string | undefined)[];
}

export interface RowFacts {
  /** As it stands; absent: there is none (any more). */
  lease: Lease | undefined;
  /** It was at SHARD_END at some time. */
  hasEnded: boolean;
  /** Since when its counter stands still. */
  counterSinceMs: number;
  /** How often its checkpoint was moved. */
  checkpoints: number;
  /** The place of the first record that is wanted, as the row was created. */
  firstPlace: number;
  /** It was made at LATEST, because the shard was open when somebody looked first: it follows no parent. */
  beganAtLatest: boolean;
}

export interface ProcessFacts {
  state: 'running' | 'paused' | 'killed' | 'stopping' | 'stopped';
  /** When it last began to run. */
  runningSinceMs: number;
}

export interface FactsOptions {
  readonly leaseDurationMs: number;
  /** How long an owner has that is asked to hand a lease over. */
  readonly handOffTimeoutMs: number;
  /** False when shards that were closed before the first look are passed over (LATEST). */
  readonly readsFromBeginning: boolean;
  /** Whether a lease is let go while a callback is stuck. */
  readonly releasesStuck?: boolean;
  /** There is a sink beside that must have everything before it is prepared. */
  readonly acknowledges?: boolean;
  /** Where AT_TIMESTAMP in a row begins (epoch ms). */
  readonly initialTimestampMs?: number;
}

export class Facts {
  readonly shards = new Map<string, ShardFacts>();
  readonly rows = new Map<string, RowFacts>();
  readonly lives = new Lives();
  readonly processes = new Map<string, ProcessFacts>();
  /** When a lease last came to another process. */
  movedAtMs = 0;
  /** The names of all outputs that anybody can see. */
  readonly visible = new Set<string>();
  /** The names of all outputs that a sink beside has. */
  readonly acknowledged = new Set<string>();

  constructor(readonly options: FactsOptions) {}

  shard(shardId: string): ShardFacts {
    const found = this.shards.get(shardId);
    if (found === undefined) throw new Error(`no shard ${shardId} was opened`);
    return found;
  }

  /** Whether its records are wanted: a shard that was closed before anybody looked is passed over at LATEST. */
  isRead(shardId: string): boolean {
    const { isClosed, parentShardIds } = this.shard(shardId);
    const isKnown = [shardId, ...parentShardIds].some((one) => this.rows.has(one));
    return this.options.readsFromBeginning || !isClosed || isKnown;
  }

  /** The place of the first record after a checkpoint of the row: where whoever starts there must go on. */
  placeAfter(shardId: string, checkpoint: Checkpoint, row = this.rows.get(shardId)?.lease): number {
    const { positions, arrivedAtMs } = this.shard(shardId);
    const from = (sinceMs: number): number =>
      firstPlace(arrivedAtMs.length, (i) => (arrivedAtMs[i] as number) >= sinceMs);
    switch (checkpoint.sequenceNumber) {
      case TRIM_HORIZON:
        return 0;
      case LATEST:
        return from(row?.latestSinceMs ?? Infinity);
      case AT_TIMESTAMP:
        return from(this.options.initialTimestampMs ?? Infinity);
      default:
        return firstPlace(positions.length, (i) => isAfter(positions[i] as Checkpoint, checkpoint));
    }
  }

  apply(event: SimulationEvent): void {
    switch (event.kind) {
      case 'shardOpened':
        this.shards.set(event.shardId, {
          ...{ shardId: event.shardId, parentShardIds: event.parentShardIds, childShardIds: [] },
          ...{ isClosed: false, positions: [], arrivedAtMs: [], outputs: [] },
        });
        return;
      case 'shardClosed':
        Object.assign(this.shard(event.shardId), { isClosed: true, childShardIds: event.childShardIds });
        return;
      case 'recordPut': {
        const { positions, arrivedAtMs, outputs } = this.shard(event.shardId);
        positions.push(...event.positions);
        outputs.push(...event.outputs);
        arrivedAtMs.push(...event.positions.map(() => event.arrivedAtMs));
        return;
      }
      case 'process': {
        const before = this.processes.get(event.process);
        const ranOn = before?.state === 'running' || before?.state === 'stopping';
        this.processes.set(event.process, {
          state: event.became,
          runningSinceMs: ranOn ? (before as ProcessFacts).runningSinceMs : event.atMs,
        });
        return;
      }
      case 'rowChanged': {
        const before = this.rows.get(event.leaseKey);
        if (ownerOf(event.before) !== ownerOf(event.after)) this.movedAtMs = event.atMs;
        const moved = event.before?.leaseCounter !== event.after?.leaseCounter;
        const checkpointed = event.before !== undefined && !sameCheckpoint(event.before, event.after);
        this.rows.set(event.leaseKey, {
          lease: event.after,
          hasEnded: before?.hasEnded === true || (event.after !== undefined && isFinished(event.after)),
          counterSinceMs: moved || before === undefined ? event.atMs : before.counterSinceMs,
          checkpoints: (before?.checkpoints ?? 0) + (checkpointed ? 1 : 0),
          beganAtLatest: before?.beganAtLatest ?? event.after?.checkpoint.sequenceNumber === LATEST,
          firstPlace:
            before?.firstPlace ??
            (event.after === undefined ? 0 : this.placeAfter(event.leaseKey, event.after.checkpoint, event.after)),
        });
        return;
      }
      case 'lifeBegan':
        return this.begin(event);
      case 'called': {
        const life = this.lives.get(event.life);
        const last = event.records?.at(-1);
        return this.lives.call(life, event.callback, last && this.placeAfter(life.shardId, last));
      }
      case 'returned':
        return this.lives.return(this.lives.get(event.life), event.callback, event.failed);
      case 'told':
        this.lives.get(event.life).told = true;
        return;
      case 'asked': {
        const life = this.lives.get(event.life);
        const { positions, isClosed } = this.shard(life.shardId);
        return this.lives.ask(life, event.request, positions, isClosed);
      }
      case 'answered':
        if (event.error === null) this.lives.grant(this.lives.get(event.life), event.request);
        return;
      case 'writeSent':
      case 'iteratorAsked':
      case 'recordsRead':
      case 'thrownAway':
      case 'failed':
        return;
      case 'acknowledged':
        for (const output of event.outputs) this.acknowledged.add(output);
        return;
      case 'madeVisible':
        for (const output of event.outputs) this.visible.add(output);
        return;
    }
  }

  private begin({ life, process, shardId, checkpoint, pending }: SimulationEvent & { kind: 'lifeBegan' }): void {
    const startsAt = pending?.checkpoint ?? checkpoint;
    const latestSinceMs = this.rows.get(shardId)?.lease?.latestSinceMs;
    const place = this.placeAfter(shardId, startsAt);
    this.lives.begin({ life, process, shardId, startsAt, latestSinceMs, place, owesCommit: pending !== undefined });
  }
}

const sameCheckpoint = (a: Lease, b: Lease | undefined): boolean =>
  b === undefined || compareCheckpoints(a.checkpoint, b.checkpoint) === 0;

/** Nothing of it will ever run again. */
export const isGone = (state: ProcessFacts['state']): boolean => state === 'killed' || state === 'stopped';

/** The process that works on the shard by what the row says: during a hand-over still the old owner. */
export const ownerOf = (lease: Lease | undefined): string | undefined =>
  lease === undefined ? undefined : processOf(actualOwner(lease));

/** The process behind the name of a worker, which has a suffix of its boot. */
export const processOf = (workerId: string | undefined): string | undefined => workerId?.split('.boot-')[0];

/** Digits only; a sentinel is no place among records. */
const isAfter = (a: Checkpoint, b: Checkpoint): boolean => {
  if (!/^\d+$/.test(b.sequenceNumber)) return false;
  const [left, right] = [BigInt(a.sequenceNumber), BigInt(b.sequenceNumber)];
  return left > right || (left === right && a.subSequenceNumber > b.subSequenceNumber);
};

/** Binary search: the first place where it holds, given that it holds from there on; `length` when nowhere. */
function firstPlace(length: number, holds: (place: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
