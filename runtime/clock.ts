/**
 * Time as a dependency. Everything that measures, waits or stamps takes a Clock; only this file asks the machine.
 */
export interface Clock {
  /** Never steps back. For durations and deadlines inside this process. */
  monotonicMs(): number;
  /** Epoch milliseconds. For what leaves the process: records, logs. Never for lease expiry. */
  wallMs(): number;
  /**
   * Resolves when `ms` have passed on `monotonicMs`, never sooner (0 or less: at the next turn of the event loop), or at once
   * when the signal aborts. Never rejects.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a timer of Node can count: whole milliseconds, not below 0, not over 31 bits. */
const timerMs = (ms: number): number => Math.min(Math.max(0, Math.ceil(ms)), 2 ** 31 - 1);

/** The machine's own. Only `main.ts` files and commands take it from here. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const dueMs = performance.now() + ms;
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      // Node cuts a delay to whole milliseconds and counts from the start of its turn: a timer can fire too soon.
      const wake = (): void => {
        const leftMs = dueMs - performance.now();
        if (leftMs <= 0) done();
        else timer = setTimeout(wake, timerMs(leftMs));
      };
      let timer = setTimeout(wake, timerMs(ms));
      signal?.addEventListener('abort', done, { once: true });
    }),
};
