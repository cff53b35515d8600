import { parseJson } from './json';
import { parseSelfDescribing } from './self-describing';

const parse = (text: string) => {
  const json = parseJson(text);
  return json.ok ? parseSelfDescribing(json.value) : json.error;
};
const schema = { vendor: 'com.acme', name: 'x', format: 'jsonschema', version: '1-0-0' };

test.each([
  ['{"schema":"iglu:com.acme/x/jsonschema/1-0-0","data":"d"}', { schema, data: 'd' }],
  ['{"data":null,"schema":"iglu:com.acme/x/jsonschema/1-0-0","more":1}', { schema, data: null }],
  ['{"schema":"iglu:com.acme/x/jsonschema/1-0-0"}', 'INVALID_DATA_PAYLOAD'],
  ['{"schema":1,"data":{}}', 'INVALID_DATA_PAYLOAD'],
  ['{"data":{}}', 'INVALID_DATA_PAYLOAD'],
  ['[]', 'INVALID_DATA_PAYLOAD'],
  ['null', 'INVALID_DATA_PAYLOAD'],
  ['{"schema":"x","data":{}}', 'INVALID_IGLUURI'],
  ['{"schema":"iglu:com.acme/x/jsonschema/0-1-0","data":{}}', 'INVALID_SCHEMAVER'],
])('%s', (text, expected) => expect(parse(text)).toEqual(expected));
