import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderSchemaRepository } from './folder-schema-repository';

const root = mkdtempSync(join(tmpdir(), 'flotilla-folder-repository-'));
afterAll(() => rmSync(root, { recursive: true }));
const key = { vendor: 'com.acme', name: 'x', format: 'jsonschema', version: '1-0-0' };
const put = (folder: string, text: string): void => {
  mkdirSync(join(folder, 'com.acme/x/jsonschema'), { recursive: true });
  writeFileSync(join(folder, 'com.acme/x/jsonschema/1-0-0'), text);
};
const ask = (folder: string, bytesMax = 1_000) => createFolderSchemaRepository(folder, bytesMax).ask(key, 500);

test('finds a file with or without a folder schemas around it', async () => {
  put(join(root, 'plain'), '{"a":1}');
  put(join(root, 'around/schemas'), '{"b":1}');
  expect(await ask(join(root, 'plain'))).toEqual({ kind: 'found', text: '{"a":1}' });
  expect(await ask(join(root, 'around'))).toEqual({ kind: 'found', text: '{"b":1}' });
});

test('what is not there, or is a folder, is not found', async () => {
  expect(await ask(join(root, 'none'))).toEqual({ kind: 'not-found', isUnsure: false });
  mkdirSync(join(root, 'odd/com.acme/x/jsonschema/1-0-0'), { recursive: true });
  expect(await ask(join(root, 'odd'))).toEqual({ kind: 'not-found', isUnsure: false });
});

test('a file beyond the bound is a fault of its own', async () => {
  put(join(root, 'large'), '{"a":1}');
  expect(await ask(join(root, 'large'), 3)).toEqual({ kind: 'failure', message: 'Schema is larger than 3 bytes' });
});

test('a folder that cannot be read is an outage', async () => {
  writeFileSync(join(root, 'loop'), '');
  expect((await createFolderSchemaRepository('\0', 10).ask(key, 500)).kind).toBe('unavailable');
});
