/** What the operating system says about other processes. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A zombie is not: it only waits for its parent to look. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return stat(pid)?.state !== 'Z';
}

/** When the process started, as the kernel counts; empty where /proc does not exist. */
export const startedAt = (pid: number): string => stat(pid)?.startTime ?? '';

/** The parent's pid, or undefined when the process is gone. */
export function parentOf(pid: number): number | undefined {
  if (existsSync('/proc/self/stat')) return stat(pid)?.parent;
  try {
    return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  } catch {
    return undefined; // ps found no such process
  }
}

/** Sends a signal; a process that is gone already is no fault. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** proc(5): pid (comm) state ppid ... starttime is field 22. The name may hold blanks and brackets. */
function stat(pid: number): { state: string; parent: number; startTime: string } | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' };
  } catch {
    return undefined; // no such process, or no /proc
  }
}
