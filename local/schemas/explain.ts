/** `flotilla schemas explain KEY`: which repository is asked for a schema, in which order, and what each says. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LookupHistoryEntry } from '../../protocol/lookup-history';
import { hasPartOfDots, noAnswer, repositoryAnswer, schemaAddress } from '../../protocol/repository-answer';
import { lookupOrder, parseResolverConfig, type ResolverConfig, type Repository } from '../../protocol/resolver-config';
import { parseSchemaKey, schemaUri, type SchemaKey } from '../../protocol/schema-key';
import { boundedFetch } from '../../runtime/bounded-fetch';
import { systemClock as clock } from '../../runtime/clock';
import { loadSettings, settingsHelp, type Settings } from '../../runtime/config';
import { hasCode } from '../../runtime/durable-files';
import { environmentHere } from '../../runtime/environment';
import { messageOf } from '../../runtime/errors';
import { explainFields } from './explain-config';
import { explanation, serverExplanation, type Step } from './explain-lookup';

const sections = { schemasExplain: explainFields };
type ExplainSettings = Settings<typeof sections>['schemasExplain'];

/** Resolves to the exit code: 0 when the schema was found, 1 when not, 2 when nobody was asked. */
export async function explain(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) return help();
  const [uri = '', ...options] = argv;
  const sources = { argv: options, environment: environmentHere(), readFile: readText };
  const key = parseSchemaKey(uri.startsWith('iglu:') ? uri : `iglu:${uri}`);
  if (typeof key === 'string' || hasPartOfDots(key))
    return refuse([`${JSON.stringify(uri)} is no schema key, like iglu:com.acme/checkout/jsonschema/1-0-0`]);
  const loaded = loadSettings(sections, sources, { bareSection: 'schemasExplain' });
  if (loaded.kind === 'faults') return refuse(loaded.faults);
  const { schemasExplain: settings } = loaded.settings;
  if (settings.resolver === '') return askServer(key, settings);
  const config = readConfig(settings.resolver);
  return 'repositories' in config ? askRepositories(key, config, settings) : refuse(config);
}

const readText = (path: string): string => readFileSync(path, 'utf8');

/** The configuration, or its faults. */
function readConfig(path: string): ResolverConfig | string[] {
  try {
    const parsed = parseResolverConfig(readText(path));
    return parsed.ok ? parsed.config : parsed.faults.map((fault) => `${path}: ${fault}`);
  } catch (error) {
    return [`--resolver ${path} cannot be read: ${messageOf(error)}`];
  }
}

async function askRepositories(key: SchemaKey, config: ResolverConfig, settings: ExplainSettings): Promise<number> {
  const steps: Step[] = [];
  let isFound = false;
  for (const repository of lookupOrder(config, key.vendor)) {
    const asked: Step['asked'] = isFound ? null : await askRepository(key, repository, settings);
    isFound ||= asked?.answer.kind === 'found';
    steps.push({ repository, asked });
  }
  process.stdout.write(`${schemaUri(key)}\n${explanation(key.vendor, steps)}`);
  process.stdout.write(
    isFound ? 'found\n' : 'not found: the schema server adds its core schemas and its own folders\n',
  );
  return isFound ? 0 : 1;
}

async function askRepository(
  key: SchemaKey,
  { connection }: Repository,
  settings: ExplainSettings,
): Promise<Step['asked']> {
  const beganMs = clock.monotonicMs();
  const ended = (asked: Omit<NonNullable<Step['asked']>, 'ms'>) => ({ ...asked, ms: clock.monotonicMs() - beganMs });
  if (connection.kind === 'embedded') return ended({ answer: await readFrom(connection.path, key), status: null });
  const headers: Record<string, string> = connection.apiKey === null ? {} : { apikey: connection.apiKey };
  try {
    const reply = await boundedFetch(schemaAddress(connection.uri, key), requestOf(settings, headers));
    return ended({ answer: repositoryAnswer(reply), status: reply.status });
  } catch (error) {
    return ended({ answer: noAnswer(messageOf(error)), status: null });
  }
}

const requestOf = ({ timeoutMs, schemaBytesMax }: ExplainSettings, headers: Record<string, string>) => ({
  headers,
  timeoutMs,
  bytesMax: schemaBytesMax,
  clock,
});

async function readFrom(folder: string, { vendor, name, format, version }: SchemaKey) {
  for (const root of [join(folder, 'schemas'), folder]) {
    try {
      return repositoryAnswer({ status: 200, body: await readFile(join(root, vendor, name, format, version)) });
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) return noAnswer(messageOf(error));
    }
  }
  return repositoryAnswer({ status: 404, body: null });
}

async function askServer(key: SchemaKey, settings: ExplainSettings): Promise<number> {
  const server = settings.server.replace(/\/$/, '');
  try {
    const { status, headers, body } = await boundedFetch(schemaAddress(server, key), requestOf(settings, {}));
    const said = status === 200 ? {} : told(body);
    const from = headers.get('x-flotilla-repository');
    const reply = {
      status,
      repository: from === null ? null : decodeURIComponent(from),
      isUnsure: headers.get('x-flotilla-lookup') === 'unsure',
      history: said.lookupHistory ?? [],
      message: said.message ?? `status ${status}`,
    };
    process.stdout.write(`${schemaUri(key)}: ${serverExplanation(reply)}`);
    return status === 200 ? 0 : 1;
  } catch (error) {
    return refuse([`no schema server answers at ${server}: ${messageOf(error)}; name one with --server`]);
  }
}

/** What the body says when it is of our schema server's form. */
function told(body: Buffer | null): {
  readonly message?: string;
  readonly lookupHistory?: readonly LookupHistoryEntry[];
} {
  try {
    return (JSON.parse(String(body)) ?? {}) as ReturnType<typeof told>;
  } catch {
    return {}; // another server: its status says enough
  }
}

function refuse(faults: readonly string[]): number {
  for (const fault of faults) process.stderr.write(`flotilla: ${fault}\n`);
  return 2;
}

function help(): number {
  process.stdout.write('usage: flotilla schemas explain KEY [options]\n\n');
  process.stdout.write('Says who is asked for a schema, in which order, and what each says.\n\n');
  process.stdout.write(`${settingsHelp(sections, 'schemasExplain')}\n`);
  return 0;
}
