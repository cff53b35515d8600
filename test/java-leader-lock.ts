/**
 * The lock of the leader of a Java 3.x fleet (amazon-dynamodb-lock-client): 120 s, heartbeat 30 s. A challenger must see the
 * same record version for 120 s on its own clock, so a killed leader is missed for two minutes and more.
 */
import type { Clock } from '../runtime/clock';
import type { Random } from '../runtime/random';
import type { JavaKcl3Rows, LeaderRow } from './java-kcl3-rows';

const LOCK_MS = 120_000;
const HEARTBEAT_MS = 30_000;

export class JavaLeaderLock {
  private mine: LeaderRow | undefined;
  private seen: { readonly row: LeaderRow; readonly sinceMs: number } | undefined;
  private checkedAtMs = -Infinity;

  constructor(
    private readonly rows: JavaKcl3Rows,
    private readonly workerId: string,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** Keeps the lock, or tries to get it; the table is asked at most once a heartbeat. */
  async isLeader(): Promise<boolean> {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.checkedAtMs < HEARTBEAT_MS) return this.mine !== undefined;
    this.checkedAtMs = nowMs;
    const held = this.mine ?? (await this.challenged(nowMs));
    if (held === 'living') return false;
    const next = { ownerName: this.workerId, recordVersionNumber: this.random.uuid() };
    this.mine = (await this.rows.writeLeader(next, held)) ? next : undefined;
    return this.mine !== undefined;
  }

  async release(): Promise<void> {
    if (this.mine !== undefined) await this.rows.deleteLeader(this.mine);
    this.mine = undefined;
  }

  /** What must stand in the row so that this worker may take the lock; 'living': somebody has it. */
  private async challenged(nowMs: number): Promise<LeaderRow | undefined | 'living'> {
    const row = await this.rows.leader();
    if (row === undefined) return undefined;
    if (this.seen?.row.recordVersionNumber !== row.recordVersionNumber) this.seen = { row, sinceMs: nowMs };
    return nowMs - this.seen.sinceMs > LOCK_MS ? row : 'living';
  }
}
