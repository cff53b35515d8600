/** So much a second, at most a second's worth at once: how the services bound a shard and a table. The caller says what time it is. */
export class RateBudget {
  private available: number;

  constructor(
    readonly perSecond: number,
    private atMs: number,
  ) {
    this.available = perSecond;
  }

  /** Takes so much, or nothing and answers false. */
  take(amount: number, nowMs: number): boolean {
    if (this.refilled(nowMs) < amount) return false;
    this.available -= amount;
    return true;
  }

  /** For what is known only afterwards: is anything left? */
  isOpen(nowMs: number): boolean {
    return this.refilled(nowMs) > 0;
  }

  /** Takes it in any case: what is above the rest is paid for by waiting. */
  charge(amount: number): void {
    this.available -= amount;
  }

  private refilled(nowMs: number): number {
    const earned = (Math.max(0, nowMs - this.atMs) / 1_000) * this.perSecond;
    this.atMs = Math.max(this.atMs, nowMs);
    this.available = Math.min(this.perSecond, this.available + earned);
    return this.available;
  }
}
