/**
 * Time as a dependency. Everything that measures, waits or stamps takes a Clock; only this file asks the machine.
 */
export interface Clock {
  /** Never steps back. For durations and deadlines inside this process. */
  monotonicMs(): number;
  /** Epoch milliseconds. For what leaves the process: records, logs. Never for lease expiry. */
  wallMs(): number;
  /** Resolves after `ms` (0 or less: at the next turn of the event loop), or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ms));
      signal?.addEventListener('abort', done, { once: true });
    }),
};
