/**
 * One stack a data folder: a file that names who runs there. It counts while one of the processes it names lives, so a
 * lock that a crash left behind is no obstacle. A process is its pid and its start time: pids come again.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, startedAt } from './processes';

export interface Holder {
  readonly pid: number;
  /** From the kernel, opaque; empty where the system does not tell. */
  readonly startedAt: string;
}
export interface Lock {
  readonly url: string;
  readonly holders: readonly Holder[];
}

/** The process as a lock names it. */
export const holderOf = (pid: number): Holder => ({ pid, startedAt: startedAt(pid) });

const holds = ({ pid, startedAt: then }: Holder): boolean => isAlive(pid) && (then === '' || startedAt(pid) === then);

/** Takes the lock for this process, or returns whose it is. */
export function takeLock(path: string, url: string): 'taken' | { readonly pid: number; readonly url: string } {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ url, holders: [holderOf(process.pid)] } satisfies Lock));
  try {
    for (;;) {
      try {
        linkSync(mine, path);
        return 'taken';
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = readLock(path);
      const live = other?.holders.find(holds);
      if (other && live) return { pid: live.pid, url: other.url };
      setAside(path, `${mine}.stale`);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** From now on the lock also counts for another process (the keeper, which outlives the starter). */
export function shareLock(path: string, holders: readonly Holder[]): void {
  const lock = readLock(path);
  const next = `${path}.${process.pid}`;
  writeFileSync(next, JSON.stringify({ url: lock?.url ?? '', holders } satisfies Lock));
  renameSync(next, path);
}

/** For good; also when there is none. */
export const releaseLock = (path: string): void => rmSync(path, { force: true });

function readLock(path: string): Lock | undefined {
  try {
    const lock = JSON.parse(readFileSync(path, 'utf8')) as Lock;
    return Array.isArray(lock.holders) ? lock : undefined;
  } catch {
    return undefined; // gone, or cut short by a crash: nobody holds it
  }
}

/** Two starters may find the same stale lock: only one moves it away, and a lock that lives by then is put back. */
function setAside(path: string, aside: string): void {
  try {
    renameSync(path, aside);
    if (readLock(aside)?.holders.some(holds)) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  rmSync(aside, { force: true });
}
