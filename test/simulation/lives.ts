/**
 * The lives of the record processors of a simulated fleet, folded from what they were called with and what they asked for.
 * Part of the facts (facts.ts); without a judgement.
 */
import { SHARD_END, type Checkpoint } from '../../kinesis-client/leases/lease';
import type { Callback, Request } from './events';

/** One life of a record processor, from `initialize` on. */
export interface LifeFacts {
  readonly life: number;
  readonly process: string;
  readonly shardId: string;
  /** The checkpoint that it goes on from: what was pending, when something was. */
  readonly startsAt: Checkpoint;
  /** Of a lease at LATEST: from when on it is read (epoch ms). */
  readonly latestSinceMs: number | undefined;
  initialised: boolean;
  /** It began with something pending, and has not committed it: until then it is not initialised. */
  owesCommit: boolean;
  /** The callback that runs now. */
  running: Callback | null;
  /** Nothing more may be called. */
  over: boolean;
  /** The end of the shard is stored by it, and it has heard so. */
  hasStoredEnd: boolean;
  /** `checkpointer.ended` has aborted. */
  told: boolean;
  /** In `shardEnded`. */
  atEnd: boolean;
  /** The place in the shard of the first record that it may get. */
  start: number;
  /** The place of the record that it must get next. */
  next: number;
  /** The place of the first record of the batch that it got last. */
  batch: number;
  /** The place after the last record that it was ever given, also in a batch that failed. */
  got: number;
}

/** What a life asked for that may become a change of the row. */
export interface AskedFacts extends Request {
  readonly life: LifeFacts;
  /** The life was over already; the end that it has stored may be asked for again until it is told. */
  readonly tooLate: boolean;
  /** The greatest position that it had got by then; undefined: none. */
  readonly delivered: Checkpoint | undefined;
  /** Every record of its closed shard was delivered by then. */
  readonly hasAll: boolean;
}

/** What a life begins with. */
interface Beginning {
  readonly life: number;
  readonly process: string;
  readonly shardId: string;
  readonly startsAt: Checkpoint;
  readonly latestSinceMs: number | undefined;
  readonly owesCommit: boolean;
  /** The place of the first record that it may get. */
  readonly place: number;
}

export class Lives {
  private readonly all = new Map<number, LifeFacts>();
  private readonly current = new Map<string, LifeFacts>();
  private readonly askedBy = new Map<string, AskedFacts[]>();

  get(life: number): LifeFacts {
    const found = this.all.get(life);
    if (found === undefined) throw new Error(`no life ${life} has begun`);
    return found;
  }

  /** The newest life on the shard in the process. */
  newest(process: string, shardId: string): LifeFacts | undefined {
    return this.current.get(`${process} ${shardId}`);
  }

  /** What the process asked for on this lease, oldest first. */
  asked(process: string, leaseKey: string): readonly AskedFacts[] {
    return this.askedBy.get(`${process} ${leaseKey}`) ?? [];
  }

  begin({ place, ...beginning }: Beginning): void {
    const begun: LifeFacts = {
      ...beginning,
      ...{ start: place, next: place, batch: place, got: place },
      ...{ initialised: false, running: null, over: false, told: false, atEnd: false, hasStoredEnd: false },
    };
    this.all.set(begun.life, begun);
    this.current.set(`${begun.process} ${begun.shardId}`, begun);
  }

  /** `placeAfter`: behind the last record that it is called with. */
  call(life: LifeFacts, callback: Callback, placeAfter: number | undefined): void {
    life.running = callback;
    if (callback === 'leaseLost') life.over = true;
    if (callback === 'shardEnded') life.atEnd = true;
    if (placeAfter === undefined) return;
    life.batch = life.next;
    life.next = placeAfter;
    life.got = Math.max(life.got, life.next);
  }

  return(life: LifeFacts, callback: Callback, failed: boolean): void {
    life.running = null;
    if (callback === 'initialize' && !failed && !life.owesCommit) life.initialised = true;
    if (callback === 'processRecords' && failed) life.next = life.batch; // the same batch comes again
    this.endWhenStored(life);
  }

  /** A request was granted. */
  grant(life: LifeFacts, { kind, to }: Request): void {
    if (kind === 'commit') life.owesCommit = false;
    if (kind !== 'prepare' && to.sequenceNumber === SHARD_END) life.hasStoredEnd = true;
    this.endWhenStored(life);
  }

  /** A life that knows that it has stored the end of its shard hears nothing more. */
  private endWhenStored(life: LifeFacts): void {
    if (life.hasStoredEnd && life.running === null) life.over = true;
  }

  ask(life: LifeFacts, request: Request, positions: readonly Checkpoint[], isClosed: boolean): void {
    const key = `${life.process} ${life.shardId}`;
    const asked = this.askedBy.get(key) ?? [];
    asked.push({
      ...request,
      ...{ life, tooLate: life.over && !isEndAgain(life, request), hasAll: isClosed && life.got === positions.length },
      delivered: life.got > life.start ? positions[life.got - 1] : undefined,
    });
    this.askedBy.set(key, asked);
  }
}

const isEndAgain = (life: LifeFacts, { kind, to }: Request): boolean =>
  kind === 'checkpoint' && to.sequenceNumber === SHARD_END && life.hasStoredEnd && !life.told;
