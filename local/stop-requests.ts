/**
 * What Ctrl-C and its like mean to a command that takes time: the first asks it to stop, a later one to hurry. Used by the
 * commands of `flotilla`; who listens to which signals is theirs.
 */
import type { Clock } from '../runtime/clock';

/** npm passes Ctrl-C on although the terminal has sent it to everybody: what follows this soon is the same keystroke. */
const SAME_KEYSTROKE_MS = 400;

export interface StopRequests {
  /** Somebody asks. */
  ask(): void;
  readonly isAsked: boolean;
}

export function stopRequests(clock: Clock, on: { stop(): void; hurry(): void }): StopRequests {
  let firstMs: number | undefined;
  return {
    ask() {
      const nowMs = clock.monotonicMs();
      if (firstMs === undefined) {
        firstMs = nowMs;
        on.stop();
      } else if (nowMs - firstMs > SAME_KEYSTROKE_MS) {
        on.hurry();
      }
    },
    get isAsked() {
      return firstMs !== undefined;
    },
  };
}
