/** The settings of the schema server. Section `schemaServer`. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseResolverConfig, type ResolverConfig } from '../protocol/resolver-config';
import type { SchemaKey } from '../protocol/schema-key';
import { readSchemaKeyList } from '../protocol/schema-key-list';
import { bytes, durationMs, integer, list, port, text, type Settings } from '../runtime/config';
import { messageOf } from '../runtime/errors';

const schemaServerFields = {
  host: text({ default: '127.0.0.1', doc: 'The address that enrichers reach. There is no access control: keep it private.' }),
  port: port({ default: 8081, doc: 'The port that enrichers reach.' }),
  folders: list({
    default: [],
    doc: "Folders of your own schemas in the layout of a static Iglu repository, VENDOR/NAME/FORMAT/VERSION, with or without a folder schemas around it. Asked in this order, after the core schemas, which they never replace. Changed files are served at once; write a file under another name and rename it.",
  }),
  schemaBytesMax: bytes({ default: 1_048_576, min: 1_000, max: 16_777_216, doc: 'A larger file is not served.' }),
  cacheBytesMax: bytes({ default: 16_777_216, min: 0, doc: 'Schemas kept in memory, all together. A changed file is read again whatever is kept.' }),
  resolver: text({
    default: '',
    doc: "The file with the upstream repositories, in Iglu's own form (resolver-config 1-0-0 to 1-0-3). They are asked after the core schemas and your folders, in Iglu's order; its cacheSize and cacheTtl are for other clients. Empty: there is no remote repository at all.",
  }),
  mirrorFolder: text({
    default: 'data/schema-mirror',
    doc: 'Where copies of upstream schemas are kept: a folder for each repository, in the layout of a static one. Made when a resolver is set. One schema server uses it.',
    pattern: /./,
    allowed: 'a path',
  }),
  mirrorTtlMs: durationMs({
    default: 600_000,
    min: 0,
    doc: 'How old a copy may be before its repository is asked again, behind the back of whoever gets the copy. While the repository fails, the copy serves on.',
  }),
  upstreamNotFoundTtlMs: durationMs({
    default: 10_000,
    min: 0,
    doc: 'How long a schema that no upstream repository has counts as missing, and how long a refresh that failed is not tried again.',
  }),
  upstreamUnsureTtlMs: durationMs({
    default: 60_000,
    min: 0,
    doc: 'How often at most a schema that nobody vouches for is asked for while a repository fails. Somebody vouches for a schema that this box resolved before, and for the vendors that a repository lists.',
  }),
  upstreamAttemptMs: durationMs({
    default: 500,
    min: 10,
    max: 60_000,
    doc: 'How long an upstream repository has to answer when its answer is not needed: nobody vouches for the schema, or a copy serves.',
  }),
  upstreamTimeoutMs: durationMs({
    default: 1_500,
    min: 10,
    max: 60_000,
    doc: 'How long an upstream repository has to answer otherwise.',
  }),
  preload: list({
    default: [],
    doc: 'Schemas that are fetched from upstream at start: keys like iglu:com.acme/checkout/jsonschema/1-0-0, or files with one on each line.',
  }),
  requestTimeoutMs: durationMs({ default: 10_000, min: 1_000, doc: 'How long a whole request may take to arrive.' }),
  idleTimeoutMs: durationMs({ default: 610_000, min: 1_000, doc: 'How long an idle connection is kept.' }),
  connectionsMax: integer({ default: 1_024, min: 1, doc: 'How many connections are open at once; further ones are closed.' }),
}; // prettier-ignore

export const schemaServerSections = { schemaServer: schemaServerFields };
export type SchemaServerSettings = Settings<typeof schemaServerSections>['schemaServer'];

/** A folder that is gone while the server runs makes every schema behind it wait (503); one that never was is told at start. */
export function checkSchemaServer({ schemaServer }: { readonly schemaServer: SchemaServerSettings }): string[] {
  const { folders, resolver, mirrorFolder, preload } = schemaServer;
  const named = (setting: string, fault: string): string => `FLOTILLA_SCHEMA_SERVER_${setting} ${fault}`;
  return [
    ...folderFaults(folders, 'it').map((fault) => named('FOLDERS', fault)),
    ...(resolver === '' ? [] : resolverFaults(resolver)).map((fault) => named('RESOLVER', fault)),
    ...(resolver === '' ? [] : mirrorFaults(mirrorFolder)).map((fault) => named('MIRROR_FOLDER', fault)),
    ...readSchemaKeyList(preload, readText).faults.map((fault) => named('PRELOAD', fault)),
  ];
}

/** Null: there is none. Only after checkSchemaServer. */
export function readResolverConfig({ resolver }: Pick<SchemaServerSettings, 'resolver'>): ResolverConfig | null {
  if (resolver === '') return null;
  const parsed = parseResolverConfig(readText(resolver));
  if (!parsed.ok) throw new Error(`${resolver}: ${parsed.faults.join('; ')}`);
  return parsed.config;
}

/** The schemas to fetch at start. Only after checkSchemaServer. */
export const readPreload = ({ preload }: Pick<SchemaServerSettings, 'preload'>): readonly SchemaKey[] =>
  readSchemaKeyList(preload, readText).keys;

const readText = (path: string): string => readFileSync(path, 'utf8');

function resolverFaults(path: string): string[] {
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    return [`is ${JSON.stringify(path)}: it must be a file that can be read: ${messageOf(error)}`];
  }
  const parsed = parseResolverConfig(text);
  if (!parsed.ok) return parsed.faults.map((fault) => `names ${path}: ${fault}`);
  const folders = parsed.config.repositories.flatMap(({ connection }) =>
    connection.kind === 'embedded' ? [connection.path] : [],
  );
  return folderFaults(folders, 'an embedded repository').map((fault) => `names ${path}, which ${fault}`);
}

/** It is made at start: the nearest thing above it that is there must be a folder that can be written. */
function mirrorFaults(path: string): string[] {
  let above = resolve(path);
  while (!existsSync(above)) above = dirname(above);
  try {
    if (!statSync(above).isDirectory()) return [`is ${JSON.stringify(path)}: ${above} is no folder`];
    accessSync(above, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    return [`is ${JSON.stringify(path)}: it must be a folder that can be written: ${messageOf(error)}`];
  }
}

const folderFaults = (folders: readonly string[], what: string): string[] =>
  folders.flatMap((folder) => {
    const fault = folderFault(folder, what);
    return fault === null ? [] : [`has ${JSON.stringify(folder)}: ${fault}`];
  });

function folderFault(folder: string, what: string): string | null {
  try {
    if (!statSync(folder).isDirectory()) return `${what} must be a folder`;
    accessSync(folder, constants.R_OK | constants.X_OK);
    return null;
  } catch (error) {
    return `${what} must be a folder that can be read: ${messageOf(error)}`;
  }
}
