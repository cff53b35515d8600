import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startIgluRepository, type IgluRepository } from '../../test/iglu-repository';
import { printedBy } from '../../test/printed-by';
import { sharedData, skipped } from '../../test/shared-data';
import { mirror } from './mirror';
import { schemas } from './schemas';

const addressOf = (i: number): string => `com.acme/x/jsonschema/1-0-${i}`;
let repository: IgluRepository;
let folder: string;
let to: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mirror-'));
  to = join(folder, 'deep', 'iglu');
  repository = await startIgluRepository(
    Object.fromEntries(Array.from({ length: 5 }, (_, i) => [addressOf(i), `{ "n": ${i}.0 }`])),
  );
});
afterEach(async () => {
  await repository.down();
  rmSync(folder, { recursive: true });
});
const run = (...argv: string[]) =>
  printedBy(() => mirror(['--from', `${repository.uri}/`, '--to', to, '--attempts-max', '1', ...argv]));
const done = (counts: string): object => ({ code: 0, err: '', out: `${to}: ${counts}\n` });

describe('flotilla schemas mirror', () => {
  it('writes a static repository, byte for byte, and counts what is new, the same and changed', async () => {
    expect(await run()).toEqual(done('5 schemas: 5 new, 0 same, 0 changed, 0 failed'));
    expect(readFileSync(join(to, 'schemas', addressOf(3)), 'utf8')).toBe('{ "n": 3.0 }');
    expect(readdirSync(to)).toEqual(['schemas']);
    repository.schemas.set(addressOf(1), '"changed"').set(addressOf(7), '"new"');
    repository.schemas.delete(addressOf(2));
    expect(await run()).toEqual(done('5 schemas: 1 new, 3 same, 1 changed, 0 failed'));
    expect(readFileSync(join(to, 'schemas', addressOf(1)), 'utf8')).toBe('"changed"');
    expect(existsSync(join(to, 'schemas', addressOf(2)))).toBe(true);
  });

  it('says what could not be had, and goes on there the next time', async () => {
    repository.schemas.set(addressOf(3), '<html>');
    expect(await run()).toEqual({
      code: 1,
      err: `flotilla: iglu:${addressOf(3)}: Could not decode server response. It is no JSON\n`,
      out: `${to}: 5 schemas: 4 new, 0 same, 0 changed, 1 failed\n`,
    });
    repository.schemas.set(addressOf(3), '{}');
    repository.asked.length = 0;
    expect(await run()).toEqual(done('5 schemas: 5 new, 0 same, 0 changed, 0 failed (4 of them by an earlier run)'));
    expect(repository.asked).toEqual([addressOf(3)]);
    expect(await run()).toEqual(done('5 schemas: 0 new, 5 same, 0 changed, 0 failed'));
  });

  it('does not go on with what was begun from another repository', async () => {
    repository.schemas.set(addressOf(3), '<html>');
    await run();
    const other = await startIgluRepository({ [addressOf(0)]: '"other"' });
    const { out } = await printedBy(() => mirror(['--from', other.uri, '--to', to]));
    expect(out).toBe(`${to}: 1 schemas: 0 new, 0 same, 1 changed, 0 failed\n`);
    await other.down();
  });

  it('writes nothing outside, whatever the repository lists', async () => {
    for (const name of ['../x/jsonschema/1-0-0', '..%2f/x/y/1-0-0', '/etc/passwd', 'a/b/c/1-0'])
      repository.schemas.set(name, '"SECRET"');
    const { code, err, out } = await run();
    expect([code, out]).toEqual([1, `${to}: 9 schemas: 5 new, 0 same, 0 changed, 4 failed\n`]);
    expect(err.trimEnd().split('\n')).toEqual(expect.arrayContaining(['flotilla: "iglu:../x/jsonschema/1-0-0": is no schema key'])); // prettier-ignore
    expect(readdirSync(join(to, 'schemas'))).toEqual(['com.acme']);
    expect(repository.asked.every((address) => address.startsWith('com.acme'))).toBe(true);
  });

  it('asks with the key, and only for the schemas that are named', async () => {
    repository.apiKey = 'secret';
    const file = join(folder, 'keys');
    writeFileSync(file, `iglu:${addressOf(2)}\n`);
    const named = ['--keys', `iglu:${addressOf(1)},${file}`];
    expect((await run(...named)).code).toBe(1);
    expect(await run('--api-key', 'secret', ...named)).toEqual(done('2 schemas: 2 new, 0 same, 0 changed, 0 failed'));
  });

  it.each<[string, string[], RegExp]>([
    ['no repository', ['--from', ''], /^flotilla: --from must be set: the URL of an Iglu repository\n$/],
    ['a wrong URL', ['--from', 'iglu.example'], /^flotilla: --from is "iglu.example": it must be/],
    ['an unknown option', ['--form', 'x'], /^flotilla: --form is no option here; --help lists them\n/],
    ['a wrong key', ['--keys', 'iglu:x'], /^flotilla: --keys has "iglu:x": it must be a schema key/],
    ['nobody there', ['--from', 'http://127.0.0.1:9'], /^flotilla: http:.* does not answer: .*; name the schemas with --keys\n$/], // prettier-ignore
  ])('refuses %s in one line', async (_what, argv, line) => {
    const { code, err, out } = await run(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(line);
  });

  it.each(['wrong', 'failing', 'redirecting'] as const)('refuses a repository that lists nothing: %s', async (mood) => {
    repository.mood = mood;
    const { code, err } = await run();
    expect([code, err]).toEqual([2, expect.stringMatching(/gives no list of schemas: [^\n]*; name the schemas with --keys\n$/)]); // prettier-ignore
  });

  it('refuses a folder that cannot be written', async () => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(to, 'a file');
    const { code, err } = await run();
    expect([code, err]).toEqual([2, expect.stringContaining(`flotilla: --to ${to} cannot be written: `)]);
  });
});

test('all of Iglu Central is mirrored byte for byte', async () => {
  const central = sharedData('iglu-central/schemas');
  if (central === null) return skipped('mirror of Iglu Central', 'its schemas are not here');
  for (const name of readdirSync(central, { recursive: true, encoding: 'utf8' }))
    if (/\/[0-9-]+$/.test(name)) repository.schemas.set(name, readFileSync(join(central, name), 'utf8'));
  const { code, out } = await run();
  expect([code, out]).toEqual([0, `${to}: ${repository.schemas.size} schemas: ${repository.schemas.size} new, 0 same, 0 changed, 0 failed\n`]); // prettier-ignore
  for (const [address, text] of repository.schemas)
    expect(readFileSync(join(to, 'schemas', address), 'utf8')).toBe(text);
}, 60_000);

describe('flotilla schemas', () => {
  it('lists its verbs, and refuses others', async () => {
    const { code, out } = await printedBy(() => schemas([]));
    expect([code, out]).toEqual([0, expect.stringMatching(/explain .*\n.*mirror /)]);
    expect(await printedBy(() => schemas(['mirorr']))).toEqual({
      code: 2,
      out: '',
      err: 'flotilla schemas: there is no mirorr; there are explain, mirror\n',
    });
    expect((await printedBy(() => schemas(['mirror', '--help']))).out).toContain('--from');
  });
});
