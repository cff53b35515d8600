/** `flotilla schemas mirror`: fetches all schemas of an Iglu repository into a folder, and says what was new. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { schemaUri } from '../../protocol/schema-key';
import { readSchemaKeyList } from '../../protocol/schema-key-list';
import { systemClock as clock } from '../../runtime/clock';
import { loadSettings, settingsHelp } from '../../runtime/config';
import { environmentHere } from '../../runtime/environment';
import { messageOf } from '../../runtime/errors';
import { systemRandom as random } from '../../runtime/random';
import { mirrorFields } from './mirror-config';
import { mirrorSummary } from './mirror-journal';
import { listRepository, mirrorRepository, type Mirroring } from './mirror-repository';

/** So many failures are told one by one. */
const FAILURES_MAX = 20;

/** Resolves to the exit code: 0 when every schema is there, 1 when some are not, 2 when nothing was fetched. */
export async function mirror(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) return help();
  const sections = { schemasMirror: mirrorFields };
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  const sources = { argv, environment: environmentHere(), readFile };
  const loaded = loadSettings(sections, sources, { bareSection: 'schemasMirror' });
  if (loaded.kind === 'faults') return refuse(loaded.faults);
  const { schemasMirror: settings } = loaded.settings;
  if (settings.from === '') return refuse(['--from must be set: the URL of an Iglu repository']);
  const { keys, faults } = readSchemaKeyList(settings.keys, readFile);
  if (faults.length > 0) return refuse(faults.map((fault) => `--keys ${fault}`));

  let failures = 0;
  const mirroring: Mirroring = {
    settings: { ...settings, from: settings.from.replace(/\/$/, ''), to: resolve(settings.to) },
    clock,
    random,
    onFailed: (name, reason) => {
      if (++failures <= FAILURES_MAX) process.stderr.write(`flotilla: ${name}: ${reason}\n`);
    },
  };
  const names = keys.length > 0 ? keys.map(schemaUri) : await listRepository(mirroring);
  if (typeof names === 'string') return refuse([`${names}; name the schemas with --keys`]);
  try {
    const { outcomes, before } = await mirrorRepository(names, mirroring);
    if (failures > FAILURES_MAX) process.stderr.write(`flotilla: ${failures - FAILURES_MAX} more failed\n`);
    process.stdout.write(`${settings.to}: ${mirrorSummary(outcomes, before)}\n`);
    return failures === 0 ? 0 : 1;
  } catch (error) {
    if (typeof error !== 'object' || error === null || !('code' in error)) throw error;
    return refuse([`--to ${settings.to} cannot be written: ${messageOf(error)}`]);
  }
}

function refuse(faults: readonly string[]): number {
  for (const fault of faults) process.stderr.write(`flotilla: ${fault}\n`);
  return 2;
}

function help(): number {
  process.stdout.write('usage: flotilla schemas mirror --from URL [options]\n\n');
  process.stdout.write('Fetches every schema of an Iglu repository into a folder in the layout of a static one.\n');
  process.stdout.write('A run that broke off is gone on with; nothing that is there is deleted.\n\n');
  process.stdout.write(`${settingsHelp({ schemasMirror: mirrorFields }, 'schemasMirror')}\n`);
  return 0;
}
