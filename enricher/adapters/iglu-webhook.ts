/** The Iglu webhook: any self-describing JSON, or plain data beside the name of its schema (snowplow-protocol 3.7). */
import { type AdapterMessage } from '../../protocol/bad-row';
import { isJsonArray, isJsonObject, jsonOf, parseJson, printJson, type Json } from '../../protocol/json';
import { parseSchemaKey } from '../../protocol/schema-key';
import { parseSelfDescribing } from '../../protocol/self-describing';
import { type Request } from '../check-payload';
import { describe, unstructEnvelope } from '../envelopes';
import { parseQuerystring, toParameters } from '../querystring';
import { events, faults, type Adapted, type Adapter, type Parameters } from './adapter';

const formType = 'application/x-www-form-urlencoded';
const contentTypes = ['application/json', 'application/json; charset=utf-8', formType];

/** What an event takes from the querystring besides its data. */
const copied = ['nuid', 'aid', 'cv', 'eid', 'ttm', 'url'];
/** Parameters that are no data. */
const reserved = new Set(['schema', 'nuid', 'aid', 'cv', 'p']);

export const igluWebhook: Adapter<AdapterMessage> = ({ payload, querystring, charset }) => {
  const { body, contentType } = payload;
  const parameters = toParameters(querystring);
  const schema = parameters.get('schema') ?? undefined;
  const isKnownType = contentType !== undefined && contentTypes.includes(contentType);
  const isForm = contentType === formType;
  if (body !== undefined && (!isKnownType || (isForm && schema === undefined))) {
    const expectation = `expected one of ${contentTypes.join(', ')}`;
    return faults({ field: 'contentType', value: contentType ?? null, expectation });
  }
  if (schema === undefined) return body === undefined ? nothing : fromSelfDescribing(body, parameters);
  const key = parseSchemaKey(schema);
  if (typeof key === 'string') return faults({ field: 'schema', value: schema, expectation: key });
  if (body === undefined) return events(webhookEvent(schema, dataOf(parameters), parameters, 'app'));
  return isForm ? fromForm(schema, body, parameters, charset) : fromJson(schema, body, parameters);
};

const nothing = faults(
  { field: 'schema', value: null, expectation: 'empty `schema` field' },
  { field: 'body', value: null, expectation: 'empty body' },
);

function fromSelfDescribing(body: string, parameters: Parameters): Adapted<AdapterMessage> {
  const parsed = parseJson(body);
  if (!parsed.ok) return faults({ field: 'body', value: body, error: `invalid json: ${parsed.error}` });
  const described = parseSelfDescribing(parsed.value);
  if (typeof described === 'string') return faults({ json: parsed.value, error: described });
  return events(unstructParameters(parsed.value, parameters, 'app'));
}

function fromJson(schema: string, body: string, parameters: Parameters): Adapted<AdapterMessage> {
  const parsed = parseJson(body);
  if (!parsed.ok) return faults({ field: 'body', value: body, error: `invalid json: ${parsed.error}` });
  const json = parsed.value;
  if (isJsonArray(json)) {
    if (json.length === 0) return faults({ field: 'body', value: body, expectation: 'empty array of events' });
    return { kind: 'events', events: json.map((item) => webhookEvent(schema, item, parameters, 'app')) };
  }
  if (!isJsonObject(json) || json.size === 0) {
    return faults({ field: 'body', value: body, expectation: 'has no key-value pairs' });
  }
  return events(webhookEvent(schema, json, parameters, 'app'));
}

function fromForm(
  schema: string,
  body: string,
  parameters: Parameters,
  charset: Request['charset'],
): Adapted<AdapterMessage> {
  const parsed = parseQuerystring(body, charset);
  if (!parsed.ok) return faults({ field: 'body', value: body, expectation: parsed.error });
  return events(webhookEvent(schema, jsonOf(toParameters(parsed.pairs)), parameters, 'srv'));
}

/** All texts; an empty one is null. */
function dataOf(parameters: Parameters): Json {
  const data = new Map<string, Json>();
  for (const [name, value] of parameters) if (!reserved.has(name)) data.set(name, value === '' ? null : value);
  return data;
}

const webhookEvent = (schema: string, data: Json, parameters: Parameters, platform: string): Parameters =>
  unstructParameters(describe(schema, data), parameters, platform);

function unstructParameters(described: Json, parameters: Parameters, defaultPlatform: string): Parameters {
  const event = new Map<string, string | null>([
    ['tv', 'com.snowplowanalytics.iglu-v1'],
    ['e', 'ue'],
    ['p', parameters.get('p') ?? defaultPlatform],
    ['ue_pr', printJson(describe(unstructEnvelope.schema, described))],
  ]);
  for (const name of copied) {
    const value = parameters.get(name);
    if (value !== undefined) event.set(name, value);
  }
  return event;
}
