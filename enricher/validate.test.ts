import { parseJson, type Json } from '../protocol/json';
import { compileSchema, type ValidatorReport } from './validate';

const key = { vendor: 'com.acme', name: 'x', format: 'jsonschema', version: '1-0-0' };
const declared = '"$schema":"http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"';

function json(text: string): Json {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(`${parsed.error}: ${text}`);
  return parsed.value;
}

/** `members`: the schema without its braces. */
const compile = (members: string) => compileSchema(`{${declared}${members === '' ? '' : `,${members}`}}`, key);

function reports(members: string, data: string): readonly ValidatorReport[] {
  const compiled = compile(members);
  if (compiled.kind !== 'schema') throw new Error(JSON.stringify(compiled));
  return compiled.validate(json(data));
}
const messages = (members: string, data: string) => reports(members, data).map(({ message }) => message);
const isValid = (members: string, data: string) => reports(members, data).length === 0;

describe('what is valid (snowplow-protocol 5.4)', () => {
  test.each([
    ['only draft-04 counts', '"const":1,"if":{},"then":{"type":"string"},"contains":{"type":"null"}', ['2', '[]'], []],
    [
      'an integer is written as one',
      '"type":"integer"',
      ['1', '-7', '123456789012345678901234567890'],
      ['1.0', '1e2', '-0', '"1"'],
    ],
    ['every integer is a number', '"type":"number"', ['1', '1.0', '1e400', '-0'], ['"1"', 'null']],
    ['types', '"type":["string","null"]', ['"x"', 'null'], ['1', 'true', '[]', '{}']],
    ['nullable', '"type":"string","nullable":true', ['"x"', 'null'], ['1']],
    [
      'nullable of the schema around',
      '"nullable":true,"properties":{"a":{"type":"string"},"b":{"enum":[1]}}',
      ['{"a":null,"b":null}'],
      ['{"a":1}', '{"b":2}'],
    ],
    ['nullable is true or nothing', '"type":"string","nullable":"true"', ['"x"'], ['null']],
    ['nullable and enum', '"enum":["a"],"nullable":true', ['"a"', 'null'], ['"b"']],
    ['type object with enum is not asked', '"type":"object","enum":["a",{"b":1.0}]', ['"a"', '{"b":1}'], ['{}', '"c"']],
    [
      'a reference within the document',
      '"definitions":{"a/b":{"type":"string"}},"properties":{"x":{"$ref":"#/definitions/a~1b"}}',
      ['{"x":"y"}'],
      ['{"x":1}'],
    ],
    [
      'a reference to the whole',
      '"properties":{"kids":{"items":{"$ref":"#"}},"v":{"type":"integer"}}',
      ['{"kids":[{"kids":[],"v":1}]}'],
      ['{"kids":[{"kids":[{"v":"x"}]}]}'],
    ],
    [
      'a reference hides its siblings',
      '"definitions":{"a":{}},"properties":{"x":{"$ref":"#/definitions/a","type":"string"}}',
      ['{"x":1}'],
      [],
    ],
    [
      'a reference to the web accepts everything',
      '"properties":{"x":{"$ref":"http://schemas.acme.test/x.json"},"y":{"$ref":"https://a.test/#/definitions/y"}}',
      ['{"x":1,"y":[]}'],
      [],
    ],
    [
      'a property called $ref is a property',
      '"properties":{"$ref":{"type":"string"}}',
      ['{"$ref":"x"}'],
      ['{"$ref":1}'],
    ],
    ['a pattern is found anywhere', '"pattern":"b+"', ['"abba"', '1'], ['"aca"']],
    ['lengths count code points', '"minLength":2,"maxLength":2', ['"😀😀"', '"ab"', '7'], ['"😀"', '"abc"']],
    [
      'multipleOf is decimal',
      '"multipleOf":0.1',
      ['0.3', '1', '1e2', '"x"', '123456789012345678901234567890.7'],
      ['0.35', '1e-2'],
    ],
    [
      'bounds are exact',
      '"minimum":0,"maximum":12345678901234567890.5',
      ['0', '12345678901234567890.5', '-0', '"x"'],
      ['12345678901234567890.6', '-1e-999999999', '1e999999999'],
    ],
    [
      'draft-04 exclusive bounds',
      '"minimum":0,"exclusiveMinimum":true,"maximum":1e1,"exclusiveMaximum":true',
      ['0.1', '9.99'],
      ['0', '0.0', '10', '10.0', '100e-1'],
    ],
    ['exclusiveMinimum as a number is no bound', '"exclusiveMinimum":10', ['5'], []],
    [
      'names with # are never additional',
      '"properties":{"a":{}},"additionalProperties":false',
      ['{"a":1}', '{"#b":1}', '[]'],
      ['{"b":1}', '{"a#":1}'],
    ],
    [
      'additional properties may have a schema',
      '"additionalProperties":{"type":"integer"},"properties":{"s":{}}',
      ['{"s":"x","i":1,"#":"x"}'],
      ['{"i":"x"}'],
    ],
    [
      'pattern properties are not additional',
      '"patternProperties":{"^a_":{"type":"string"},"z$":{"minLength":2}},"additionalProperties":false',
      ['{"a_1":"x"}', '{"a_z":"xx"}'],
      ['{"a_1":1}', '{"a_z":"x"}', '{"b":1}'],
    ],
    [
      'enum is JSON equality, numbers by value',
      '"enum":[1,"x",{"a":[1,2.50],"b":null},10e1]',
      ['1.0', '"x"', '{"b":null,"a":[1.00,2.5]}', '100'],
      ['"1"', '{"a":[2.5,1],"b":null}', 'true'],
    ],
    [
      'unique items',
      '"uniqueItems":true',
      ['[1,"1",true,null,[1],{"a":1}]', '{}', '[]'],
      ['[1,1.0]', '[{"a":1,"b":2},{"b":2,"a":1e0}]', '["a","a"]'],
    ],
    [
      'items as a list',
      '"items":[{"type":"string"},{"type":"integer"}],"additionalItems":false',
      ['["a",1]', '[]', '"x"'],
      ['["a",1,2]', '[1]'],
    ],
    [
      'additional items',
      '"items":[{"type":"string"}],"additionalItems":{"type":"integer"}',
      ['["a",1,2]'],
      ['["a","b"]'],
    ],
    ['additionalItems alone says nothing', '"additionalItems":false', ['[1,2]'], []],
    [
      'counts',
      '"minItems":1,"maxItems":2,"minProperties":1,"maxProperties":2',
      ['[1]', '{"a":1}', '1'],
      ['[]', '[1,2,3]', '{}', '{"a":1,"b":2,"c":3}'],
    ],
    [
      'dependencies',
      '"dependencies":{"a":["b","c"],"d":{"properties":{"e":{"type":"string"}}}}',
      ['{"a":1,"b":1,"c":1}', '{"e":1}', '{"d":1}'],
      ['{"a":1,"b":1}', '{"d":1,"e":1}'],
    ],
    [
      'allOf, anyOf, oneOf, not',
      '"allOf":[{"type":"integer"}],"anyOf":[{"minimum":5},{"maximum":1}],"oneOf":[{"multipleOf":2},{"multipleOf":3}],"not":{"enum":[8]}',
      ['9', '10', '-2'],
      ['3', '6', '8', '"x"', '7'],
    ],
    ['an unknown format is ignored', '"format":"idn-email"', ['"x"', '1'], []],
    ['formats are for texts', '"format":"uuid"', ['1', 'null'], ['"x"']],
    [
      'names that objects inherit are names',
      '"properties":{"constructor":{"type":"string"},"__proto__":{"type":"string"}},"required":["toString"]',
      ['{"toString":1}', '{"toString":1,"__proto__":"x"}'],
      ['{}', '{"toString":1,"constructor":1}', '{"toString":1,"__proto__":1}'],
    ],
    ['__proto__ in data is a property', '"additionalProperties":false', ['{}'], ['{"__proto__":1}']],
  ])('%s', (_name, members, valid, invalid) => {
    for (const data of valid) expect([data, messages(members, data)]).toEqual([data, []]);
    for (const data of invalid) expect([data, isValid(members, data)]).toEqual([data, false]);
  });
});

describe('schemas that cannot be used', () => {
  test.each([
    [
      'a wrong type and a wrong list',
      '"type":"objekt","required":"a"',
      [
        '$.type: does not have a value in the enumeration [array, boolean, integer, null, number, object, string]',
        '$.type: string found, array expected',
        '$.required: string found, array expected',
      ],
    ],
    [
      'a bound of the meta-schema',
      '"properties":{"a":{"minLength":-1}}',
      ['$.properties.a.minLength: must have a minimum value of 0'],
    ],
    [
      'a pattern that cannot be built',
      '"properties":{"a":{"pattern":"("}}',
      ['$.properties.a.pattern: Invalid regular expression: unclosed group at offset 1'],
    ],
    [
      'a property pattern that cannot be built',
      '"patternProperties":{"(?i:a)":{}}',
      [expect.stringContaining('$.patternProperties: Invalid regular expression: ')],
    ],
    [
      'a reference to nothing',
      '"properties":{"a":{"$ref":"#/definitions/none"}}',
      ['$.properties.a.$ref: Reference #/definitions/none cannot be resolved'],
    ],
    [
      'a reference to another document',
      '"properties":{"a":{"$ref":"other.json"}}',
      ['$.properties.a.$ref: Reference other.json cannot be resolved'],
    ],
    [
      'a ring of references',
      '"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"allOf":[{"$ref":"#/definitions/a"}]}},"items":{"$ref":"#/definitions/a"}',
      ['$: Too many subschemas apply to one value, or they refer to each other without end'],
    ],
    [
      'a tree of references that doubles',
      `"definitions":{${Array.from({ length: 20 }, (_, i) => `"d${i}":{"allOf":[{"$ref":"#/definitions/d${i + 1}"},{"$ref":"#/definitions/d${i + 1}"}]}`).join()},"d20":{}},"items":{"$ref":"#/definitions/d0"}`,
      ['$: Too many subschemas apply to one value, or they refer to each other without end'],
    ],
    [
      'a chain of references',
      `"definitions":{${Array.from({ length: 50_000 }, (_, i) => `"d${i}":{"$ref":"#/definitions/d${i + 1}"}`).join()},"d50000":{}},"items":{"$ref":"#/definitions/d0"}`,
      ['$: Too many subschemas apply to one value, or they refer to each other without end'],
    ],
  ])('%s', (_name, members, expected) => {
    const compiled = compile(members);
    expect(compiled.kind === 'invalid' && compiled.issues.map(({ message }) => message)).toEqual(expected);
  });

  test.each([
    [
      '{"$schema":"http://json-schema.org/draft-04/schema#"}',
      'Unknown MetaSchema: http://json-schema.org/draft-04/schema#',
    ],
    ['{"type":"object"}', 'Unknown MetaSchema: none'],
    ['[]', 'Unknown MetaSchema: none'],
    ['null', 'Unknown MetaSchema: none'],
  ])('%s is no schema of a registry', (text, message) => {
    expect(compileSchema(text, key)).toEqual({ kind: 'invalid', issues: [{ path: '$', message }] });
  });

  test.each(['', 'this is not JSON', '{', '['.repeat(300)])('%p is unreadable', (text) => {
    expect(compileSchema(text, key)).toEqual({
      kind: 'unreadable',
      message: expect.stringMatching(/^Could not decode server response\. /) as string,
    });
  });
});

describe('superseding', () => {
  test('a schema names the version that data is validated against', () => {
    const compiled = compile('"$supersededBy":"1-0-10"');
    expect(compiled).toMatchObject({ kind: 'schema', supersededBy: { ...key, version: '1-0-10' } });
  });

  test.each(['1-0-0', '0-9-9', '1-0', 'x'])('%s is not above 1-0-0', (version) => {
    expect(compile(`"$supersededBy":"${version}"`)).toEqual({
      kind: 'unreadable',
      message: `Superseding version ${version} isn't greater than the version of schema com.acme/x/jsonschema/1-0-0`,
    });
  });
});

test('hostile documents and data never throw', () => {
  const documents = [
    '"properties":{"__proto__":{"type":"string"},"constructor":{}},"required":["__proto__"],"dependencies":{"__proto__":["a"]}',
    `"enum":[${Array.from({ length: 20_000 }, (_, i) => i).join()}]`,
    `"properties":{${Array.from({ length: 5_000 }, (_, i) => `"${i}\\u2028'\\"\`":{"type":"string","pattern":"a${i}"}`).join()}}`,
    `${'"items":{'.repeat(90)}${'}'.repeat(90)}`,
    '"id":"#a","properties":{"a":{"id":"#a"},"b":{"id":"http://x.test/"}}',
    '"$ref":7,"properties":{"a":{"$ref":{}}},"format":"__proto__"',
  ];
  const data = [
    '{"__proto__":{"__proto__":1}}',
    `${'['.repeat(50)}${']'.repeat(50)}`,
    `[${'1,'.repeat(50_000)}1]`,
    '1e-99999999999999999999',
  ];
  for (const members of documents) {
    const compiled = compile(members);
    expect([members.slice(0, 60), compiled.kind]).not.toContain('unreadable');
    if (compiled.kind === 'schema') for (const text of data) compiled.validate(json(text));
  }
});

test('a number keeps its value whatever its length', () => {
  const digits = '9'.repeat(100_000);
  expect(isValid('"type":"integer","minimum":1,"multipleOf":3', digits)).toBe(true);
  expect(isValid(`"enum":[${digits}]`, `${digits}.0`)).toBe(true);
  expect(isValid('"maximum":1', `1.${'0'.repeat(100_000)}1`)).toBe(false);
});
