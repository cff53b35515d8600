import { type CollectorPayload } from '../../protocol/collector-payload';
import { knownSchemas } from '../../test/known-schemas';
import { requestOf } from '../../test/requests';
import { SchemaLookup } from '../schema-lookup';
import { igluWebhook } from './iglu-webhook';

const schema = 'iglu:com.acme/any/jsonschema/1-0-0';
const form = 'application/x-www-form-urlencoded';
const json = 'application/json';
const adapt = (parts: Partial<CollectorPayload>): ReturnType<typeof igluWebhook> =>
  igluWebhook(requestOf(parts), new SchemaLookup(knownSchemas({})));

/** The data of each event, and its other parameters. */
function eventsOf(parts: Partial<CollectorPayload>): { data: unknown; [name: string]: unknown }[] {
  const adapted = adapt(parts);
  if (adapted.kind !== 'events') throw new Error(JSON.stringify(adapted));
  return adapted.events.map((parameters) => {
    const { ue_pr: envelope, ...others } = Object.fromEntries(parameters);
    return { ...others, data: JSON.parse(envelope ?? '').data };
  });
}

const event = (data: unknown, p = 'app'): object => ({
  tv: 'com.snowplowanalytics.iglu-v1',
  e: 'ue',
  p,
  data: { schema, data },
});
const named = { querystring: `schema=${schema}` };

describe('igluWebhook', () => {
  it.each<[string, Partial<CollectorPayload>, object[]]>([
    [
      'parameters',
      { querystring: `schema=${schema}&a=1&b=&c&aid=x&p=srv&eid=1` },
      [{ ...event({ a: '1', b: null, c: null, eid: '1' }, 'srv'), aid: 'x', eid: '1' }],
    ],
    ['an object', { ...named, body: '{"a":[1]}', contentType: json }, [event({ a: [1] })]],
    ['a list', { ...named, body: '[{"a":1},5,null]', contentType: json }, [event({ a: 1 }), event(5), event(null)]],
    ['a form', { ...named, body: 'a=x&b=&c', contentType: form }, [event({ a: 'x', b: '', c: null }, 'srv')]],
    [
      'a self-describing body',
      { querystring: 'uid=y&url=u', body: JSON.stringify({ schema, data: {} }), contentType: json },
      [{ ...event({}), url: 'u' }],
    ],
    [
      'a self-describing body beside a schema: it is data',
      { ...named, body: JSON.stringify({ schema, data: 1 }), contentType: json },
      [event({ schema, data: 1 })],
    ],
  ])('makes events of %s', (_, parts, events) => expect(eventsOf(parts)).toEqual(events));

  const types = 'expected one of application/json, application/json; charset=utf-8, application/x-www-form-urlencoded';
  const inputFault = (field: string, value: string | null, expectation: string): object => ({
    field,
    value,
    expectation,
  });
  it.each<[string, Partial<CollectorPayload>, object[]]>([
    ['nothing', {}, [inputFault('schema', null, 'empty `schema` field'), inputFault('body', null, 'empty body')]],
    ['a body without type', { ...named, body: '{}' }, [inputFault('contentType', null, types)]],
    [
      'a type in other words',
      { ...named, body: '{}', contentType: 'application/json; charset=UTF-8' },
      [inputFault('contentType', 'application/json; charset=UTF-8', types)],
    ],
    ['a form that names no schema', { body: 'a=1', contentType: form }, [inputFault('contentType', form, types)]],
    ['a schema that is none', { querystring: 'schema=x' }, [inputFault('schema', 'x', 'INVALID_IGLUURI')]],
    ['an empty list', { ...named, body: '[]', contentType: json }, [inputFault('body', '[]', 'empty array of events')]],
    [
      'an empty object',
      { ...named, body: '{}', contentType: json },
      [inputFault('body', '{}', 'has no key-value pairs')],
    ],
    ['a number', { ...named, body: '1', contentType: json }, [inputFault('body', '1', 'has no key-value pairs')]],
    [
      'no JSON',
      { ...named, body: '{', contentType: json },
      [{ field: 'body', value: '{', error: 'invalid json: exhausted input' }],
    ],
    [
      'no JSON where it must describe itself',
      { body: '', contentType: json },
      [{ field: 'body', value: '', error: 'invalid json: exhausted input' }],
    ],
    [
      'a list of self-describing data',
      { body: '[]', contentType: json },
      [{ json: [], error: 'INVALID_DATA_PAYLOAD' }],
    ],
    [
      'no form',
      { ...named, body: '{', contentType: form },
      [inputFault('body', '{', 'Illegal character in query at index 18: http://localhost/?{')],
    ],
  ])('refuses %s', (_, parts, messages) => expect(adapt(parts)).toEqual({ kind: 'faults', messages }));
});
