/**
 * JSON Schema as Snowplow's pipeline understands it: draft-04 with the quirks of networknt's validator 1.0.76
 * (snowplow-protocol 5.4). The schema client compiles, enrich.ts validates. Pure: nothing is ever fetched, whatever a schema
 * refers to, and no schema and no data makes it throw.
 */
import { isJsonObject, parseJson, type Json } from '../protocol/json';
import { schemaUri, type SchemaKey } from '../protocol/schema-key';
import { toData } from './validation/data';
import { explain } from './validation/explain';
import { metaschemaIssues } from './validation/metaschema';
import type { ValidatorReport } from './validation/report';
import { readSchema, type SchemaIssue } from './validation/schema-node';
import { createVerdict } from './validation/verdict';

export type { ValidatorReport } from './validation/report';
export type { SchemaIssue } from './validation/schema-node';

export type CompiledSchema =
  | {
      readonly kind: 'schema';
      /** All faults of the data; none when it is valid. */
      validate(data: Json): readonly ValidatorReport[];
      /** Data of this schema is to be validated against that version instead (snowplow-protocol 5.5). */
      readonly supersededBy?: SchemaKey;
    }
  /** It is JSON but no schema that can be used: events that name it are bad. */
  | { readonly kind: 'invalid'; readonly issues: readonly SchemaIssue[] }
  /** What the registry answered is no schema document at all. */
  | { readonly kind: 'unreadable'; readonly message: string };

/** Levels of a schema document. Deeper ones are of no use: event data goes to 50. */
const schemaDepthMax = 200;

/** Compiles the text that a registry holds for `key`. What its `self` says is not looked at, as with the original. */
export function compileSchema(text: string, key: SchemaKey): CompiledSchema {
  const parsed = parseJson(text, { depthMax: schemaDepthMax });
  if (!parsed.ok) return unreadable(`Could not decode server response. ${parsed.error}`);
  const document = parsed.value;
  const supersededBy = isJsonObject(document) ? document.get('$supersededBy') : undefined;
  if (supersededBy != null && !isVersionAbove(supersededBy, key.version)) {
    const shown = typeof supersededBy === 'string' ? supersededBy : '';
    return unreadable(
      `Superseding version ${shown} isn't greater than the version of schema ${schemaUri(key).slice('iglu:'.length)}`,
    );
  }
  const issues = metaschemaIssues(document);
  if (issues.length > 0 || !isJsonObject(document)) return { kind: 'invalid', issues };
  const read = readSchema(document);
  if (read.kind === 'invalid') return read;
  const isValid = createVerdict(read.root);
  return {
    kind: 'schema',
    validate(data) {
      const plain = toData(data);
      return isValid(plain) ? [] : explain(read.root, plain);
    },
    ...(typeof supersededBy === 'string' && { supersededBy: { ...key, version: supersededBy } }),
  };
}

const unreadable = (message: string): CompiledSchema => ({ kind: 'unreadable', message });

function isVersionAbove(version: Json, other: string): version is string {
  if (typeof version !== 'string' || !/^[1-9][0-9]{0,8}(?:-(?:0|[1-9][0-9]{0,8})){2}$/.test(version)) return false;
  const [model = 0, revision = 0, addition = 0] = version.split('-').map(Number);
  const [otherModel = 0, otherRevision = 0, otherAddition = 0] = other.split('-').map(Number);
  return (model - otherModel || revision - otherRevision || addition - otherAddition) > 0;
}
