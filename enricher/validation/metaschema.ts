/**
 * Is this JSON a schema at all? Asked once a schema, before it is read.
 */
import draft04 from 'ajv-draft-04/dist/refs/json-schema-draft-04.json';
import { isJsonObject, jsonOf, type Json, type JsonObject } from '../../protocol/json';
import { toData } from './data';
import { explain } from './explain';
import { readSchema, type SchemaIssue, type SchemaNode } from './schema-node';

/** What every schema of an Iglu registry declares as its `$schema` (snowplow-protocol 5.1). */
export const igluMetaschema = 'http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#';

/** Not looked at by the original: a draft-07 number there is passed over (the recorded cases `sdj-draft7-*`). */
const unchecked = new Set(['exclusiveMinimum', 'exclusiveMaximum']);

/** Draft-04's own, without `unchecked`; `id` and `$schema` may be any text. */
function metaschema(): SchemaNode {
  const properties = Object.entries(draft04.properties)
    .filter(([keyword]) => !unchecked.has(keyword))
    .map(([keyword, schema]) => [keyword, keyword === 'id' || keyword === '$schema' ? { type: 'string' } : schema]);
  const schema = { ...draft04, properties: Object.fromEntries(properties) as unknown, dependencies: {} };
  const read = readSchema(jsonOf(schema) as JsonObject);
  if (read.kind === 'invalid') throw new Error(`the meta-schema is invalid: ${JSON.stringify(read.issues)}`);
  return read.root;
}
const root = metaschema();

/** What is wrong with it; nothing when it can be read as a schema. A schema of another kind has that one issue only. */
export function metaschemaIssues(schema: Json): readonly SchemaIssue[] {
  const declared = isJsonObject(schema) ? schema.get('$schema') : undefined;
  if (typeof declared !== 'string' || declared.replace(/#$/, '') !== igluMetaschema.replace(/#$/, ''))
    return [{ path: '$', message: `Unknown MetaSchema: ${typeof declared === 'string' ? declared : 'none'}` }];
  return explain(root, toData(schema)).map(({ path, message }) => ({ path, message }));
}
