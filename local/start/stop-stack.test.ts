import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../runtime/clock';
import { isAlive } from './processes';
import { stopInOrder } from './stop-stack';

test.each([
  ['in time or is killed', new AbortController().signal, ['slow'], false],
  ['and is left to who ends pm2 first, when somebody is in a hurry', AbortSignal.abort(), [], true],
])('a service that does not stop has to %s', async (_name, hurry, killed, isLeftAlone) => {
  const home = mkdtempSync(join(tmpdir(), 'flotilla-stop-'));
  mkdirSync(join(home, 'pids'));
  const slow = spawn(process.execPath, ['-e', 'process.on("SIGINT", () => {}); console.log("up"); setInterval(() => {}, 1e6)']); // prettier-ignore
  const gone = once(slow, 'exit');
  await once(slow.stdout, 'data');
  writeFileSync(join(home, 'pids', 'slow-0.pid'), String(slow.pid));
  try {
    const phases = [{ services: ['slow'], deadlineMs: 50 }];
    expect(await stopInOrder(phases, home, systemClock.monotonicMs(), systemClock, hurry)).toEqual(killed);
    if (!isLeftAlone) await gone;
    expect(isAlive(slow.pid as number)).toBe(isLeftAlone);
  } finally {
    slow.kill('SIGKILL');
    rmSync(home, { recursive: true });
  }
});
