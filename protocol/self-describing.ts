/** Self-describing data, `{"schema": "iglu:...", "data": ...}`: the envelope of every event, entity and webhook body. */
import { isJsonObject, type Json } from './json';
import { parseSchemaKey, type SchemaKey, type SchemaKeyFault } from './schema-key';

export interface SelfDescribing {
  readonly schema: SchemaKey;
  readonly data: Json;
}

/** The codes of iglu-core, as bad rows carry them (snowplow-protocol 5.1). */
export type SelfDescribingFault = 'INVALID_DATA_PAYLOAD' | SchemaKeyFault;

/** Only the keys `schema` (a text) and `data` (anything, null too) matter; others are ignored. */
export function parseSelfDescribing(json: Json): SelfDescribing | SelfDescribingFault {
  if (!isJsonObject(json)) return 'INVALID_DATA_PAYLOAD';
  const uri = json.get('schema');
  const data = json.get('data');
  if (typeof uri !== 'string' || data === undefined) return 'INVALID_DATA_PAYLOAD';
  const schema = parseSchemaKey(uri);
  return typeof schema === 'string' ? schema : { schema, data };
}
