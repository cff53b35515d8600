import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { root } from '../source-tree';
import { mutants } from './mutants';

const sourceOf = (file: string): string => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '');

describe('the mutants', () => {
  it('are at least 25, each of its own name', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(25);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it.each(mutants.map((one) => [one.name, one] as const))(
    '%s breaks lines that are there, once each',
    (_name, { edits }) => {
      for (const { file, find, replace } of edits) {
        expect({ file, find, times: sourceOf(file).split(find).length - 1 }).toEqual({ file, find, times: 1 });
        const broken = sourceOf(file).replace(find, () => replace);
        expect(() => transformSync(broken, { jsc: { parser: { syntax: 'typescript' } } })).not.toThrow();
      }
    },
  );
});
