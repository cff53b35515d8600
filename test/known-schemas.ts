/** What is known of schemas, said in a test. */
import { schemaUri } from '../protocol/schema-key';
import { type KnownSchemas, type SchemaState } from '../enricher/schema-client';

/** A schema that allows everything. */
export const anything: SchemaState = { kind: 'schema', validate: () => [] };

/** A schema that allows nothing. */
export const nothing: SchemaState = {
  kind: 'schema',
  validate: () => [{ message: '$: is wrong', path: '$', keyword: 'not', targets: [] }],
};

/** By URI; every other schema is in the state `otherwise`, or not fetched yet. */
export function knownSchemas(states: Readonly<Record<string, SchemaState>>, otherwise?: SchemaState): KnownSchemas {
  return { get: (key) => states[schemaUri(key)] ?? otherwise };
}
