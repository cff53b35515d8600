/**
 * Has a shard been read up to its tip since somebody asked? A small memory of the shard consumer for a graceful stop.
 */
export class Drain {
  private sinceMs = Infinity;
  private over = false;
  private settle = (): void => undefined;
  private readonly settled = new Promise<void>((resolve) => {
    this.settle = resolve;
  });

  /** Resolves at the first empty answer at the tip that was asked for after now, or when the shard is not read any more. */
  begin(nowMs: number): Promise<void> {
    this.sinceMs = Math.min(this.sinceMs, nowMs);
    return this.over ? Promise.resolve() : this.settled;
  }

  /** An empty answer came from the tip, to a request that was sent then (monotonic). */
  atTip(sentAtMs: number): void {
    if (sentAtMs >= this.sinceMs) this.end();
  }

  end(): void {
    this.over = true;
    this.settle();
  }
}
