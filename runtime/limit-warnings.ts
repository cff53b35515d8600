/**
 * A logger for what may go wrong a thousand times at once: of each warning only so many lines a minute are written, and
 * the next line says how many were left out. Errors and lines about states pass unchanged.
 */
import type { Clock } from './clock';
import type { Logger } from './log';

/** Of one message, whatever its facts. */
const LINES_MAX = 10;
const WINDOW_MS = 60_000;

interface Window {
  readonly sinceMs: number;
  readonly lines: number;
  readonly leftOut: number;
}

export function limitWarnings(log: Logger, clock: Clock): Logger {
  const windows = new Map<string, Window>();
  const write = log.warn.bind(log);
  const warn = (facts: object, message: string): void => {
    const nowMs = clock.monotonicMs();
    const before = windows.get(message);
    const isNew = before === undefined || nowMs - before.sinceMs >= WINDOW_MS;
    const { sinceMs, lines, leftOut } = isNew ? { sinceMs: nowMs, lines: 0, leftOut: before?.leftOut ?? 0 } : before;
    if (lines >= LINES_MAX) {
      windows.set(message, { sinceMs, lines, leftOut: leftOut + 1 });
      return;
    }
    windows.set(message, { sinceMs, lines: lines + 1, leftOut: 0 });
    write(leftOut === 0 ? facts : { ...facts, leftOut }, message);
  };
  return Object.assign(Object.create(log) as Logger, { warn });
}
