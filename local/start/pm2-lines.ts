/**
 * What pm2-runtime says on its output, as values; and when a crashing service has had enough chances. Pure.
 *
 * pm2 7 prints `2026-11-24T07:06:59: PM2 log: App [collector:1] exited with code [1] via signal [SIGINT]`.
 */
import { EXIT_BAD_SETTINGS } from '../../runtime/exit-codes';

export interface ServiceExit {
  readonly service: string;
  readonly code: number;
  /** Null when it ended by itself; pm2 prints SIGINT for those too, so only SIGKILL and its like tell something. */
  readonly signal: string | null;
}

const EXITED = /PM2 log: App \[([^\]:]+):\d+\] exited with code \[(\d*)\] via signal \[(\w+)\]/;

export function serviceExit(line: string): ServiceExit | null {
  const found = EXITED.exec(line);
  if (!found) return null;
  return {
    service: found[1] as string,
    code: Number(found[2]),
    signal: found[3] === 'SIGINT' ? null : (found[3] as string),
  };
}

const CRASHES_MAX = 5;
const CRASH_WINDOW_MS = 30_000;

export interface Crash {
  readonly service: string;
  readonly atMs: number;
}

export type Verdict =
  { readonly kind: 'go-on'; readonly crashes: readonly Crash[] } | { readonly kind: 'end'; readonly line: string };

/** What one more exit means: exit code 78, or the fifth crash of a service within 30 s, ends the whole stack. */
export function judgeExit(crashes: readonly Crash[], exit: ServiceExit, nowMs: number, logFolder: string): Verdict {
  const log = `${logFolder}/${exit.service}.log`;
  if (exit.code === EXIT_BAD_SETTINGS) {
    return { kind: 'end', line: `${exit.service} refused its settings (exit code 78): see ${log}` };
  }
  if (exit.code === 0 && exit.signal === null) return { kind: 'go-on', crashes };
  const recent = [...crashes, { service: exit.service, atMs: nowMs }].filter(
    ({ atMs }) => nowMs - atMs < CRASH_WINDOW_MS,
  );
  const times = recent.filter(({ service }) => service === exit.service).length;
  if (times < CRASHES_MAX) return { kind: 'go-on', crashes: recent };
  return { kind: 'end', line: `${exit.service} crashed ${times} times in ${CRASH_WINDOW_MS / 1000} s: see ${log}` };
}
