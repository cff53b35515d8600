/**
 * A bounded memory by URI: beyond its bound the longest unused go, but nothing that was used a moment ago. One record may name
 * more schemas than are kept, and still needs them all. Pure but for its own state; the time is handed in.
 */
interface Kept<T> {
  readonly value: T;
  usedAtMs: number;
}

/** What was used so recently is not thrown away. */
const keptAfterUseMs = 10_000;

export class KeptEntries<T> {
  /** The longest unused first. */
  private readonly entries = new Map<string, Kept<T>>();

  constructor(private readonly entriesMax: number) {}

  get size(): number {
    return this.entries.size;
  }

  /** Does not count as use. */
  peek(uri: string): T | undefined {
    return this.entries.get(uri)?.value;
  }

  use(uri: string, nowMs: number): void {
    const entry = this.entries.get(uri);
    if (entry === undefined) return;
    entry.usedAtMs = nowMs;
    this.entries.delete(uri);
    this.entries.set(uri, entry);
  }

  /** Counts as use. */
  set(uri: string, value: T, nowMs: number): void {
    this.entries.delete(uri);
    this.entries.set(uri, { value, usedAtMs: nowMs });
  }

  delete(uri: string): void {
    this.entries.delete(uri);
  }

  /** Those that were used since; by default all. */
  uris(usedSinceMs = -Infinity): string[] {
    return [...this.entries].filter(([, { usedAtMs }]) => usedAtMs >= usedSinceMs).map(([uri]) => uri);
  }

  evict(nowMs: number): void {
    for (const [uri, { usedAtMs }] of this.entries) {
      if (this.entries.size <= this.entriesMax || usedAtMs > nowMs - keptAfterUseMs) return;
      this.entries.delete(uri);
    }
  }
}
