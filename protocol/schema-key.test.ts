import { matchesCriterion, modelOf, parseSchemaKey, schemaUri, type SchemaKey } from './schema-key';

const key: SchemaKey = { vendor: 'com.acme', name: 'my-thing_2', format: 'jsonschema', version: '1-0-12' };

test('a key and its URI are the same', () => {
  expect(parseSchemaKey('iglu:com.acme/my-thing_2/jsonschema/1-0-12')).toEqual(key);
  expect(schemaUri(key)).toBe('iglu:com.acme/my-thing_2/jsonschema/1-0-12');
  expect(modelOf({ ...key, version: '12-3-4' })).toBe('12');
});

test.each([
  ['', 'INVALID_IGLUURI'],
  ['com.acme/x/jsonschema/1-0-0', 'INVALID_IGLUURI'],
  ['IGLU:com.acme/x/jsonschema/1-0-0', 'INVALID_IGLUURI'],
  [' iglu:com.acme/x/jsonschema/1-0-0', 'INVALID_IGLUURI'],
  ['iglu:com.acme/x/jsonschema/1-0-0\n', 'INVALID_IGLUURI'],
  ['iglu:com.acme/a/b/jsonschema/1-0-0', 'INVALID_IGLUURI'],
  ['iglu:com.acme/a.b/jsonschema/1-0-0', 'INVALID_IGLUURI'],
  ['iglu:com.acme/é/jsonschema/1-0-0', 'INVALID_IGLUURI'],
  ['iglu:com.acme/x/jsonschema/1-0', 'INVALID_IGLUURI'],
  ['iglu:com.acme/x/jsonschema/1-*-*', 'INVALID_IGLUURI'],
  ['iglu:com.acme/x/jsonschema/0-1-0', 'INVALID_SCHEMAVER'],
  ['iglu:com.acme/x/jsonschema/1-0-01', 'INVALID_SCHEMAVER'],
])('%j is %s', (uri, fault) => expect(parseSchemaKey(uri)).toBe(fault));

test.each([
  ['iglu:com.acme/my-thing_2/jsonschema/1-0-*', true],
  ['iglu:com.acme/my-thing_2/jsonschema/1-*-*', true],
  ['iglu:com.acme/my-thing_2/jsonschema/*-*-*', true],
  ['iglu:com.acme/my-thing_2/jsonschema/1-0-12', true],
  ['iglu:com.acme/my-thing_2/jsonschema/1-0-1', false],
  ['iglu:com.acme/my-thing_2/jsonschema/1-1-*', false],
  ['iglu:com.acme/my-thing_2/jsonschema/2-0-*', false],
  ['iglu:com.acme/my-thing_2/jsonschema/x/1-0-12', false],
  ['iglu:com.acme/my-thing_2/jsonschema/1-0', false],
  ['iglu:com.acme/my-thing/jsonschema/1-0-*', false],
  ['iglu:com.other/my-thing_2/jsonschema/1-0-*', false],
  ['', false],
])('the criterion %s: %s', (criterion, matches) => expect(matchesCriterion(key, criterion)).toBe(matches));
