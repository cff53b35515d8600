/**
 * The memory that all shards of a process share for records: who wants to read reserves first and gives back when the
 * records are processed. First come, first served, so that no shard waits for ever while others go on.
 */
export interface Reservation {
  /** What is reserved now. */
  readonly bytes: number;
  /** Keeps that much instead. False when it is more and there is no room: nothing has changed then. Never waits. */
  resize(bytes: number): boolean;
  /** Gives back all of it. May be called again. */
  release(): void;
}

interface Waiter {
  readonly bytes: number;
  grant(): void;
}

export class ByteBudget {
  private used = 0;
  private waiting: Waiter[] = [];

  /** `onChange` hears how many bytes are reserved. */
  constructor(
    readonly bytesMax: number,
    private readonly onChange: (bytesUsed: number) => void = () => undefined,
  ) {}

  get bytesUsed(): number {
    return this.used;
  }

  /** Resolves when there is room; null when the signal aborts first. `bytes` may not be more than the whole budget. */
  reserve(bytes: number, signal: AbortSignal): Promise<Reservation | null> {
    if (bytes > this.bytesMax) throw new Error(`${bytes} bytes can never fit into ${this.bytesMax}`);
    if (signal.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.waiting = this.waiting.filter((other) => other !== waiter);
        resolve(null);
        this.grantNext();
      };
      const waiter: Waiter = {
        bytes,
        grant: () => {
          signal.removeEventListener('abort', giveUp);
          resolve(this.reservationOf(bytes));
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(waiter);
      this.grantNext();
    });
  }

  private grantNext(): void {
    for (let next = this.waiting[0]; next && this.used + next.bytes <= this.bytesMax; next = this.waiting[0]) {
      this.waiting.shift();
      this.use(next.bytes);
      next.grant();
    }
  }

  private reservationOf(bytes: number): Reservation {
    let held = bytes;
    const resize = (to: number): boolean => {
      const more = to - held;
      if (more > 0 && this.used + more > this.bytesMax) return false;
      this.use(more);
      held = to;
      if (more < 0) this.grantNext();
      return true;
    };
    return {
      get bytes() {
        return held;
      },
      resize,
      release: () => void resize(0),
    };
  }

  private use(bytes: number): void {
    this.used += bytes;
    this.onChange(this.used);
  }
}
