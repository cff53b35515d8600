/**
 * Makes the rows of the children of a shard that ends, and names them in the row of their parent: before SHARD_END is
 * stored, so that a worker that dies in between leaves nothing unread (README, "The end of a shard", steps 2 to 4).
 * Every step may be repeated by anyone.
 */
import { FlotillaError } from '../../runtime/errors';
import type { HeldLease } from '../leases/held-lease';
import type { LeaseTable } from '../leases/lease-table';
import type { ShardLister } from '../leases/shard-lister';
import { untilAnswered, type KeepTryingDeps } from './keep-trying';
import { childLease, childrenOf, mayCreateChild } from './shard-end';
import type { KnownStream } from './known-stream';
import type { Interruption } from './shard-interrupts';
import type { ChildShard } from './stream';
import type { ShardsTelemetry } from './telemetry';

export interface ChildrenMakerDeps extends KeepTryingDeps {
  readonly table: LeaseTable;
  readonly shards: ShardLister;
  readonly known: KnownStream;
  readonly telemetry: ShardsTelemetry;
}

/** Java's pause before the end of a shard is tried again. */
export const SHARD_END_RETRY_MS = 500;
/** Java's chance, at each try, to leave the end of a merged shard to another worker. */
const LET_GO_CHANCE = 1 / 30;

/** Null when all children have rows; letGo when another worker may have better luck with the other parent of a merge. */
export type MadeChildren = Interruption | 'letGo' | null;

export class ChildrenMaker {
  constructor(
    private readonly held: HeldLease,
    private readonly deps: ChildrenMakerDeps,
  ) {}

  async make(children: readonly ChildShard[]): Promise<MadeChildren> {
    const { telemetry, clock, random, interrupts } = this.deps;
    for (;;) {
      const made = await untilAnswered(() => this.tryMake(children), this.onFailure, this.deps);
      if ('interruption' in made) return made.interruption;
      if (made.answer === null) return null;
      telemetry.childrenDelayed(this.held.leaseKey, made.answer.shardId);
      if (random.next() < LET_GO_CHANCE) return 'letGo';
      await clock.sleep(SHARD_END_RETRY_MS, interrupts.signal);
      const interruption = interrupts.current();
      if (interruption !== null) return interruption;
    }
  }

  /**
   * When no iterator tells the children the stream is asked: for a pending SHARD_END, and for a shard that has left the
   * stream. @throws StopShard when there are none because it is another stream
   */
  async makeListed(): Promise<MadeChildren> {
    const { shards, known } = this.deps;
    const listed = await untilAnswered(() => shards.listShards(), this.onFailure, this.deps);
    if ('interruption' in listed) return listed.interruption;
    const children = childrenOf(this.held.leaseKey, listed.answer);
    if (children.length > 0) return this.make(children);
    const asked = await untilAnswered(() => known.whyNotEnded(), this.onFailure, this.deps);
    if ('interruption' in asked) return asked.interruption;
    if (asked.answer !== null) throw asked.answer;
    return null;
  }

  /** The first child that must wait for the row of its other parent; null when all have rows. */
  private async tryMake(children: readonly ChildShard[]): Promise<ChildShard | null> {
    const { table } = this.deps;
    for (const child of children) {
      if ((await table.get(child.shardId)) !== undefined) continue;
      const parents = await Promise.all(child.parentShardIds.map((parentShardId) => table.get(parentShardId)));
      if (!mayCreateChild(child, parents)) return child;
      // Whoever stood still in between may find no row because the child was read, ended and cleaned up by others.
      if (!this.held.isValid()) throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'the lease of the parent is lost');
      await table.create(childLease(child));
    }
    await this.held.setChildren(children.map((child) => child.shardId));
    return null;
  }

  private readonly onFailure = (error: unknown): void =>
    this.deps.telemetry.dependencyFailed(this.held.leaseKey, error);
}
