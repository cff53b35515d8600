import { readFileSync } from 'node:fs';
import { sharedData, skipped } from '../test/shared-data';
import { columns } from './enriched-event';
import { dimensionParameters, parameterColumns, payloadDataKeys } from './tracker-payload';

test('a POST may have the keys that the schema of its events knows, no others', () => {
  const path = sharedData('iglu-central/schemas/com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4');
  if (path === null) return skipped('keys of payload_data', 'Iglu Central is not there');
  const schema = JSON.parse(readFileSync(path, 'utf8')) as { items: { properties: object } };
  expect([...payloadDataKeys].sort()).toEqual(Object.keys(schema.items.properties).sort());
});

test('each parameter stands once, and what it becomes fits its column', () => {
  const parameters = [...parameterColumns, ...dimensionParameters].map(({ parameter }) => parameter);
  expect(new Set(parameters).size).toBe(parameters.length);
  const typeOf = new Map(columns.map(({ name, type }) => [name, type]));
  const types = { text: 'str', integer: 'int', decimal: 'num', boolean: 'bool', timestamp: 'ts' };
  for (const { column, kind } of parameterColumns) {
    if (kind in types) expect([column, typeOf.get(column)]).toEqual([column, types[kind as keyof typeof types]]);
  }
  for (const { width, height } of dimensionParameters) {
    expect([typeOf.get(width), typeOf.get(height)]).toEqual(['int', 'int']);
  }
});
