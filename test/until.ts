/** Waits of tests over real processes: for a condition, never for a time. */
import { systemClock } from '../runtime/clock';

/** Rejects after `withinMs` with what it waited for, and with what `told` says then. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  { withinMs, told }: { readonly withinMs: number; readonly told: () => string | Promise<string> },
): Promise<void> {
  for (const began = systemClock.monotonicMs(); !(await isTrue());) {
    if (systemClock.monotonicMs() - began > withinMs)
      throw new Error(`${what}: not within ${withinMs} ms; ${await told()}`);
    await systemClock.sleep(25);
  }
}
