import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coreSchemasFolder } from './core-folder';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'core-folder-'))));
afterEach(() => rmSync(root, { recursive: true }));

const folder = (...parts: string[]): string => {
  const path = join(root, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
};

test('the core schemas of this program are there', () => {
  expect(coreSchemasFolder()).toBe(join(__dirname, 'schemas'));
});

test('a build serves the schemas of the source tree around it', () => {
  const schemas = folder('schema-server', 'schemas');
  expect(coreSchemasFolder(folder('dist', 'schema-server'))).toBe(schemas);
  expect(coreSchemasFolder(folder('schema-server'))).toBe(schemas);
});

test('a program without its schemas does not start', () => {
  expect(() => coreSchemasFolder(folder('dist', 'schema-server'))).toThrow('the core schemas are missing');
});
