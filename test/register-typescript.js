/**
 * `node --require ./test/register-typescript.js collector/main.ts`: runs a service from its sources, without a build.
 * For tests that must kill a real process.
 *
 * FLOTILLA_MUTANT breaks lines on the way, in memory only (test/mutants/): a JSON list of {file, find, replace}, where
 * `file` is a path from the root and `find` must occur once.
 */
const { readFileSync } = require('node:fs');
const { relative, resolve } = require('node:path');
const { transformSync } = require('@swc/core');

const root = resolve(__dirname, '..');
const edits = JSON.parse(process.env.FLOTILLA_MUTANT ?? '[]');

function sourceOf(filename) {
  const path = relative(root, filename);
  return edits
    .filter(({ file }) => file === path)
    .reduce(
      (source, { find, replace }) => {
        const parts = source.split(find);
        if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} times: ${find}`);
        return parts.join(replace);
      },
      readFileSync(filename, 'utf8'),
    );
}

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(sourceOf(filename), {
    filename,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  module._compile(code, filename);
};
