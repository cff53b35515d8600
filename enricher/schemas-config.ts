/** Settings of what the enricher knows of schemas, and how it asks the schema server. Section `schemas`. */
import { bytes, durationMs, integer, secret, text, url, type Settings } from '../runtime/config';

export const schemasFields = {
  uri: url({
    default: 'http://127.0.0.1:8081',
    doc: 'The Iglu repository that schemas come from: our schema server, any web server with the static layout, or an Iglu Server (then with /api).',
  }),
  apiKey: secret({ default: '', doc: 'Sent as the header apikey when it is not empty.' }),
  repositoryName: text({
    default: 'Flotilla Schema Server',
    doc: 'How bad rows name this repository when a schema is not found.',
    pattern: /^.{1,128}$/,
    allowed: '1 to 128 characters',
  }),
  cacheEntriesMax: integer({
    default: 1_000,
    min: 1,
    doc: 'Schemas (and misses) that are kept; beyond it the longest unused go, except those of the last 10 s. A compiled schema takes some 75 kB.',
  }),
  ttlMs: durationMs({
    default: 60_000,
    min: 1_000,
    doc: 'How long a schema is used before it is asked for again: how late a change of an existing schema is seen.',
  }),
  notFoundTtlMs: durationMs({
    default: 2_000,
    min: 500,
    doc: 'How long a schema that was not found counts as missing: how late a new schema is seen.',
  }),
  outagePauseMs: durationMs({
    default: 5_000,
    min: 100,
    doc: 'After a refresh that failed, known schemas serve on for so long before the server is asked for any of them again.',
  }),
  requestTimeoutMs: durationMs({
    default: 2_000,
    min: 10,
    max: 60_000,
    doc: 'How long one request may take, body included.',
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
