/**
 * When to stop: SIGINT, SIGTERM and pm2's message 'shutdown' mean the same thing.
 */

/** Calls `stop` at the first stop signal. Later ones are swallowed: whoever wants it faster sends SIGKILL. */
export function onStopSignal(stop: (reason: string) => void): void {
  let stopping = false;
  const once = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    stop(reason);
  };
  process.on('SIGINT', () => once('SIGINT'));
  process.on('SIGTERM', () => once('SIGTERM'));
  process.on('message', (message) => {
    if (message === 'shutdown') once('shutdown message');
  });
}
