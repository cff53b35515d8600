/**
 * The order in which a stack stops, so that nothing is lost and little is left unread: whoever writes into a service
 * stops before it. The keeper calls this, or the starter when the keeper is gone.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock';
import { isAlive, signal } from './processes';

/** One group after the other; each has until `deadlineMs` after the beginning of the whole stop, then SIGKILL. */
export interface StopPhase {
  readonly services: readonly string[];
  readonly deadlineMs: number;
}

/** Within 10 s in all: the collector answers what it holds (3 s at most), enrichers read to the tip and commit. */
export const stopPhases = {
  writers: [
    { services: ['collector'], deadlineMs: 3_300 },
    { services: ['enricher'], deadlineMs: 8_600 },
  ],
  rest: [
    { services: ['schema-server'], deadlineMs: 8_900 },
    { services: ['emulators'], deadlineMs: 9_400 },
  ],
} as const satisfies Record<string, readonly StopPhase[]>;

const POLL_MS = 40;

/** pm2 keeps a file `<name>-<id>.pid` for each process that it has started and that has not ended. */
function pidsOf(pm2Home: string, service: string): number[] {
  return pidFiles(pm2Home)
    .filter((file) => file.replace(/-\d+\.pid$/, '') === service)
    .map((file) => Number(readFileSync(join(pm2Home, 'pids', file), 'utf8')))
    .filter((pid) => pid > 0 && isAlive(pid));
}

function pidFiles(pm2Home: string): string[] {
  try {
    return readdirSync(join(pm2Home, 'pids')).filter((file) => file.endsWith('.pid'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Runs the phases, or leaves off when somebody is in a hurry. Returns the services that had to be killed. The signal is SIGINT: a service then exits 130, which tells
 * pm2 to leave it stopped (ecosystem.config.js), while one that dies by itself, of whatever, is started again.
 */
export async function stopInOrder(
  phases: readonly StopPhase[],
  pm2Home: string,
  startedMs: number,
  clock: Clock,
  hurry: AbortSignal,
): Promise<string[]> {
  const killed: string[] = [];
  for (const { services, deadlineMs } of phases) {
    const pids = services.flatMap((service) => pidsOf(pm2Home, service));
    for (const pid of pids) signal(pid, 'SIGINT');
    await untilGone(pids, startedMs + deadlineMs, clock, hurry);
    // Nobody is killed here then: pm2 would start it again, unseen by killAtOnce, which ends pm2 first.
    if (hurry.aborted) break;
    for (const pid of pids.filter(isAlive)) {
      signal(pid, 'SIGKILL');
      killed.push(...services);
    }
  }
  return [...new Set(killed)];
}

/** Waits until none of the processes lives, the deadline has passed or somebody is in a hurry. */
export async function untilGone(
  pids: readonly number[],
  deadlineMs: number,
  clock: Clock,
  hurry?: AbortSignal,
): Promise<void> {
  while (pids.some(isAlive) && clock.monotonicMs() < deadlineMs && !hurry?.aborted) await clock.sleep(POLL_MS, hurry);
}

/** SIGKILL to pm2 first, so that it starts nothing again, then to all that it had started. Nothing acknowledged is lost. */
export function killAtOnce(pm2Pid: number, pm2Home: string): void {
  signal(pm2Pid, 'SIGKILL');
  for (const file of pidFiles(pm2Home)) {
    for (const pid of pidsOf(pm2Home, file.replace(/-\d+\.pid$/, ''))) signal(pid, 'SIGKILL');
  }
}

/** pm2's home goes with the stack when it had to lie outside of the data folder. */
export function removeTemporaryHome(pm2Home: string, dataFolder: string): void {
  if (!pm2Home.startsWith(dataFolder)) rmSync(pm2Home, { recursive: true, force: true });
}
