import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../runtime/config';
import { checkSchemaServer, schemaServerSections } from './config';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'schema-config-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const load = (environment: Record<string, string>) => {
  const loaded = loadSettings(schemaServerSections, { argv: [], environment, readFile: () => '' });
  if (loaded.kind === 'faults') throw new Error(loaded.faults.join('\n'));
  return loaded.settings;
};

test('by default it serves the core schemas on loopback', () => {
  expect(load({}).schemaServer).toMatchObject({ host: '127.0.0.1', port: 8081, folders: [] });
  expect(checkSchemaServer(load({}))).toEqual([]);
});

test('each folder that is none is a fault of its own that names it', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const missing = join(folder, 'missing');
  const settings = load({ FLOTILLA_SCHEMA_SERVER_FOLDERS: [folder, missing, file].join(',') });
  expect(checkSchemaServer(settings)).toEqual([
    expect.stringContaining(`FLOTILLA_SCHEMA_SERVER_FOLDERS has "${missing}": it must be a folder that can be read`),
    `FLOTILLA_SCHEMA_SERVER_FOLDERS has "${file}": it must be a folder`,
  ]);
});
