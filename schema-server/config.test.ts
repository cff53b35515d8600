import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../runtime/config';
import { checkSchemaServer, readPreload, readResolverConfig, schemaServerSections } from './config';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'schema-config-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const load = (environment: Record<string, string>) => {
  const loaded = loadSettings(schemaServerSections, { argv: [], environment, readFile: () => '' });
  if (loaded.kind === 'faults') throw new Error(loaded.faults.join('\n'));
  return loaded.settings;
};

test('by default it serves the core schemas on loopback', () => {
  expect(load({}).schemaServer).toMatchObject({ host: '127.0.0.1', port: 8081, folders: [], resolver: '' });
  expect(readResolverConfig(load({}).schemaServer)).toBeNull();
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

describe('the resolver', () => {
  const write = (text: string): string => {
    const file = join(folder, 'resolver.json');
    writeFileSync(file, text);
    return file;
  };
  const configOf = (repositories: unknown): string =>
    JSON.stringify({
      schema: 'iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3',
      data: { cacheSize: 500, repositories },
    });
  const embedded = (path: string) => ({ name: 'own', priority: 0, vendorPrefixes: [], connection: { embedded: { path } } }); // prettier-ignore
  const faultsOf = (resolver: string): string[] =>
    checkSchemaServer(load({ FLOTILLA_SCHEMA_SERVER_RESOLVER: resolver }));

  it('is read', () => {
    const file = write(configOf([embedded(folder)]));
    expect(faultsOf(file)).toEqual([]);
    expect(readResolverConfig({ resolver: file })?.repositories).toMatchObject([{ name: 'own' }]);
  });

  it('is refused when its file is missing, has faults (each a line), or names a folder that is none', () => {
    const missing = join(folder, 'missing');
    const name = 'FLOTILLA_SCHEMA_SERVER_RESOLVER';
    expect(faultsOf(missing)).toEqual([
      expect.stringContaining(`${name} is "${missing}": it must be a file that can be read`),
    ]);
    const file = write(configOf([{ ...embedded('/'), priority: 'x', name: 5 }]));
    expect(faultsOf(file)).toEqual([
      `${name} names ${file}: data.repositories[0].name is 5: it must be a text`,
      `${name} names ${file}: data.repositories[0].priority is "x": it must be a number`,
    ]);
    write(configOf([embedded(missing)]));
    expect(faultsOf(file)).toEqual([
      expect.stringContaining(`${name} names ${file}, which has "${missing}": an embedded repository must be a folder`),
    ]);
  });
});

test('the mirror folder may be missing, but nothing that is no folder may be in its way', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const resolver = join(folder, 'empty.json');
  const schema = 'iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3';
  writeFileSync(resolver, JSON.stringify({ schema, data: { cacheSize: 1, repositories: [] } }));
  const faultsOf = (mirrorFolder: string): string[] =>
    checkSchemaServer(
      load({ FLOTILLA_SCHEMA_SERVER_RESOLVER: resolver, FLOTILLA_SCHEMA_SERVER_MIRROR_FOLDER: mirrorFolder }),
    );
  expect(faultsOf(join(folder, 'not', 'yet'))).toEqual([]);
  const inFile = join(file, 'mirror');
  expect(faultsOf(inFile)).toEqual([
    `FLOTILLA_SCHEMA_SERVER_MIRROR_FOLDER is ${JSON.stringify(inFile)}: ${file} is no folder`,
  ]);
});

test('the preload list is read from keys and files, and each wrong key is a fault of its own', () => {
  const file = join(folder, 'keys');
  writeFileSync(file, 'iglu:com.acme/a/jsonschema/1-0-0\n');
  const good = load({ FLOTILLA_SCHEMA_SERVER_PRELOAD: `iglu:com.acme/b/jsonschema/1-0-0, ${file}` });
  expect([checkSchemaServer(good), readPreload(good.schemaServer).map(({ name }) => name)]).toEqual([[], ['b', 'a']]);
  const wrong = load({ FLOTILLA_SCHEMA_SERVER_PRELOAD: 'iglu:a,iglu:b' });
  expect(checkSchemaServer(wrong).length).toBe(2);
});
