import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('the command flotilla', () => {
  it('says in one line that nothing is installed yet, exit 2', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flotilla-bare-'));
    mkdirSync(join(folder, 'local'));
    copyFileSync(join(__dirname, 'flotilla.js'), join(folder, 'local', 'flotilla.js'));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'local', 'flotilla.js'), 'start'], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect([status, stderr]).toEqual([2, 'flotilla: nothing is installed or built here; run npm ci first\n']);
  });
});
