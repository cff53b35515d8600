import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printedBy } from '../../test/printed-by';
import { chaos } from './chaos';

/** A whole run: test/stack/chaos.test.ts. */
const run = (...argv: string[]) => printedBy(() => chaos(argv));

test.each<[string, string[], string]>([
  ['no time', ['--minutes', '0'], '--minutes'],
  ['words for a number', ['--seed', 'lucky'], '--seed'],
  ['an option that there is not', ['--minuets=1'], '--minuets'],
  ['one enricher: nobody could take over', ['--enrichers', '1'], '--enrichers'],
])('refuses %s in one line, exit code 2', async (_name, argv, named) => {
  const { code, out, err } = await run(...argv);
  expect([code, out, err.split('\n').length]).toEqual([2, '', 2]);
  expect(err).toContain(named);
});

test('refuses a folder that is not empty: what lies there would be counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-full-'));
  writeFileSync(join(folder, 'file'), '');
  const { code, err } = await run('--data', folder);
  rmSync(folder, { recursive: true });
  expect([code, err]).toEqual([2, `flotilla: --data ${folder} is not empty: what lies there would be counted\n`]);
});

test('refuses a file where a folder should be, and says what to do', async () => {
  const { code, err } = await run('--data', join(__filename, 'data'));
  expect(code).toBe(2);
  expect(err).toMatch(/^flotilla: --data .* cannot be used \(.*ENOTDIR.*\); name an empty or a new folder\n$/);
});

test('--help says what it does and names every option', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  for (const option of ['--minutes', '--seed', '--rate', '--shards', '--enrichers', '--data', '--json'])
    expect(out).toContain(option);
});
