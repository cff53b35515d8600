/**
 * Reads a file that another process goes on writing. The keeper reads pm2's output so: a pipe would break when the keeper
 * dies, and pm2, which writes into it, would die of that with all its services.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Clock } from '../../runtime/clock';

const POLL_MS = 100;
const CHUNK_BYTES = 64 * 1024;

/** Calls `onLine` for each whole line, old and new, without its newline. Resolves when the signal aborts. */
export async function followLines(
  path: string,
  onLine: (line: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let unfinished = Buffer.alloc(0);
  while (!signal.aborted) {
    const bytes = readSync(file, chunk);
    if (bytes === 0) {
      await clock.sleep(POLL_MS, signal);
      continue;
    }
    const text = Buffer.concat([unfinished, chunk.subarray(0, bytes)]);
    const end = text.lastIndexOf('\n') + 1;
    unfinished = text.subarray(end);
    for (const line of text.toString('utf8', 0, end).split('\n').slice(0, -1)) onLine(line);
  }
  closeSync(file);
}
