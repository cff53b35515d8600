/** Turns of the event loop for work that would keep it busy: the enricher's pipeline. */
import type { Clock } from './clock';

/**
 * Keeps long work from starving the event loop that it runs on: after each `everyMs` of work, timers and sockets get their
 * turn. One for a whole process: whoever works asks `isDue` often (it is cheap) and then awaits `rest`.
 */
export class Turns {
  private beganMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
  ) {
    this.beganMs = clock.monotonicMs();
  }

  isDue(): boolean {
    return this.clock.monotonicMs() - this.beganMs >= this.everyMs;
  }

  async rest(): Promise<void> {
    await this.clock.sleep(0);
    this.beganMs = this.clock.monotonicMs();
  }
}
