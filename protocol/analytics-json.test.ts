import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { sharedData, skipped } from '../test/shared-data';
import { entityKey, readEntities } from './analytics-json';
import { columns, type EnrichedEvent, fromTsv, toAnalyticsJson } from './enriched-event';
import { isJsonArray, isJsonObject, type Json, JsonNumber, type JsonObject, parseJson, printJson } from './json';

const event: EnrichedEvent = {
  collector_tstamp: '2023-11-14 22:13:20.123',
  event_id: '3b770ef3-1cfb-49b3-a625-65ff67afeab7',
  v_collector: 'c',
  v_etl: 'e',
};
const contexts = (...entities: string[]): string =>
  `{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[${entities.join(',')}]}`;
const unstruct = (entity: string): string =>
  `{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":${entity}}`;
const entity = (name: string, version: string, data: string): string =>
  `{"schema":"iglu:com.acme/${name}/jsonschema/${version}","data":${data}}`;

/** The text after `"key":` up to the next key of the flat object, as it stands in the line. */
function valueOf(key: string, more: EnrichedEvent): string | undefined {
  const parsed = parseJson(toAnalyticsJson({ ...event, ...more }));
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error('no JSON object');
  const value = parsed.value.get(key);
  return value === undefined ? undefined : printJson(value);
}

describe('one flat object', () => {
  test('every column stands, in order, also when it is null; then geo_location, then entities by name', () => {
    const line = toAnalyticsJson({
      ...event,
      geo_latitude: '48.0',
      geo_longitude: '2.5',
      unstruct_event: unstruct(entity('b', '1-0-0', '{}')),
      contexts: contexts(entity('z', '1-0-0', '{}'), entity('a', '1-0-0', '{}')),
    });
    expect(Object.keys(JSON.parse(line) as object)).toEqual([
      ...columns.filter((column) => column.type !== 'json').map((column) => column.name),
      'geo_location',
      'contexts_com_acme_a_1',
      'contexts_com_acme_z_1',
      'unstruct_event_com_acme_b_1',
    ]);
    expect(line).toContain('"app_id":null,"platform":null,');
    expect(line).not.toContain('\n');
  });

  test.each<[keyof EnrichedEvent, string, string]>([
    ['se_value', '3', '3.0'],
    ['se_value', '12.50', '12.5'],
    ['se_value', '-0', '-0.0'],
    ['se_value', '1000000000', '1000000000.0'],
    ['se_value', '1E-7', '1.0e-7'],
    ['se_value', '123456789012345678901234', '1.2345678901234569e+23'],
    ['se_value', '2E23', '2.0e+23'],
    ['se_value', '1E400', 'null'],
    ['se_value', 'NaN', 'null'],
    ['geo_latitude', '48.0', '48.0'],
    ['txn_id', '2147483647', '2147483647'],
    ['txn_id', '-0', '0'],
    ['br_cookies', '1', 'true'],
    ['br_cookies', '0', 'false'],
    ['dvce_created_tstamp', '2023-11-14 22:13:20.000', '"2023-11-14T22:13:20.000Z"'],
    ['dvce_created_tstamp', '2023-11-14 22:13:20', '"2023-11-14T22:13:20.000Z"'],
    ['dvce_created_tstamp', '2023-11-14 22:13:20.1', '"2023-11-14T22:13:20.100Z"'],
    ['dvce_created_tstamp', '2023-11-14 22:13:20.123456', '"2023-11-14T22:13:20.123Z"'],
    ['dvce_created_tstamp', '0000-02-29 00:00:00.000', '"0000-02-29T00:00:00.000Z"'],
    ['event_id', '3B770EF3-1CFB-49B3-A625-65FF67AFEAB7', '"3b770ef3-1cfb-49b3-a625-65ff67afeab7"'],
    ['page_title', 'é 😀 "q" \\ /\u2028', '"é 😀 \\"q\\" \\\\ /\u2028"'],
    ['page_title', 'a\ud800b', '"a\ufffdb"'],
    ['user_id', '00123', '"00123"'],
  ])('%s %j is %s', (column, text, json) => expect(valueOf(column, { [column]: text })).toBe(json));

  test.each([
    ['48.85341', '2.3488', '"48.85341,2.3488"'],
    ['5.0E-4', '1.0E7', '"5.0E-4,1.0E7"'],
    ['37', '-122', '"37.0,-122.0"'],
    ['1.0', undefined, undefined],
    [undefined, '1.0', undefined],
  ])('the location of %s and %s is %s', (geo_latitude, geo_longitude, location) => {
    expect(valueOf('geo_location', { geo_latitude, geo_longitude })).toBe(location);
  });
});

describe('entities', () => {
  const key = 'contexts_com_acme_thing_1';

  test('numbers, key order and escapes inside data stay as they are', () => {
    const data = '{"z":1.10,"a":[1e+5,1E400,-0,12345678901234567890],"":"\\u0000é/"}';
    expect(valueOf(key, { contexts: contexts(entity('thing', '1-0-2', data)) })).toBe(
      `[{"_schema_version":"1-0-2",${data.slice(1)}]`,
    );
    expect(
      valueOf('unstruct_event_com_acme_thing_1', { unstruct_event: unstruct(entity('thing', '1-0-0', data)) }),
    ).toBe(data);
  });

  test('a lone surrogate inside data, escaped or not, becomes U+FFFD', () => {
    for (const text of ['"\\ud800"', '"\ud800"']) {
      const line = toAnalyticsJson({ ...event, unstruct_event: unstruct(entity('thing', '1-0-0', text)) });
      expect(line).toContain('"unstruct_event_com_acme_thing_1":"\ufffd"');
    }
  });

  test.each([
    ['{"z":1,"_schema_version":{"x":1},"a":2}', '{"_schema_version":"1-0-0","z":1,"a":2}'],
    ['{}', '{"_schema_version":"1-0-0"}'],
    ['[1,2]', '{"_schema_version":"1-0-0"}'],
    ['"s"', '{"_schema_version":"1-0-0"}'],
    ['null', '{"_schema_version":"1-0-0"}'],
  ])('_schema_version comes first and only objects keep their data: %s', (data, expected) => {
    expect(valueOf(key, { contexts: contexts(entity('thing', '1-0-0', data)) })).toBe(`[${expected}]`);
  });

  test.each(['[1,2]', '"s"', 'null', 'true', '{"_schema_version":1}'])('the event keeps any data: %s', (data) => {
    expect(
      valueOf('unstruct_event_com_acme_thing_1', { unstruct_event: unstruct(entity('thing', '1-0-0', data)) }),
    ).toBe(data);
  });

  test('all schemas of one key stay, in their order', () => {
    const text = contexts(
      entity('my-thing', '1-0-0', '{"f":1}'),
      entity('my_thing', '1-1-0', '{"f":2}'),
      entity('other', '1-0-0', '{}'),
      entity('myThing', '1-0-0', '{"f":3}'),
    );
    expect(valueOf('contexts_com_acme_my_thing_1', { contexts: text })).toBe(
      '[{"_schema_version":"1-0-0","f":1},{"_schema_version":"1-1-0","f":2},{"_schema_version":"1-0-0","f":3}]',
    );
  });

  test('a key of derived contexts replaces the whole array of contexts', () => {
    const more = {
      contexts: contexts(
        entity('thing', '1-0-0', '{"n":1}'),
        entity('thing', '1-0-0', '{"n":2}'),
        entity('o', '1-0-0', '{}'),
      ),
      derived_contexts: contexts(entity('thing', '1-0-1', '{"n":3}')),
    };
    expect(valueOf(key, more)).toBe('[{"_schema_version":"1-0-1","n":3}]');
    expect(valueOf('contexts_com_acme_o_1', more)).toBe('[{"_schema_version":"1-0-0"}]');
  });

  test.each([
    ['com.Acme.IOT', 'MyThing', 'contexts_com_acme_iot_my_thing_1'],
    ['com.acme-labs.x_y', 'HTTPRequest', 'contexts_com_acme_labs_x_y_httprequest_1'],
    ['com.acme', 'myHTTPThing', 'contexts_com_acme_my_httpthing_1'],
    ['com.acme', 'thing2Go', 'contexts_com_acme_thing2_go_1'],
    ['com.acme', 'a_B', 'contexts_com_acme_a_b_1'],
    ['com.acme', '-thing-', 'contexts_com_acme__thing__1'],
    ['com.acme', 'aBcDe', 'contexts_com_acme_a_bc_de_1'],
  ])('the key of %s %s is %s', (vendor, name, expected) => {
    expect(entityKey('contexts', { vendor, name, format: 'jsonschema', version: '1-2-3' })).toBe(expected);
  });

  test('a JSON column that cannot be read is not lost', () => {
    expect(valueOf('contexts', { contexts: '{"schema"' })).toBe('"{\\"schema\\""');
    expect(valueOf('unstruct_event', { unstruct_event: contexts() })).toBeDefined();
  });

  test.each([
    ['contexts', contexts(), true],
    ['contexts', contexts().replace('1-0-1', '1-0-0'), true],
    ['contexts', contexts().replace('1-0-1', '1-1-0'), false],
    ['contexts', contexts().replace('[]', '{}'), false],
    ['contexts', contexts(entity('thing', '1-0-0', '{}'), '{"schema":"x","data":{}}'), false],
    ['contexts', unstruct(entity('thing', '1-0-0', '{}')), false],
    ['unstruct_event', unstruct('null'), false],
    ['unstruct_event', unstruct(entity('a.b', '1-0-0', '{}')), false],
    ['derived_contexts', 'null', false],
  ] as const)('%s %s: readable %s', (column, text, ok) => expect(readEntities(column, text).ok).toBe(ok));
});

describe('the same as the SDK printed', () => {
  const lines = (name: string): Record<string, unknown>[] | null => {
    const path = sharedData(`oracle/${name}.jsonl.gz`);
    if (path === null) return null;
    return gunzipSync(readFileSync(path)).toString().trimEnd().split('\n').map(readLine);
  };
  const readLine = (line: string): Record<string, Json> => {
    const parsed = parseJson(line, { depthMax: 1000 });
    return parsed.ok && isJsonObject(parsed.value) ? Object.fromEntries(parsed.value) : {};
  };
  const readFlat = (line: string): JsonObject => new Map(Object.entries(readLine(line)));

  /** Of the flat object: numbers as doubles, times with three digits, columns in any order. Inside data all must agree. */
  const comparable = (flat: JsonObject): Record<string, unknown> =>
    Object.fromEntries(
      [...flat].map(([key, value]) => [
        key,
        value instanceof JsonNumber
          ? Number(value.text)
          : typeof value === 'string'
            ? value.replace(
                /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{3})\d*)?Z$/,
                (_, start, digits) => `${start}.${digits ?? '000'}Z`,
              )
            : printJson(value),
      ]),
    );
  const ours = (tsv: string): JsonObject | string => {
    const read = fromTsv(tsv);
    return read.ok ? readFlat(toAnalyticsJson(read.event)) : read.fault.type;
  };

  test('for every good result of the enrich vectors', () => {
    const cases = lines('enrich-cases');
    const expected = lines('analytics-json');
    if (cases === null || expected === null) return skipped('analytics JSON', 'the oracle is not there');
    const byId = new Map(cases.map((line) => [line.id, line]));
    let compared = 0;
    const unreadable = new Set<unknown>();
    for (const line of expected) {
      if (line.id === undefined) continue; // depth-5000: deeper than we ever read
      const expect_ = byId.get(line.id)?.expect as JsonObject;
      for (const config of ['a', 'b', 'c']) {
        const results = (expect_.get(config) as JsonObject).get('results') as readonly JsonObject[];
        const good = results.flatMap((result) => (result.has('tsv') ? [result.get('tsv') as string] : []));
        const printed = line[config] as readonly JsonObject[];
        expect(printed).toHaveLength(good.length);
        good.forEach((tsv, i) => {
          const flat = ours(tsv);
          compared++;
          if (typeof flat === 'string') unreadable.add(line.id);
          else expect([line.id, comparable(flat)]).toEqual([line.id, comparable(printed[i] as JsonObject)]);
        });
      }
    }
    expect(compared).toBe(1725);
    expect([...unreadable]).toEqual(['dt-far']); // its derived_tstamp is in the year -6007
  });

  /** Where ours is otherwise on purpose (fromTsv is stricter; equal keys all stay). */
  const refused = ['sdk-int-8', 'sdk-num-24', 'sdk-ts-10', 'sdk-ts-12', 'sdk-ts-14', 'sdk-ts-15'];
  const collisions = ['sdk-key-format', 'sdk-key-collide', 'sdk-key-collide2'];

  test('for rows made by hand, faults too', () => {
    const rows = lines('analytics-tsv');
    if (rows === null) return skipped('analytics TSV', 'the oracle is not there');
    for (const { id, tsv, json, error } of rows as { id: string; tsv: string; json?: Json; error?: Json }[]) {
      const read = fromTsv(tsv);
      if (refused.includes(id)) {
        expect([id, read.ok]).toEqual([id, false]);
      } else if (isJsonObject(json)) {
        const flat = ours(tsv);
        if (typeof flat === 'string') throw new Error(`${id}: ${flat}`);
        const wanted = id === 'sdk-json-esc' ? readFlat(printJson(json).replace('"?"', '"\ufffd"')) : json; // a lone surrogate
        if (!collisions.includes(id)) expect([id, comparable(flat)]).toEqual([id, comparable(wanted)]);
      } else {
        expect([id, read]).toEqual([id, { ok: false, fault: faultOf(error as JsonObject) }]);
      }
    }
    expect(rows.length).toBeGreaterThan(150);
  });

  /** The SDK's error, messages about JSON left open. */
  function faultOf(error: JsonObject): unknown {
    const plain = JSON.parse(printJson(error)) as { errors?: { key: string; message: unknown }[] };
    for (const one of plain.errors ?? []) {
      if (columns.find((column) => column.name === one.key)?.type === 'json') one.message = expect.any(String);
    }
    expect(isJsonArray(error.get('errors')) || plain.errors === undefined).toBe(true);
    return plain;
  }
});
