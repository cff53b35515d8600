/** Settings of what the enricher knows of schemas, and whom it asks for them. Section `schemas`. */
import { readFileSync } from 'node:fs';
import { parseResolverConfig, type ResolverConfig } from '../protocol/resolver-config';
import { bytes, durationMs, integer, secret, text, url, type Settings } from '../runtime/config';
import { messageOf } from '../runtime/errors';

export const schemasFields = {
  uri: url({
    default: 'http://127.0.0.1:8081',
    doc: 'The Iglu repository that schemas come from: our schema server, any web server with the static layout, or an Iglu Server (then with /api). While it does not answer, shards wait. Empty: the enricher asks the repositories of schemas.resolver itself.',
  }),
  apiKey: secret({ default: '', doc: 'Sent to schemas.uri as the header apikey when it is not empty.' }),
  repositoryName: text({
    default: 'Flotilla Schema Server',
    doc: 'How bad rows name the repository of schemas.uri when a schema is not found.',
    pattern: /^.{1,128}$/,
    allowed: '1 to 128 characters',
  }),
  resolver: text({
    default: '',
    doc: "The path of a resolver configuration in Iglu's own JSON; empty: none. Its vendor prefixes say which schemas a shard waits for when their repository cannot be asked, whoever asks. Its repositories are asked when schemas.uri is empty. Its cacheSize and cacheTtl are not looked at, the settings here hold.",
  }),
  indexFile: text({
    default: '',
    doc: 'The path of a file that keeps the names of all schemas that this machine ever resolved: shards wait for these when they cannot be looked up, also after a restart. All enrichers of the machine share it. Empty: each process remembers its own.',
  }),
  cacheEntriesMax: integer({
    default: 1_000,
    min: 1,
    doc: 'Schemas that are kept; beyond it the longest unused go, except those of the last 10 s. A compiled schema takes some 75 kB.',
  }),
  missesMax: integer({
    default: 10_000,
    min: 1,
    doc: 'Names of schemas that are kept as not found; beyond it the longest unused go, except those of the last 10 s. Each takes some 2 kB.',
  }),
  ttlMs: durationMs({
    default: 60_000,
    min: 1_000,
    doc: 'How long a schema is used before it is asked for again, behind the events: how late a change of an existing schema is seen where the server has no change feed.',
  }),
  notFoundTtlMs: durationMs({
    default: 2_000,
    min: 500,
    doc: 'How long a schema that was not found counts as missing: how late a new schema is seen where the server has no change feed.',
  }),
  unsureTtlMs: durationMs({
    default: 60_000,
    min: 1_000,
    doc: 'How long a schema counts as missing that no shard waits for and that some repository could not be asked for: how often anybody is asked for it.',
  }),
  outagePauseMs: durationMs({
    default: 5_000,
    min: 100,
    doc: 'After a refresh that failed, a known schema serves on for so long before it is asked for again.',
  }),
  requestTimeoutMs: durationMs({
    default: 2_000,
    min: 10,
    max: 60_000,
    doc: 'How long one request may take, body included: to schemas.uri, and to a repository of schemas.resolver for a schema that shards wait for.',
  }),
  attemptTimeoutMs: durationMs({
    default: 500,
    min: 10,
    max: 60_000,
    doc: 'How long a repository of schemas.resolver may take for any other schema: one attempt.',
  }),
  breakerMinMs: durationMs({
    default: 5_000,
    min: 100,
    doc: 'After a repository of schemas.resolver failed, it is not asked for so long, but for schemas that shards wait for. It doubles with each failure.',
  }),
  breakerMaxMs: durationMs({ default: 60_000, min: 100, doc: 'The longest such pause.' }),
  feedWaitMs: durationMs({
    default: 25_000,
    min: 100,
    max: 30_000,
    doc: 'How long one request waits for a change in the schema server.',
  }),
  requestsMax: integer({ default: 16, min: 1, max: 256, doc: 'Requests that one fetch has under way at once.' }),
  schemaBytesMax: bytes({
    default: 1_000_000,
    min: 1_000,
    max: 10_000_000,
    doc: 'A larger document is not taken as a schema.',
  }),
};
export type SchemasSettings = Settings<{ schemas: typeof schemasFields }>['schemas'];

/** Rules between them, and what is wrong with the resolver's file: each fault one line. */
export function checkSchemas({ uri, resolver, breakerMinMs: min, breakerMaxMs: max }: SchemasSettings): string[] {
  const breaker = `schemas.breakerMinMs is ${min}: it must not be more than schemas.breakerMaxMs (${max})`;
  const nobody = 'schemas.uri and schemas.resolver are both empty: there is nobody to ask for schemas';
  return [
    ...(min > max ? [breaker] : []),
    ...(uri === '' && resolver === '' ? [nobody] : []),
    ...readResolver(resolver).faults,
  ];
}

const noRepositories: ResolverConfig = { cacheSize: 0, cacheTtlSeconds: null, repositories: [] };

/** No repositories when `path` is empty, and when there are faults. */
export function readResolver(path: string): { readonly config: ResolverConfig; readonly faults: readonly string[] } {
  if (path === '') return { config: noRepositories, faults: [] };
  try {
    const parsed = parseResolverConfig(readFileSync(path, 'utf8'));
    if (parsed.ok) return { config: parsed.config, faults: [] };
    return { config: noRepositories, faults: parsed.faults.map((fault) => `schemas.resolver ${path}: ${fault}`) };
  } catch (error) {
    return { config: noRepositories, faults: [`schemas.resolver is ${path}: it cannot be read: ${messageOf(error)}`] };
  }
}
