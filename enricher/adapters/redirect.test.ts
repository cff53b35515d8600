import { knownSchemas } from '../../test/known-schemas';
import { requestOf } from '../../test/requests';
import { decodeBase64, encodeBase64 } from '../decode-base64';
import { SchemaLookup } from '../schema-lookup';
import { redirect } from './redirect';

const adapt = (querystring: string): ReturnType<typeof redirect> =>
  redirect(requestOf({ querystring, body: 'ignored' }), new SchemaLookup(knownSchemas({})));

function eventOf(querystring: string): ReadonlyMap<string, string | null> {
  const adapted = adapt(querystring);
  if (adapted.kind !== 'events' || adapted.events[0] === undefined) throw new Error(adapted.kind);
  return adapted.events[0];
}

const entity = {
  schema: 'iglu:com.snowplowanalytics.snowplow/uri_redirect/jsonschema/1-0-0',
  data: { uri: 'http://b.test' },
};
const contextsOf = (version: string, data: unknown): unknown => ({
  schema: `iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/${version}`,
  data,
});
const link = 'u=http%3A%2F%2Fb.test';
const other = { schema: 'iglu:com.acme/x/jsonschema/1-0-0', data: {} };
const sent = JSON.stringify(contextsOf('1-0-0', [other]));

describe('redirect', () => {
  it('is an event by itself', () => {
    const schema = 'iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0';
    expect(eventOf(`${link}&aid=x`)).toEqual(
      new Map([
        ['aid', 'x'],
        ['tv', 'r-tp2'],
        ['p', 'web'],
        ['e', 'ue'],
        ['ue_pr', JSON.stringify({ schema, data: entity })],
      ]),
    );
  });

  it('keeps the platform that the link names', () => expect(eventOf(`${link}&p=app`).get('p')).toBe('app'));

  it('is the first entity of an event', () => {
    expect(JSON.parse(eventOf(`${link}&e=pv`).get('co') ?? '')).toEqual(contextsOf('1-0-1', [entity]));
    const plain = eventOf(`${link}&e=pv&co=${encodeURIComponent(sent)}`);
    expect(JSON.parse(plain.get('co') ?? '')).toEqual(contextsOf('1-0-0', [entity, other]));
    const base64 = eventOf(`${link}&e=pv&cx=${encodeBase64(sent)}`);
    expect(JSON.parse(decodeBase64(base64.get('cx') ?? ''))).toEqual(contextsOf('1-0-0', [entity, other]));
    expect(base64.has('co')).toBe(false);
  });

  it('leaves contexts that are no list to their schema', () =>
    expect(eventOf(`${link}&e=pv&co=%7B%22data%22%3A1%7D`).get('co')).toBe('{"data":1}'));

  it.each([
    ['', null, 'empty querystring: not a valid URI redirect'],
    ['p=web&x=', 'p=web&x=', 'missing `u` parameter: not a valid URI redirect'],
    ['u', 'u=null', 'missing `u` parameter: not a valid URI redirect'],
  ])('refuses the querystring %j', (querystring, value, expectation) =>
    expect(adapt(querystring)).toEqual({ kind: 'faults', messages: [{ field: 'querystring', value, expectation }] }),
  );

  it.each(['x', '[]', '1'])('refuses contexts that are %j', (text) =>
    expect(adapt(`${link}&e=pv&co=${encodeURIComponent(text)}`)).toMatchObject({
      kind: 'faults',
      messages: [{ field: 'co|cx', value: text, error: expect.stringContaining('invalid json: ') }],
    }),
  );

  it('takes an empty address: its schema will not', () => expect(eventOf('u=').get('ue_pr')).toContain('"uri":""'));
});
