import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseSchemaKey, schemaUri, type SchemaKey } from '../protocol/schema-key';
import { inspectSchemas } from './inspect-schemas';
import { createFolderSchemaStore, type SchemaStore } from './schema-store';

let root: string;
let told: string[];
let cacheBytes: number[];
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'schema-store-')));
  told = [];
  cacheBytes = [];
  for (const folder of ['core', 'own', 'other']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true }));

const telemetry = {
  cacheHolds: (bytes: number): void => void cacheBytes.push(bytes),
  fileUnusable: (file: string, reason: string): void => void told.push(`${file.slice(root.length + 1)} ${reason}`),
};
const storeOf = (folders: readonly string[], bounds: { schemaBytesMax?: number; cacheBytesMax?: number } = {}) =>
  createFolderSchemaStore({
    folders: folders.map((folder) => join(root, folder)),
    schemaBytesMax: 1_000,
    cacheBytesMax: 100_000,
    ...bounds,
    telemetry,
  });
const write = (path: string, text: string | Buffer): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const link = (target: string, path: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
};
const keyOf = (address: string): SchemaKey => {
  const key = parseSchemaKey(`iglu:${address}`);
  if (typeof key === 'string') throw new Error(`${address}: ${key}`);
  return key;
};
/** The text, or why there is none. */
const ask = async (store: SchemaStore, address: string): Promise<string> => {
  const found = await store.find(keyOf(address));
  return found.kind === 'found' ? found.text.toString() : found.kind === 'unusable' ? found.reason : found.kind;
};
const acme = 'com.acme/checkout/jsonschema/1-0-0';

describe('finding a schema', () => {
  it('gives the text as it was written', async () => {
    const text = '\n{ "b": 1.0,\t"a": "é" }\n';
    write(`own/${acme}`, text);
    expect(await ask(storeOf(['own']), acme)).toBe(text);
  });

  it('asks the folders in their order: a core schema is never replaced', async () => {
    write(`core/${acme}`, '"core"');
    write(`own/${acme}`, '"own"');
    write('own/com.acme/other/jsonschema/1-0-0', '"own"');
    const store = storeOf(['core', 'own']);
    expect(await ask(store, acme)).toBe('"core"');
    expect(await ask(store, 'com.acme/other/jsonschema/1-0-0')).toBe('"own"');
    expect(await ask(store, 'com.acme/third/jsonschema/1-0-0')).toBe('missing');
  });

  it('looks inside a folder schemas where there is one, also when it comes later', async () => {
    const store = storeOf(['own']);
    expect(await ask(store, acme)).toBe('missing');
    write(`own/schemas/${acme}`, '{}');
    expect(await ask(store, acme)).toBe('{}');
  });

  it('serves what the file says now: changed, of the same size, deleted, back again', async () => {
    const store = storeOf(['own']);
    write(`own/${acme}`, '{"a":1}');
    expect(await ask(store, acme)).toBe('{"a":1}');
    write(`own/${acme}`, '{"a":2}');
    utimesSync(join(root, 'own', acme), 1, 1);
    expect(await ask(store, acme)).toBe('{"a":2}');
    rmSync(join(root, 'own', acme));
    expect(await ask(store, acme)).toBe('missing');
    write(`own/${acme}`, '{"a":3}');
    expect(await ask(store, acme)).toBe('{"a":3}');
  });

  it.each([
    ['is no JSON', '{"a":'],
    ['is no JSON', ''],
    ['is no JSON', Buffer.from([0x22, 0xff, 0x22])],
    ['is no JSON', '['.repeat(900)],
    ['is larger than 1000 bytes', JSON.stringify('x'.repeat(1_000))],
  ])('does not serve a file that %s, and says so once until it changes', async (reason, text) => {
    const store = storeOf(['own', 'other']);
    write(`own/${acme}`, text);
    write(`other/${acme}`, '"the first folder that has it answers"');
    expect(await Promise.all([ask(store, acme), ask(store, acme)])).toEqual([reason, reason]);
    expect(await ask(store, acme)).toBe(reason);
    expect(told).toEqual([`own/${acme} ${reason}`]);
    write(`own/${acme}`, '{}');
    expect(await ask(store, acme)).toBe('{}');
  });

  it('does not serve a folder in the place of a file', async () => {
    mkdirSync(join(root, 'own', acme), { recursive: true });
    expect(await ask(storeOf(['own']), acme)).toBe('is no file');
  });

  it('bounds what it keeps', async () => {
    const store = storeOf(['own'], { cacheBytesMax: 5_000 });
    for (let i = 0; i < 30; i++) {
      write(`own/com.acme/x/jsonschema/1-0-${i}`, i % 3 === 0 ? 'broken' : JSON.stringify('x'.repeat(500)));
      await ask(store, `com.acme/x/jsonschema/1-0-${i}`);
    }
    expect(Math.max(...cacheBytes)).toBeLessThanOrEqual(5_000);
    expect(Math.max(...cacheBytes)).toBeGreaterThan(3_000);
  });

  it('takes a folder that is gone for an outage, not for a missing schema', async () => {
    const store = storeOf(['core', 'own']);
    renameSync(join(root, 'own'), join(root, 'away'));
    await expect(ask(store, acme)).rejects.toMatchObject({ kind: 'retryable' });
    await expect(store.list({})).rejects.toMatchObject({ kind: 'retryable' });
  });
});

describe('the walls of a folder', () => {
  beforeEach(() => write('secret/checkout/jsonschema/1-0-0', '"SECRET"'));

  it.each(['.', '..', '...'])('the vendor %s is nowhere', async (vendor) => {
    write('own/...', '{}');
    expect(await ask(storeOf(['own/x', 'own']), `${vendor}/checkout/jsonschema/1-0-0`).catch(() => 'missing')).toBe(
      'missing',
    );
  });

  it('a key that was never parsed reaches nothing either', async () => {
    const store = storeOf(['own']);
    for (const vendor of ['../secret', '..', '/', '', 'a\0b', `${root}/secret`])
      expect(await store.find({ vendor, name: 'checkout', format: 'jsonschema', version: '1-0-0' })).toEqual({
        kind: 'missing',
      });
  });

  it('a link may lead inside the folder and not outside, whichever part is the link', async () => {
    write('own/com.acme/real/jsonschema/1-0-0', '"inside"');
    link('../../real/jsonschema/1-0-0', `own/${acme}`);
    link('real', 'own/com.acme/alias');
    link(join(root, 'secret'), 'own/com.folder');
    link(join(root, 'secret/checkout/jsonschema/1-0-0'), 'own/com.file/checkout/jsonschema/1-0-0');
    link('1-0-1', 'own/com.acme/loop/jsonschema/1-0-1');
    link('nowhere', 'own/com.acme/gone/jsonschema/1-0-0');
    const store = storeOf(['own']);
    expect(await ask(store, acme)).toBe('"inside"');
    expect(await ask(store, 'com.acme/alias/jsonschema/1-0-0')).toBe('"inside"');
    expect(await ask(store, 'com.folder/checkout/jsonschema/1-0-0')).toBe('is a link out of its folder');
    expect(await ask(store, 'com.file/checkout/jsonschema/1-0-0')).toBe('is a link out of its folder');
    expect(await ask(store, 'com.acme/loop/jsonschema/1-0-1')).toBe('cannot be read: ELOOP');
    expect(await ask(store, 'com.acme/gone/jsonschema/1-0-0')).toBe('missing');
    expect((await store.list({})).map(schemaUri)).toEqual([
      'iglu:com.acme/alias/jsonschema/1-0-0',
      'iglu:com.acme/checkout/jsonschema/1-0-0',
      'iglu:com.acme/real/jsonschema/1-0-0',
    ]);
  });

  it('the folder itself may be a link that is turned to another', async () => {
    write(`v1/${acme}`, '"v1"');
    write(`v2/${acme}`, '"v2"');
    link('v1', 'current');
    const store = storeOf(['current']);
    expect(await ask(store, acme)).toBe('"v1"');
    rmSync(join(root, 'current'));
    link('v2', 'current');
    expect(await ask(store, acme)).toBe('"v2"');
  });
});

describe('listing', () => {
  const list = async (filter: Parameters<SchemaStore['list']>[0]): Promise<string[]> =>
    (await storeOf(['core', 'own']).list(filter)).map((key) => schemaUri(key).slice('iglu:'.length));

  beforeEach(() => {
    for (const version of ['1-0-10', '1-0-9', '1-0-0', '1-2-0', '2-0-0', '10-0-0'])
      write(`own/com.acme/checkout/jsonschema/${version}`, '{}');
    write('core/com.acme/checkout/jsonschema/1-0-9', '{}');
    write('core/org.core/page/jsonschema/1-0-0', '{}');
    write('own/com.acme/checkout/avro/1-0-0', '{}');
    write('own/com.acme/basket/jsonschema/1-0-0', '{}');
  });

  it('orders by address and by version as numbers, each key once', async () => {
    const checkout = ['1-0-0', '1-0-9', '1-0-10', '1-2-0', '2-0-0', '10-0-0'].map(
      (v) => `com.acme/checkout/jsonschema/${v}`,
    );
    expect(await list({})).toEqual([
      'com.acme/basket/jsonschema/1-0-0',
      'com.acme/checkout/avro/1-0-0',
      ...checkout,
      'org.core/page/jsonschema/1-0-0',
    ]);
  });

  it('keeps to the filter', async () => {
    const name = { vendor: 'com.acme', name: 'checkout' };
    expect(await list({ vendor: 'org.core' })).toEqual(['org.core/page/jsonschema/1-0-0']);
    expect(await list(name)).toHaveLength(7);
    expect(await list({ ...name, format: 'jsonschema', model: '1' })).toHaveLength(4);
    expect(await list({ ...name, format: 'jsonschema', model: '3' })).toEqual([]);
    expect(await list({ vendor: '..' })).toEqual([]);
  });

  it('passes over what is no schema', async () => {
    write('own/README.md', '');
    write('own/.git/x/jsonschema/1-0-0', '');
    write('own/com.acme/checkout/jsonschema/1-0-0.json', '');
    write('own/com.acme/check out/jsonschema/1-0-0', '');
    mkdirSync(join(root, 'own/com.acme/checkout/jsonschema/7-0-0'));
    expect(await list({ vendor: 'com.acme' })).toHaveLength(8);
    expect(await list({ model: '7' })).toEqual([]);
  });
});

describe('inspecting the folders', () => {
  it('counts each folder and tells of every unusable file', async () => {
    write(`own/${acme}`, '{');
    write('own/com.acme/x/jsonschema/1-0-0', '{}');
    const folders = ['own', 'other'].map((folder) => join(root, folder));
    const counts: [string, number][] = [];
    const folderHas = (folder: string, schemas: number): void => void counts.push([folder, schemas]);
    const signal = new AbortController().signal;
    await inspectSchemas({ folders, store: storeOf(['own', 'other']), telemetry: { folderHas }, signal });
    expect(counts).toEqual([
      [folders[0], 2],
      [folders[1], 0],
    ]);
    expect(told).toEqual([`own/${acme} is no JSON`]);
  });

  it('stops when it is told to', async () => {
    write(`own/${acme}`, '{');
    const inspection = {
      folders: [join(root, 'own')],
      store: storeOf(['own']),
      telemetry: { folderHas: () => undefined },
    };
    await inspectSchemas({ ...inspection, signal: AbortSignal.abort() });
    expect(told).toEqual([]);
  });
});
