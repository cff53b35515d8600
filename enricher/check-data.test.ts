import { anything, knownSchemas, nothing } from '../test/known-schemas';
import { checkData } from './check-data';
import { SchemaLookup } from './schema-lookup';

const schema = { vendor: 'com.acme', name: 'x', format: 'jsonschema', version: '1-0-0' };
const uri = 'iglu:com.acme/x/jsonschema/1-0-0';
const later = { ...schema, version: '1-0-1' };
const report = { message: '$: is wrong', path: '$', keyword: 'not', targets: [] };

describe('checkData', () => {
  const check = (state: typeof anything): ReturnType<typeof checkData> =>
    checkData({ schema, data: null }, new SchemaLookup(knownSchemas({ [uri]: state })));

  it('passes what its schema allows', () => expect(check(anything)).toEqual({ ok: true }));

  it('says against which later version it was validated', () =>
    expect(check({ kind: 'schema', validate: () => [], supersededBy: later })).toEqual({
      ok: true,
      supersededBy: later,
    }));

  it.each<[string, typeof anything, object]>([
    ['its schema refuses', nothing, { error: 'ValidationError', dataReports: [report] }],
    [
      'a later version of its schema refuses',
      { kind: 'schema', validate: () => [report], supersededBy: later },
      { error: 'ValidationError', dataReports: [report], supersededBy: '1-0-1' },
    ],
    [
      'a schema that cannot be used',
      { kind: 'invalid', issues: [{ path: '$', message: 'broken' }] },
      { error: 'ValidationError', schemaIssues: [{ path: '$', message: 'broken' }] },
    ],
    ['no schema at all', { kind: 'unresolved', lookupHistory: [] }, { error: 'ResolutionError', lookupHistory: [] }],
  ])('tells the fault: %s', (_, state, error) =>
    expect(check(state)).toEqual({ ok: false, message: { schemaKey: uri, error } }),
  );

  it('goes on over a schema that is not fetched yet, and remembers it', () => {
    const lookup = new SchemaLookup(knownSchemas({}));
    expect(checkData({ schema, data: null }, lookup)).toEqual({ ok: true });
    expect(lookup.missingKeys).toEqual([schema]);
  });
});
