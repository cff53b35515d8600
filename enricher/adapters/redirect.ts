/** `/r/tp2?u=...`: a click that the collector has redirected (snowplow-protocol 3.4). A body is ignored. */
import { type TrackerProtocolMessage } from '../../protocol/bad-row';
import { isJsonArray, isJsonObject, jsonOf, parseJson, printJson, type Json } from '../../protocol/json';
import { decodeBase64, encodeBase64 } from '../decode-base64';
import { contextsEnvelope, describe, unstructEnvelope } from '../envelopes';
import { toParameters } from '../querystring';
import { events, faults, type Adapter } from './adapter';

const redirectSchema = 'iglu:com.snowplowanalytics.snowplow/uri_redirect/jsonschema/1-0-0';

/** By itself a redirect is an event; beside an event of the link's maker it is one of that event's entities. */
export const redirect: Adapter<TrackerProtocolMessage> = ({ querystring }) => {
  if (querystring.length === 0) {
    return faults({ field: 'querystring', value: null, expectation: 'empty querystring: not a valid URI redirect' });
  }
  const parameters = toParameters(querystring);
  const target = parameters.get('u');
  if (target == null) {
    const value = querystring.map(([name, text]) => `${name}=${text}`).join('&');
    return faults({ field: 'querystring', value, expectation: 'missing `u` parameter: not a valid URI redirect' });
  }
  const entity = describe(redirectSchema, jsonOf({ uri: target }));
  parameters.delete('u');
  parameters.set('tv', 'r-tp2');
  parameters.set('p', parameters.get('p') ?? 'web');
  if (!parameters.has('e')) {
    parameters.set('e', 'ue');
    parameters.set('ue_pr', printJson(describe(unstructEnvelope.schema, entity)));
    return events(parameters);
  }
  const base64 = parameters.get('cx');
  const plain = parameters.get('co');
  const sent = base64 == null ? plain : decodeBase64(base64);
  const contexts = sent == null ? describe(contextsEnvelope.schema, [entity]) : prepend(entity, sent);
  if (typeof contexts === 'string') {
    return faults({ field: 'co|cx', value: base64 ?? plain ?? null, error: contexts });
  }
  const text = printJson(contexts);
  if (base64 == null) parameters.set('co', text);
  else parameters.set('cx', encodeBase64(text));
  return events(parameters);
};

/** The envelope with the entity before the others, or why it cannot be read. What is no list fails its schema later. */
function prepend(entity: Json, sent: string): Json {
  const parsed = parseJson(sent);
  if (!parsed.ok) return `invalid json: ${parsed.error}`;
  if (!isJsonObject(parsed.value)) return 'invalid json: not an object';
  const data = parsed.value.get('data');
  return isJsonArray(data) ? new Map([...parsed.value, ['data', [entity, ...data]]]) : parsed.value;
}
