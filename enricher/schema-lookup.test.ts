import { anything, knownSchemas } from '../test/known-schemas';
import { SchemaLookup } from './schema-lookup';

const key = (version: string): { vendor: string; name: string; format: string; version: string } => ({
  vendor: 'com.acme',
  name: 'x',
  format: 'jsonschema',
  version,
});

describe('SchemaLookup', () => {
  it('remembers each missing key once, in order', () => {
    const lookup = new SchemaLookup(knownSchemas({ 'iglu:com.acme/x/jsonschema/1-0-0': anything }));
    expect(lookup.get(key('1-0-0'))).toBe(anything);
    expect(lookup.isComplete).toBe(true);
    for (const version of ['1-0-2', '1-0-1', '1-0-2']) expect(lookup.get(key(version))).toBeUndefined();
    expect(lookup.missingKeys).toEqual([key('1-0-2'), key('1-0-1')]);
    expect(lookup.isComplete).toBe(false);
  });
});
