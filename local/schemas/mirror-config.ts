/** The settings of `flotilla schemas mirror`. */
import { bytes, durationMs, integer, list, secret, text, url, type Settings } from '../../runtime/config';

export const mirrorFields = {
  from: url({ default: '', doc: 'The Iglu repository: a static one, or an Iglu Server (then with /api).' }),
  to: text({
    default: 'data/iglu',
    doc: 'The folder. Name it in schemaServer.folders, or let a web server serve it.',
    pattern: /./,
    allowed: 'a path',
  }),
  apiKey: secret({ default: '', doc: 'Sent as the header apikey when it is not empty.' }),
  keys: list({
    default: [],
    doc: 'Only these schemas: keys like iglu:com.acme/checkout/jsonschema/1-0-0, or files with one on each line. Empty: all that the repository lists.',
  }),
  requestTimeoutMs: durationMs({ default: 10_000, min: 10, max: 600_000, doc: 'How long one request may take.' }),
  attemptsMax: integer({ default: 3, min: 1, max: 100, doc: 'How often a schema is asked for while the repository fails.' }),
  requestsMax: integer({ default: 8, min: 1, max: 256, doc: 'Requests under way at once.' }),
  schemaBytesMax: bytes({ default: 1_048_576, min: 1_000, max: 16_777_216, doc: 'A larger document is not taken.' }),
}; // prettier-ignore

export type MirrorSettings = Settings<{ schemasMirror: typeof mirrorFields }>['schemasMirror'];
