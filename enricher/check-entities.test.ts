import { anything, knownSchemas, nothing } from '../test/known-schemas';
import { schemaUri } from '../protocol/schema-key';
import { checkEntities, type Entities } from './check-entities';
import { encodeBase64 } from './decode-base64';
import { type KnownSchemas } from './schema-client';
import { SchemaLookup } from './schema-lookup';

const iglu = 'iglu:com.snowplowanalytics.snowplow';
const contexts = (data: unknown, version = '1-0-0'): string =>
  JSON.stringify({ schema: `${iglu}/contexts/jsonschema/${version}`, data });
const unstruct = (data: unknown): string => JSON.stringify({ schema: `${iglu}/unstruct_event/jsonschema/1-0-0`, data });
const entity = (name: string, data: unknown = {}): object => ({
  schema: `iglu:com.acme/${name}/jsonschema/1-0-0`,
  data,
});

function check(
  parameters: Record<string, string | null>,
  schemas: KnownSchemas = knownSchemas({}, anything),
): Entities {
  const entities = checkEntities(new Map(Object.entries(parameters)), new SchemaLookup(schemas));
  return JSON.parse(JSON.stringify(entities));
}

describe('checkEntities', () => {
  it('has nothing to say of an event without entities', () =>
    expect(check({ e: 'pv', co: null })).toEqual({ messages: [] }));

  it('prints contexts anew, in the envelope of its own version, and keeps what was sent', () => {
    const sent = ` ${contexts([entity('a', { n: 1 })], '1-0-7')}`.replace('1}', '1.0}');
    expect(check({ co: sent })).toEqual({
      contexts: contexts([entity('a', { n: 1 })], '1-0-1').replace('1}', '1.0}'),
      contextsSent: sent,
      messages: [],
    });
  });

  it('has no column for an empty list', () => expect(check({ co: contexts([]) }).contexts).toBeUndefined());

  it('reads the unstruct event and its schema', () => {
    const sent = unstruct(entity('a'));
    expect(check({ ue_px: encodeBase64(sent) })).toEqual({
      unstructEvent: sent,
      unstructEventSent: sent,
      unstructSchema: { vendor: 'com.acme', name: 'a', format: 'jsonschema', version: '1-0-0' },
      messages: [],
    });
  });

  it('prefers base64, and yet tells that the other form is no JSON', () => {
    const { contexts: printed, messages } = check({ co: '[x', cx: encodeBase64(contexts([entity('a')])) });
    expect(printed).toBe(contexts([entity('a')], '1-0-1'));
    expect(messages).toEqual([{ field: 'co', value: '[x', error: expect.stringContaining('invalid json: ') }]);
  });

  it.each<[string, string, object]>([
    ['no envelope', '[]', { json: [], error: 'INVALID_DATA_PAYLOAD' }],
    ['no schema', '{"schema":"","data":[]}', { json: { schema: '', data: [] }, error: 'INVALID_IGLUURI' }],
    [
      'another envelope',
      unstruct(entity('a')),
      {
        schemaKey: `${iglu}/unstruct_event/jsonschema/1-0-0`,
        schemaCriterion: `${iglu}/contexts/jsonschema/1-0-*`,
      },
    ],
    ['a list that is none', contexts({}), { json: {}, error: 'INVALID_DATA_PAYLOAD' }],
    ['an entity that is none', contexts([5]), { json: expect.anything(), error: 'INVALID_DATA_PAYLOAD' }],
    [
      'an entity with a version that is none',
      contexts([{ schema: 'iglu:com.acme/a/jsonschema/0-1-0', data: 1 }]),
      { json: expect.anything(), error: 'INVALID_SCHEMAVER' },
    ],
  ])('tells the fault: %s', (_, co, message) => {
    const entities = checkEntities(new Map([['co', co]]), new SchemaLookup(knownSchemas({}, anything)));
    expect(entities.contexts).toBeUndefined();
    expect(entities.messages).toHaveLength(1);
    const plain = { ...entities.messages[0] };
    if ('json' in plain && plain.json instanceof Map) plain.json = Object.fromEntries(plain.json);
    expect(plain).toEqual(message);
  });

  it('tells every bad entity, of both envelopes, equal ones too', () => {
    const schemas = knownSchemas({ 'iglu:com.acme/bad/jsonschema/1-0-0': nothing }, anything);
    const bad = entity('bad');
    const { messages } = check({ co: contexts([bad, entity('good'), bad]), ue_pr: unstruct(bad) }, schemas);
    expect(messages).toHaveLength(3);
  });

  it('does not look into an envelope that its schema refuses', () => {
    const envelope = `${iglu}/contexts/jsonschema/1-0-0`;
    const { messages } = check({ co: contexts([{}]) }, knownSchemas({ [envelope]: nothing }));
    expect(messages).toMatchObject([{ schemaKey: envelope }]);
  });

  it('names the later version in an entity that was validated against it, and says so once a schema', () => {
    const supersededBy = { vendor: 'com.acme', name: 'old', format: 'jsonschema', version: '1-0-3' };
    const state = { kind: 'schema', validate: () => [], supersededBy } as const;
    const schemas = knownSchemas({ 'iglu:com.acme/old/jsonschema/1-0-0': state }, anything);
    const sent = { co: contexts([entity('old'), entity('old')]), ue_pr: unstruct(entity('old')) };
    const { contexts: printed, unstructSchema, validationInfo } = check(sent, schemas);
    const renamed = { schema: schemaUri(supersededBy), data: {} };
    expect(printed).toBe(contexts([renamed, renamed], '1-0-1'));
    expect(unstructSchema).toEqual(supersededBy);
    expect(JSON.parse(validationInfo ?? '').data).toEqual([
      {
        schema: 'iglu:com.snowplowanalytics.iglu/validation_info/jsonschema/1-0-0',
        data: { originalSchema: 'iglu:com.acme/old/jsonschema/1-0-0', validatedWith: '1-0-3' },
      },
    ]);
  });

  it('asks for the schemas of envelopes and entities at once', () => {
    const lookup = new SchemaLookup(knownSchemas({}));
    const parameters = { co: contexts([entity('a'), entity('b'), entity('a')]), ue_pr: unstruct(entity('c')) };
    checkEntities(new Map(Object.entries(parameters)), lookup);
    expect(lookup.missingKeys.map(({ name }) => name)).toEqual(['contexts', 'a', 'b', 'unstruct_event', 'c']);
  });
});
