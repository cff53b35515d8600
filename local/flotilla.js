#!/usr/bin/env node
/**
 * The command `flotilla`, before anything is compiled: builds when a source is newer than the build, then hands over to
 * flotilla.ts. Where the compiler is not installed (an image), the build that is there is used as it is.
 */
const { execFileSync } = require('node:child_process');
const { existsSync, readdirSync, statSync, utimesSync, writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '..');
const stamp = join(root, 'dist', '.built');
const folders = [
  'runtime',
  'protocol',
  'kinesis-client',
  'collector',
  'enricher',
  'sinks',
  'schema-server',
  'local',
  'docs',
];

function newestSourceMs(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((newest, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return Math.max(newest, newestSourceMs(path));
    return entry.name.endsWith('.ts') ? Math.max(newest, statSync(path).mtimeMs) : newest;
  }, 0);
}

function compiler() {
  const path = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return existsSync(path) ? path : undefined;
}

function isStale() {
  if (!existsSync(stamp)) return true;
  const builtMs = statSync(stamp).mtimeMs;
  return folders.some((folder) => existsSync(join(root, folder)) && newestSourceMs(join(root, folder)) > builtMs);
}

function refuse(line) {
  process.stderr.write(`flotilla: ${line}\n`);
  process.exit(2);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  refuse(`this is Node ${process.versions.node}; it needs 20.19 or newer`);
}

const tsc = compiler();
if (tsc !== undefined && isStale()) {
  process.stderr.write('building ...\n');
  const started = new Date();
  try {
    execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: ['ignore', 2, 2] });
  } catch {
    refuse('the build failed; the lines above say where');
  }
  writeFileSync(stamp, '');
  utimesSync(stamp, started, started); // what is saved while the compiler runs is newer than this build
}

if (!existsSync(stamp)) refuse('nothing is installed or built here; run npm ci first');

// `npm run build` wants nothing else.
if (process.argv[2] !== '--build') require('../dist/local/flotilla.js').main(process.argv.slice(2));
