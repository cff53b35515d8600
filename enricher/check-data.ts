/** One self-describing datum against the schema that it names (snowplow-protocol 5.3 to 5.6), as a bad row tells the fault. */
import { type IgluError } from '../protocol/bad-row';
import { schemaUri, type SchemaKey } from '../protocol/schema-key';
import { type SelfDescribing } from '../protocol/self-describing';
import { type SchemaLookup } from './schema-lookup';

/** `supersededBy`: valid, and it was validated against this version of its schema instead. */
export type CheckedData = { ok: true; supersededBy?: SchemaKey } | { ok: false; message: IgluError };

/** A schema that is not fetched yet counts as passed; the lookup remembers it. */
export function checkData({ schema, data }: SelfDescribing, lookup: SchemaLookup): CheckedData {
  const state = lookup.get(schema);
  if (state === undefined) return { ok: true };
  switch (state.kind) {
    case 'unresolved':
      return refused(schema, { error: 'ResolutionError', lookupHistory: state.lookupHistory });
    case 'invalid':
      return refused(schema, { error: 'ValidationError', schemaIssues: state.issues });
    case 'schema': {
      const dataReports = state.validate(data);
      if (dataReports.length === 0) return { ok: true, supersededBy: state.supersededBy };
      return refused(schema, { error: 'ValidationError', dataReports, supersededBy: state.supersededBy?.version });
    }
  }
}

const refused = (schema: SchemaKey, error: IgluError['error']): CheckedData => ({
  ok: false,
  message: { schemaKey: schemaUri(schema), error },
});
