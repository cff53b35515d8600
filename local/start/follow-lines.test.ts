import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '../../runtime/virtual-clock';
import { followLines } from './follow-lines';

describe('followLines', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flotilla-follow-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('tells what is there and what is appended, line by line, until it is told to end', async () => {
    const path = join(folder, 'file');
    const clock = new VirtualClock();
    const end = new AbortController();
    const lines: string[] = [];
    writeFileSync(path, 'old\nbeg');
    const following = followLines(path, (line) => lines.push(line), clock, end.signal);
    await clock.advance(100);
    expect(lines).toEqual(['old']);

    const umlaut = Buffer.from('ü');
    appendFileSync(path, Buffer.concat([Buffer.from('un '), umlaut.subarray(0, 1)]));
    await clock.advance(100);
    appendFileSync(path, Buffer.concat([umlaut.subarray(1), Buffer.from('\n\nmore\n')]));
    await clock.advance(100);
    expect(lines).toEqual(['old', 'begun ü', '', 'more']);

    const long = 'x'.repeat(200_000);
    appendFileSync(path, `${long}\n`);
    await clock.advance(100);
    expect(lines.at(-1)).toBe(long);

    end.abort();
    await following;
    appendFileSync(path, 'too late\n');
    await clock.advance(1_000);
    expect(lines.at(-1)).toBe(long);
    expect(clock.sleeping).toBe(0);
  });
});
