import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { SchemaFolder } from '../schema-folder';
import { SchemaMirror } from './schema-mirror';

let folder: string;
let mirror: SchemaMirror;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'schema-mirror-'));
  mirror = new SchemaMirror(join(folder, 'deep', 'mirror'));
  await mirror.open();
});
afterEach(() => rmSync(folder, { recursive: true }));

const key = { vendor: 'com.acme', name: 'checkout', format: 'jsonschema', version: '1-0-0' };
const text = Buffer.from('{ "maximum": 1.0 }\n');
const checkedAtMs = Date.UTC(2024, 0, 1);

test('gives back the bytes and the time, also after a restart', async () => {
  await mirror.write('Iglu Central', key, { text, checkedAtMs });
  const again = new SchemaMirror(mirror.folder);
  await again.open();
  expect(await again.read('Iglu Central', key)).toEqual({ text, checkedAtMs });
  await again.touch('Iglu Central', key, checkedAtMs + 1_000);
  expect(await again.read('Iglu Central', key)).toEqual({ text, checkedAtMs: checkedAtMs + 1_000 });
  expect(await again.read('Another', key)).toBeNull();
  await again.remove('Iglu Central', key);
  await again.remove('Iglu Central', key);
  expect(await again.read('Iglu Central', key)).toBeNull();
});

test('a folder of it is a static repository', async () => {
  await mirror.write('Iglu Central', key, { text, checkedAtMs });
  expect(relative(mirror.folder, mirror.folderOf('Iglu Central'))).toBe('Iglu%20Central/schemas');
  expect(await new SchemaFolder(dirname(mirror.folderOf('Iglu Central'))).list({})).toEqual([key]);
});

test.each(['..', '.', '.staging', '.resolved', '../../x', 'a/b', 'ü\u0000', '\ud800', 'x'.repeat(5_000), '%2E', '~'])(
  'the name %j leads to a folder of its own inside the mirror',
  async (name) => {
    await mirror.write(name, key, { text, checkedAtMs });
    expect(relative(mirror.folder, mirror.folderOf(name))).toMatch(/^[^./][^/]{0,199}\/schemas$/);
    expect(await mirror.read(name, key)).toEqual({ text, checkedAtMs });
  },
);

test('what a killed process was writing is forgotten, and a file that is no JSON is no copy', async () => {
  mkdirSync(join(mirror.folder, '.staging'), { recursive: true });
  writeFileSync(join(mirror.folder, '.staging', '0'), '{"a":');
  const again = new SchemaMirror(mirror.folder);
  await again.open();
  expect(existsSync(join(mirror.folder, '.staging', '0'))).toBe(false);
  await again.write('A', key, { text, checkedAtMs });
  const path = join(mirror.folderOf('A'), 'com.acme', 'checkout', 'jsonschema', '1-0-0');
  expect(readFileSync(path)).toEqual(text);
  writeFileSync(path, '{"a":');
  expect(await again.read('A', key)).toBeNull();
});
