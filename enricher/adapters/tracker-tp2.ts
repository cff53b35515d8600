/** The second tracker protocol: a POST with a list of events, or a GET with one (snowplow-protocol 3.3). */
import { type TrackerProtocolMessage } from '../../protocol/bad-row';
import { isJsonArray, isJsonObject, parseJson, type Json } from '../../protocol/json';
import { matchesCriterion, schemaUri } from '../../protocol/schema-key';
import { parseSelfDescribing } from '../../protocol/self-describing';
import { checkData } from '../check-data';
import { type SchemaLookup } from '../schema-lookup';
import { toParameters } from '../querystring';
import { events, faults, type Adapted, type Adapter, type Parameters } from './adapter';

const contentTypes = ['application/json', 'application/json; charset=utf-8', 'application/json; charset=UTF-8'];
const payloadDataCriterion = 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-*';

export const trackerTp2: Adapter<TrackerProtocolMessage> = ({ payload, querystring }, lookup) => {
  const { body, contentType } = payload;
  if (body === undefined && querystring.length === 0) {
    return faults(
      { field: 'body', value: null, expectation: 'empty body: not a valid tracker protocol event' },
      { field: 'querystring', value: null, expectation: 'empty querystring: not a valid tracker protocol event' },
    );
  }
  const isJson = contentType !== undefined && contentTypes.includes(contentType);
  if (!isJson && (contentType !== undefined || body !== undefined)) {
    const expectation = `expected one of ${contentTypes.join(', ')}`;
    return faults({ field: 'contentType', value: contentType ?? null, expectation });
  }
  const shared = toParameters(querystring);
  if (body !== undefined) return readBody(body, shared, lookup);
  return isJson
    ? faults({ field: 'body', value: null, expectation: 'empty body: not a valid track protocol event' })
    : events(shared);
};

/** Any fault fails the whole body. The parameters of the querystring override those of each event. */
function readBody(body: string, shared: Parameters, lookup: SchemaLookup): Adapted<TrackerProtocolMessage> {
  const parsed = parseJson(body);
  if (!parsed.ok) return faults({ field: 'body', value: body, error: `invalid json: ${parsed.error}` });
  const described = parseSelfDescribing(parsed.value);
  if (typeof described === 'string') return faults({ json: parsed.value, error: described });
  if (lookup.get(described.schema) === undefined) return { kind: 'pending' };
  const checked = checkData(described, lookup);
  if (!checked.ok) return faults(checked.message);
  if (!matchesCriterion(described.schema, payloadDataCriterion)) {
    return faults({ schemaKey: schemaUri(described.schema), schemaCriterion: payloadDataCriterion });
  }
  if (!isJsonArray(described.data)) return faults({ json: parsed.value, error: 'INVALID_DATA_PAYLOAD' });
  return { kind: 'events', events: described.data.map((item) => merge(item, shared)) };
}

/** The schema has made sure that an item is an object of texts; what another registry's schema lets through is no value. */
function merge(item: Json, shared: Parameters): Parameters {
  const merged = new Map<string, string | null>();
  if (isJsonObject(item)) {
    for (const [name, value] of item) merged.set(name, typeof value === 'string' ? value : null);
  }
  for (const [name, value] of shared) merged.set(name, value);
  return merged;
}
