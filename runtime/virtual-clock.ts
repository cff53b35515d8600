/**
 * Virtual time for tests and simulations: nothing happens until somebody calls `advance`, and then in the order in which it was due.
 * The same test gives the same order always. One VirtualClock is the time of a whole simulated fleet; `process()` gives
 * each simulated machine its own reading of it, which may be skewed, jump, or stand still (SIGSTOP).
 */
import { BinaryHeap } from './binary-heap';
import type { Clock } from './clock';

interface Sleeper {
  readonly dueMs: number;
  /** Sleepers that are due at the same time wake in the order in which they fell asleep. */
  readonly order: number;
  /** Woken by its signal: it stays among the sleepers until it would have been due, or until they are tidied up. */
  isAwake: boolean;
  wake(): void;
}

/** A loop that sleeps for 0 ms for ever would hang a test without a word; this many wake-ups at one instant fail it. */
const WAKE_UPS_PER_INSTANT_MAX = 100_000;

/** So many may be awake among the sleepers before they are looked through. */
const AWAKE_MIN = 1_000;

const START_WALL_MS = Date.UTC(2026, 0, 1);

export class VirtualClock implements Clock {
  private nowMs = 0;
  private wallOffsetMs: number;
  private readonly sleepers = new BinaryHeap<Sleeper>(
    (a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order),
  );
  private fellAsleep = 0;
  private awake = 0;

  /** Monotonic time starts at 0; wall time at `wallMs` (default 2026-01-01T00:00:00Z). */
  constructor(options: { readonly wallMs?: number } = {}) {
    this.wallOffsetMs = options.wallMs ?? START_WALL_MS;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return this.nowMs + this.wallOffsetMs;
  }

  /** Steps the wall clock (NTP, an operator). Monotonic time does not notice. */
  setWall(wallMs: number): void {
    this.wallOffsetMs = wallMs - this.nowMs;
  }

  /** A sleep of 0 ms or less ends in the next `advance`, also `advance(0)`. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper: Sleeper = {
        dueMs: this.nowMs + Math.max(0, ms),
        order: this.fellAsleep++,
        isAwake: false,
        wake: () => {
          sleeper.isAwake = true;
          signal?.removeEventListener('abort', wakeEarly);
          resolve();
        },
      };
      const wakeEarly = (): void => {
        sleeper.wake();
        this.awake++;
        if (this.awake > AWAKE_MIN && this.awake > this.sleepers.size / 2) this.tidyUp();
      };
      signal?.addEventListener('abort', wakeEarly, { once: true });
      this.sleepers.push(sleeper);
    });
  }

  /** How many sleep now: 0 after a stop that left nothing behind. */
  get sleeping(): number {
    return this.sleepers.size - this.awake;
  }

  /** Lets `ms` pass. Each sleep ends at its own moment, and what follows from it happens before time moves on. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    let wakeUps = 0;
    for (;;) {
      await this.settle();
      const next = this.nextAsleep();
      if (next === undefined || next.dueMs > endMs) break;
      wakeUps = next.dueMs > this.nowMs ? 0 : wakeUps + 1;
      if (wakeUps > WAKE_UPS_PER_INSTANT_MAX)
        throw new Error(`time stands still at ${this.nowMs} ms: a loop sleeps 0 ms`);
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.sleepers.pop();
      next.wake();
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  /** The event loop is blocked, or the process stopped, for `ms`: every sleep that was due ends late, at the end of it. */
  async freeze(ms: number): Promise<void> {
    this.nowMs += ms;
    await this.advance(0);
  }

  /** Lets everything happen that needs no time: promises, and what they start. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** The reading of one simulated machine, whose clocks may differ from those of the others. */
  process(offsets: { readonly monotonicMs?: number; readonly wallMs?: number } = {}): VirtualProcessClock {
    return new VirtualProcessClock(this, offsets.monotonicMs ?? 0, offsets.wallMs ?? 0);
  }

  private nextAsleep(): Sleeper | undefined {
    for (let next = this.sleepers.peek(); next !== undefined; next = this.sleepers.peek()) {
      if (!next.isAwake) return next;
      this.sleepers.pop();
      this.awake--;
    }
    return undefined;
  }

  private tidyUp(): void {
    this.sleepers.keepOnly(({ isAwake }) => !isAwake);
    this.awake = 0;
  }
}

/** One machine's clock over a shared VirtualClock. Between `pause` and `resume` none of its sleeps ends. */
export class VirtualProcessClock implements Clock {
  private isPaused = false;
  private resumed: Promise<void> = Promise.resolve();
  private release: () => void = () => undefined;

  constructor(
    private readonly world: VirtualClock,
    private readonly monotonicOffsetMs: number,
    private wallOffsetMs: number,
  ) {}

  monotonicMs(): number {
    return this.world.monotonicMs() + this.monotonicOffsetMs;
  }

  wallMs(): number {
    return this.world.wallMs() + this.wallOffsetMs;
  }

  stepWall(ms: number): void {
    this.wallOffsetMs += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.world.sleep(ms, signal);
    do await this.resumed;
    while (this.isPaused);
  }

  /** SIGSTOP. Calls whose answer is on its way still end: a paused process is told apart only by its sleeps. Twice is as once. */
  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.resumed = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  /** SIGCONT: what was due meanwhile ends now. Nothing when it is not paused. */
  resume(): void {
    this.isPaused = false;
    this.release();
  }

  /** SIGSTOP now and SIGCONT when the world is `ms` older. Resolves then; somebody else must advance the world. */
  async freeze(ms: number): Promise<void> {
    this.pause();
    await this.world.sleep(ms);
    this.resume();
  }
}
