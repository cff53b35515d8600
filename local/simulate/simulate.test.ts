import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printedBy } from '../../test/printed-by';
import { simulate } from './simulate';

const run = (...argv: string[]) => printedBy(() => simulate(argv));

const small = ['--workers', '2', '--shards', '4', '--checkpoint-ms', '0'];

describe('flotilla simulate', () => {
  it('tells the same story from the same seed, to the byte, and another from another', async () => {
    const [first, again, other] = [await run(...small), await run(...small), await run(...small, '--seed', '2')];
    expect(again).toEqual(first);
    expect(other.out).not.toBe(first.out);
    expect(first.out).toContain('2 workers, 4 shards, failover 10 s, seed 1');
    for (const act of ['cold start', 'quiet', 'join', 'crash', 'graceful stop', 'rolling deploy'])
      expect(first.out).toContain(`-- ${act}`);
  });

  it('--json prints one object, and the exit code says whether every bar holds', async () => {
    const { out, code } = await run(...small, '--json');
    const { name, checks } = JSON.parse(out) as { name: string; checks: { holds: boolean }[] };
    expect([name, checks.length]).toEqual(['simulate', 12]);
    expect(code).toBe(checks.every(({ holds }) => holds) ? 0 : 1);
  });

  it('a promise that cannot be kept is exit code 1', async () => {
    const { out, code } = await run(...small, '--failover-ms', '1000', '--latency-ms', '5000');
    expect([code, out.includes('DOES NOT HOLD')]).toEqual([1, true]);
  });

  it('--plot draws the same picture each time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flotilla-simulate-'));
    const files = ['a.svg', 'b.svg'].map((name) => join(folder, name));
    for (const file of files) await run(...small, '--plot', file);
    const [first, again] = files.map((file) => readFileSync(file, 'utf8'));
    rmSync(folder, { recursive: true });
    expect(first).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(again).toBe(first);
  });

  it.each([
    [['--workers', '1'], 'flotilla: --workers is "1": it must be an integer, from 2 to 100\n'],
    [['--shards', 'many'], 'flotilla: --shards is "many": it must be an integer, from 1 to 1000\n'],
    [['--workers', '100', '--shards', '301'], 'flotilla: --workers 100 times --shards 301 is 30100: it must be 30000 at most\n'], // prettier-ignore
    [['--sed', '1'], expect.stringContaining('flotilla: --sed is no option here')],
    [
      ['--plot', '/no/such/folder/a.svg'],
      expect.stringMatching(/^flotilla: --plot .* cannot be written: .*ENOENT.*\n$/),
    ],
  ])('%j is a clear line and exit code 2', async (argv, err: unknown) => {
    expect(await run(...argv)).toEqual({ code: 2, out: '', err });
  });

  it('--help fits one screen', async () => {
    const { out, code } = await run('--help');
    expect([code, out.split('\n').length <= 24]).toEqual([0, true]);
    expect(out).toContain('--workers');
  });
});
