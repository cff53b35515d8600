/** A producer that keeps what it is given, for tests of who puts records. It can be told to hold its answers, or to fail. */
import type { NewRecord, Producer } from '../kinesis-client/producer/producer';

export class FakeProducer implements Producer {
  /** All records whose put has resolved, in order. */
  readonly stored: NewRecord[] = [];
  /** How many puts wait for `release`. */
  waiting = 0;
  private fault: Error | null = null;
  private held: (() => void)[] | null = null;

  async put(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return;
    if (this.held !== null) {
      this.waiting++;
      await new Promise<void>((resolve) => this.held?.push(resolve));
      this.waiting--;
    }
    if (this.fault !== null) throw this.fault;
    this.stored.push(...records);
  }

  /** From now on no put is answered. */
  hold(): void {
    this.held ??= [];
  }

  /** Answers what waits, and all that comes. */
  release(): void {
    for (const resolve of this.held?.splice(0) ?? []) resolve();
    this.held = null;
  }

  /** From now on every put rejects; null: no more. */
  failWith(error: Error | null): void {
    this.fault = error;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  health(): string | null {
    return this.fault?.message ?? null;
  }
}
