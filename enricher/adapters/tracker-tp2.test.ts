import { type CollectorPayload } from '../../protocol/collector-payload';
import { anything, knownSchemas, nothing } from '../../test/known-schemas';
import { requestOf } from '../../test/requests';
import { SchemaLookup } from '../schema-lookup';
import { trackerTp2 } from './tracker-tp2';

const payloadData = 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4';
const json = 'application/json';
const bodyOf = (data: unknown, schema = payloadData): string => JSON.stringify({ schema, data });
const adapt = (parts: Partial<CollectorPayload>, schemas = knownSchemas({}, anything)): ReturnType<typeof trackerTp2> =>
  trackerTp2(requestOf(parts), new SchemaLookup(schemas));

const inputFault = (field: string, value: string | null, expectation: string): object => ({
  field,
  value,
  expectation,
});
const noBody = inputFault('body', null, 'empty body: not a valid tracker protocol event');
const noQuerystring = inputFault('querystring', null, 'empty querystring: not a valid tracker protocol event');
const wrongType = (value: string | null): object =>
  inputFault(
    'contentType',
    value,
    'expected one of application/json, application/json; charset=utf-8, application/json; charset=UTF-8',
  );

describe('trackerTp2', () => {
  it.each<[string, Partial<CollectorPayload>, object[]]>([
    ['nothing', {}, [noBody, noQuerystring]],
    ['nothing but a content type', { contentType: 'text/plain' }, [noBody, noQuerystring]],
    ['a body of another type', { body: '{}', contentType: 'text/plain' }, [wrongType('text/plain')]],
    [
      'a type in other words',
      { body: '{}', contentType: 'application/json;charset=utf-8' },
      [wrongType('application/json;charset=utf-8')],
    ],
    ['a body without type', { body: '{}' }, [wrongType(null)]],
    ['a querystring of another type', { querystring: 'e=pv', contentType: 'text/plain' }, [wrongType('text/plain')]],
    [
      'a querystring that says it has a body',
      { querystring: 'e=pv', contentType: json },
      [inputFault('body', null, 'empty body: not a valid track protocol event')],
    ],
    [
      'an empty body',
      { body: '', contentType: json },
      [{ field: 'body', value: '', error: 'invalid json: exhausted input' }],
    ],
    ['a body that is no envelope', { body: '[]', contentType: json }, [{ json: [], error: 'INVALID_DATA_PAYLOAD' }]],
    [
      'an envelope of something else',
      { body: bodyOf([], 'iglu:com.acme/x/jsonschema/1-0-0'), contentType: json },
      [
        {
          schemaKey: 'iglu:com.acme/x/jsonschema/1-0-0',
          schemaCriterion: 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-*',
        },
      ],
    ],
  ])('refuses %s', (_, parts, messages) => expect(adapt(parts)).toEqual({ kind: 'faults', messages }));

  it('takes a GET for one event', () =>
    expect(adapt({ querystring: 'e=pv' })).toEqual({ kind: 'events', events: [new Map([['e', 'pv']])] }));

  it.each([json, 'application/json; charset=utf-8', 'application/json; charset=UTF-8'])(
    'makes an event of each item of a POST of %s; the querystring wins',
    (contentType) => {
      const body = bodyOf([{ e: 'pv', aid: 'body' }, { e: 'se' }]);
      expect(adapt({ querystring: 'aid=query', body, contentType })).toEqual({
        kind: 'events',
        events: [
          new Map([
            ['e', 'pv'],
            ['aid', 'query'],
          ]),
          new Map([
            ['e', 'se'],
            ['aid', 'query'],
          ]),
        ],
      });
    },
  );

  it('waits for the schema that the body names, whatever that is', () => {
    const lookup = new SchemaLookup(knownSchemas({}));
    const request = requestOf({ body: bodyOf([], 'iglu:com.acme/x/jsonschema/1-0-0'), contentType: json });
    expect(trackerTp2(request, lookup)).toEqual({ kind: 'pending' });
    expect(lookup.missingKeys).toEqual([{ vendor: 'com.acme', name: 'x', format: 'jsonschema', version: '1-0-0' }]);
  });

  it('refuses the whole body when its schema does', () =>
    expect(adapt({ body: bodyOf([{}]), contentType: json }, knownSchemas({ [payloadData]: nothing }))).toMatchObject({
      kind: 'faults',
      messages: [{ schemaKey: payloadData, error: { error: 'ValidationError' } }],
    }));

  it('stands what a lax schema lets through', () => {
    expect(adapt({ body: bodyOf('x'), contentType: json })).toMatchObject({ kind: 'faults' });
    expect(adapt({ body: bodyOf([5, { e: 1 }]), contentType: json })).toEqual({
      kind: 'events',
      events: [new Map(), new Map([['e', null]])],
    });
  });
});
