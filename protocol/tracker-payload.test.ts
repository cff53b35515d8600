import { readFileSync } from 'node:fs';
import { sharedData, skipped } from '../test/shared-data';
import { columns } from './enriched-event';
import { dimensionParameters, envelopeParameters, parameterColumns } from './tracker-payload';

/** Sent by some trackers, known to the schema of a POST, and in no column. */
const ignored = 'ctype mac ad_ba ad_ca ad_ad ad_uid sa sn st sp ue_na'.split(' ');
/** Only in querystrings: `cv` from old collectors, `ev_*` from old trackers. The schema of a POST refuses them. */
const querystringOnly = ['cv', 'ev_ca', 'ev_ac', 'ev_la', 'ev_pr', 'ev_va'];

test('every key that an event of a POST may have is a parameter here, or is ignored', () => {
  const path = sharedData('iglu-central/schemas/com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4');
  if (path === null) return skipped('keys of payload_data', 'Iglu Central is not there');
  const schema = JSON.parse(readFileSync(path, 'utf8')) as { items: { properties: object } };
  const ours = [
    ...[...parameterColumns, ...dimensionParameters].map(({ parameter }) => parameter),
    ...Object.values(envelopeParameters).flatMap(({ json, base64 }) => [json, base64]),
    ...ignored,
  ];
  expect(ours.filter((key) => !querystringOnly.includes(key)).sort()).toEqual(
    Object.keys(schema.items.properties).sort(),
  );
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
