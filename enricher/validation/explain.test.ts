/** The reports, each keyword in the words of the original (snowplow-protocol 5.4). */
import { parseJson, type Json } from '../../protocol/json';
import { compileSchema, type ValidatorReport } from '../validate';

const key = { vendor: 'com.acme', name: 'x', format: 'jsonschema', version: '1-0-0' };
const declared = '"$schema":"http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"';

function json(text: string): Json {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(`${parsed.error}: ${text}`);
  return parsed.value;
}

/** `members`: the schema without its braces. */
function reports(members: string, data: string): readonly ValidatorReport[] {
  const compiled = compileSchema(`{${declared},${members}}`, key);
  if (compiled.kind !== 'schema') throw new Error(JSON.stringify(compiled));
  return compiled.validate(json(data));
}
const messages = (members: string, data: string) => reports(members, data).map(({ message }) => message);

describe('reports have the words of the original', () => {
  test.each<[string, string, string, ...unknown[][]]>([
    ['required', '"required":["a"]', '{}', ['$.a: is missing but it is required', '$', ['a']]],
    [
      'additionalProperties',
      '"additionalProperties":false',
      '{"c":1}',
      ['$.c: is not defined in the schema and the schema does not allow additional properties', '$', ['c']],
    ],
    [
      'type',
      '"properties":{"a":{"items":{"type":"integer"}}}',
      '{"a":[1,1.0]}',
      ['$.a[1]: number found, integer expected', '$.a[1]', ['number', 'integer']],
    ],
    [
      'unionType',
      '"type":["string","null"]',
      '1',
      ['$: integer found, but [string, null] is required', '$', ['integer', '[string, null]']],
    ],
    [
      'enum',
      '"enum":["red",1,1.50,null,[2]]',
      '"x"',
      ['$: does not have a value in the enumeration [red, 1, 1.5, null, ]', '$', ['[red, 1, 1.5, null, ]']],
    ],
    ['pattern', '"pattern":"^\\\\w$"', '"ü"', ['$: does not match the regex pattern ^\\w$', '$', ['^\\w$']]],
    ['maxLength', '"maxLength":1', '"ab"', ['$: may only be 1 characters long', '$', ['1']]],
    ['minLength', '"minLength":2', '""', ['$: must be at least 2 characters long', '$', ['2']]],
    ['maximum', '"maximum":10', '11', ['$: must have a maximum value of 10', '$', ['10']]],
    ['minimum', '"minimum":1e10', '11', ['$: must have a minimum value of 1.0E10', '$', ['1.0E10']]],
    ['multipleOf', '"multipleOf":10', '11', ['$: must be multiple of 10.0', '$', ['10.0']]],
    ['maxItems', '"maxItems":1', '[1,2]', ['$: there must be a maximum of 1 items in the array', '$', ['1']]],
    ['minItems', '"minItems":1', '[]', ['$: there must be a minimum of 1 items in the array', '$', ['1']]],
    ['minProperties', '"minProperties":1', '{}', ['$: should have a minimum of 1 properties', '$', ['1']]],
    ['maxProperties', '"maxProperties":0', '{"a":1}', ['$: may only have a maximum of 0 properties', '$', ['0']]],
    ['uniqueItems', '"uniqueItems":true', '[1,1]', ['$: the items in the array must be unique', '$', []]],
    [
      'items',
      '"properties":{"t":{"items":[{}],"additionalItems":false}}',
      '{"t":[1,2]}',
      ['$.t[1]: no validator found at this index', '$.t', ['1']],
    ],
    [
      'dependencies',
      '"dependencies":{"cc":["addr","zip"]}',
      '{"cc":1}',
      ['$: has an error with dependencies {cc=[addr, zip]}', '$', ['{cc=[addr, zip]}']],
    ],
    [
      'not',
      '"not":{"type" : "string"}',
      '"x"',
      ['$: should not be valid to the schema "not" : {"type":"string"}', '$', ['{"type":"string"}']],
    ],
    [
      'oneOf',
      '"oneOf":[{"type":"integer"},{"minimum":5}]',
      '7',
      [
        '$: should be valid to one and only one of schema, but more than one are valid: {"type":"integer"}{"minimum":5}',
        '$',
        ['{"type":"integer"}{"minimum":5}'],
      ],
    ],
    ['dateTime', '"format":"date"', '"x"', ['$: x is an invalid date', '$', ['x', 'date']]],
    ['uuid', '"format":"uuid"', '""', ['$:  is an invalid uuid', '$', ['', 'uuid']]],
    [
      'format',
      '"format":"email"',
      '"a b@c.test"',
      ['$: does not match the a b@c.test pattern email', '$', ['a b@c.test', 'email']],
    ],
    [
      'format',
      '"format":"time"',
      '"x"',
      [
        '$: does not match the time pattern ^\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?$',
        '$',
        ['time', '^\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?$'],
      ],
    ],
  ])('%s: %s', (keyword, members, data, [message, path, targets] = []) => {
    expect(reports(members, data)).toEqual([{ message, path, keyword, targets }]);
  });

  const branch = (k: string, other: string) =>
    `{"type":"object","properties":{"k":{"enum":["${k}"]},"${other}":{"type":"integer"}},"required":["k","${other}"],"additionalProperties":false}`;
  const either = `"properties":{"oo":{"oneOf":[${branch('a', 'x')},${branch('b', 'y')}]}}`;
  test.each([
    [
      'nothing but what is missing',
      '{}',
      [
        '$.oo.k: is missing but it is required',
        '$.oo.x: is missing but it is required',
        '$.oo.k: is missing but it is required',
        '$.oo.y: is missing but it is required',
      ],
    ],
    [
      'a branch without a required property counts only when all do',
      '{"k":"z","x":1}',
      ['$.oo.k: does not have a value in the enumeration [a]'],
    ],
    ['the branch that is meant', '{"k":"a","x":"s"}', ['$.oo.x: string found, integer expected']],
    [
      'additional properties only when nothing else is wrong',
      '{"k":"a","x":1,"n":1}',
      ['$.oo.n: is not defined in the schema and the schema does not allow additional properties'],
    ],
  ])('oneOf without a match: %s', (_name, oo, expected) => {
    expect(messages(either, `{"oo":${oo}}`)).toEqual(expected);
  });

  test('anyOf without a match reports every branch, allOf what fails', () => {
    expect(messages('"anyOf":[{"type":"string"},{"type":"null"}]', '1')).toEqual([
      '$: integer found, string expected',
      '$: integer found, null expected',
    ]);
    expect(messages('"allOf":[{"type":"string"},{"minimum":2},{}]', '1')).toEqual([
      '$: integer found, string expected',
      '$: must have a minimum value of 2',
    ]);
  });
});
