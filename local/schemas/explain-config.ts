/** The settings of `flotilla schemas explain`. */
import { bytes, durationMs, text, url } from '../../runtime/config';

export const explainFields = {
  resolver: text({
    default: '',
    doc: "A file of Iglu's resolver configuration: its repositories are asked from here. Empty: the schema server is asked.",
  }),
  server: url({
    default: 'http://127.0.0.1:8081',
    doc: 'The schema server that is asked when there is no --resolver.',
  }),
  timeoutMs: durationMs({ default: 5_000, min: 10, max: 600_000, doc: 'How long one repository has to answer.' }),
  schemaBytesMax: bytes({ default: 1_048_576, min: 1_000, max: 16_777_216, doc: 'A larger document is no schema.' }),
};
