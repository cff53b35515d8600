import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holderOf, releaseLock, shareLock, takeLock } from './lock-file';

const URL = 'http://127.0.0.1:8080';

describe('the lock of a data folder', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flotilla-lock-'));
    path = join(folder, 'flotilla.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('names who runs here', () => {
    expect(takeLock(path, URL)).toBe('taken');
    expect(takeLock(path, 'http://127.0.0.1:9000')).toEqual({ pid: process.pid, url: URL });
  });

  it('is free after its release, and leaves no other file', () => {
    takeLock(path, URL);
    releaseLock(path);
    expect(takeLock(path, URL)).toBe('taken');
    expect(readdirSync(folder)).toEqual(['flotilla.lock']);
  });

  it.each([
    ['of a process that is gone', JSON.stringify({ url: URL, holders: [{ pid: 2 ** 22 + 1, startedAt: '1' }] })],
    [
      'of another process that has the same pid now',
      JSON.stringify({ url: URL, holders: [{ pid: process.pid, startedAt: '1' }] }),
    ],
    ['cut short by a crash', '{"url":'],
    ['that is empty', ''],
  ])('%s is no obstacle', (_, content) => {
    writeFileSync(path, content);
    expect(takeLock(path, URL)).toBe('taken');
  });

  it('counts while any of its holders lives', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await new Promise((resolve) => child.once('spawn', resolve));
    takeLock(path, URL);
    shareLock(path, [{ pid: 2 ** 22 + 1, startedAt: '1' }, holderOf(child.pid as number)]);
    expect(takeLock(path, URL)).toEqual({ pid: child.pid, url: URL });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
    expect(takeLock(path, URL)).toBe('taken');
  });
});
