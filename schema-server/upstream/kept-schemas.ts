/** A memory with a bound, by schema URI: beyond it the longest unused go. The newest always stays. Does no I/O, knows no time. */
export class KeptSchemas<T> {
  /** The longest unused first. */
  private readonly entries = new Map<string, T>();
  private cost = 0;

  /** `costMax` in the unit of `costOf`. */
  constructor(
    private readonly costMax: number,
    private readonly costOf: (value: T) => number,
  ) {}

  get(uri: string): T | undefined {
    const value = this.entries.get(uri);
    if (value === undefined) return undefined;
    this.entries.delete(uri);
    this.entries.set(uri, value);
    return value;
  }

  /** Instead of what was there. */
  keep(uri: string, value: T): void {
    this.forget(uri);
    this.entries.set(uri, value);
    this.cost += this.costOf(value);
    for (const oldest of this.entries.keys()) {
      if (this.cost <= this.costMax || oldest === uri) break;
      this.forget(oldest);
    }
  }

  forget(uri: string): void {
    const value = this.entries.get(uri);
    if (value === undefined) return;
    this.entries.delete(uri);
    this.cost -= this.costOf(value);
  }
}
