import { compileSchema } from '../enricher/validate';
import { igluMetaschema } from '../enricher/validation/metaschema';
import { jsonOf } from '../protocol/json';
import { parseSchemaKey, type SchemaKey } from '../protocol/schema-key';
import { seededRandom } from '../runtime/random';
import { draw, instancesOf, type Schema, type Value } from './schema-instances';
import { formatExamples, patternExamples } from './text-examples';

const seed = 7;

function isValid(schema: Schema): (value: Value) => boolean {
  const key = parseSchemaKey('iglu:com.acme/x/jsonschema/1-0-0') as SchemaKey;
  const compiled = compileSchema(JSON.stringify({ $schema: igluMetaschema, ...schema }), key);
  if (compiled.kind !== 'schema') throw new Error(JSON.stringify(compiled));
  return (value) => compiled.validate(jsonOf(value)).length === 0;
}

const closed = { type: 'object', additionalProperties: false } as const;
const schemas: readonly Schema[] = [
  {
    ...closed,
    required: ['id'],
    properties: {
      id: { type: 'string', format: 'uuid' },
      at: { type: 'string', format: 'date-time' },
      uri: { type: 'string', format: 'uri', maxLength: 64 },
      version: { type: 'string', pattern: '^[0-9]+-[0-9]+-[0-9]+$' },
      name: { type: ['string', 'null'], minLength: 2, maxLength: 5 },
      colour: { enum: ['RED', 'BLUE'] },
      count: { type: 'integer', minimum: 1, maximum: 10 },
      share: { type: 'number', minimum: 0, maximum: 1 },
      isNew: { type: 'boolean' },
      tags: { type: 'array', minItems: 1, items: { type: 'string' } },
      counts: { type: 'object', additionalProperties: { type: 'integer' } },
    },
  },
  { ...closed, minProperties: 1, properties: { a: { type: 'string' }, b: { type: 'string' } } },
  {
    type: 'array',
    items: {
      anyOf: [
        { ...closed, required: ['error'], properties: { error: { type: 'string' } } },
        {
          ...closed,
          required: ['schema', 'errors'],
          properties: { schema: { type: 'string' }, errors: { type: 'array' } },
        },
      ],
    },
  },
  {
    oneOf: [
      { required: ['type'], properties: { type: { enum: ['none'] } } },
      { required: ['type', 'count'], properties: { type: { enum: ['some'] }, count: { type: 'integer' } } },
    ],
  },
  { allOf: [{ required: ['a'], properties: { a: { type: 'string' } } }, { required: ['b'] }] },
];

/** The schema without one of its keywords, for every keyword at every level. */
function* weakened(schema: Schema): Generator<Schema> {
  for (const [keyword, value] of Object.entries(schema) as [string, unknown][]) {
    yield Object.fromEntries(Object.entries(schema).filter(([other]) => other !== keyword));
    const put = (weaker: unknown): Schema => ({ ...schema, [keyword]: weaker });
    if (keyword === 'properties') {
      for (const [name, member] of Object.entries(value as Record<string, Schema>))
        for (const weaker of weakened(member)) yield put({ ...(value as object), [name]: weaker });
    } else if (['anyOf', 'oneOf', 'allOf'].includes(keyword)) {
      const branches = value as readonly Schema[];
      for (const [i, branch] of branches.entries())
        for (const weaker of weakened(branch)) yield put(branches.with(i, weaker));
    } else if (keyword === 'items' || (keyword === 'additionalProperties' && value !== false)) {
      for (const weaker of weakened(value as Schema)) yield put(weaker);
    }
  }
}

test.each(schemas)('what is drawn is valid: %j', (schema) => {
  const random = seededRandom(seed);
  const drawn = Array.from({ length: 200 }, () => draw(schema, random));
  expect(drawn.filter((value) => !isValid(schema)(value))).toEqual([]);
});

test.each(schemas)('the instances tell a schema from the same without one keyword: %j', (schema) => {
  const instances = [...instancesOf(schema, seededRandom(seed), 50)];
  const verdicts = instances.map(isValid(schema));
  const unnoticed = [...weakened(schema)].filter((weaker) => {
    const isValidNow = isValid(weaker);
    return instances.every((instance, i) => isValidNow(instance) === verdicts[i]);
  });
  expect(unnoticed).toEqual([]);
});

test('the same seed gives the same instances', () => {
  const [schema] = schemas as [Schema];
  expect([...instancesOf(schema, seededRandom(seed), 5)]).toEqual([...instancesOf(schema, seededRandom(seed), 5)]);
});

test.each([
  ...Object.entries(patternExamples).map(([pattern, examples]) => ({ schema: { pattern }, examples })),
  ...Object.entries(formatExamples).map(([format, examples]) => ({ schema: { format }, examples })),
])('the examples of $schema are what they are called', ({ schema, examples }) => {
  const holds = isValid(schema);
  const good = [...examples.good, ...(examples.draw === undefined ? [] : [examples.draw(seededRandom(seed))])];
  expect(good.filter((text) => !holds(text))).toEqual([]);
  expect(examples.bad.filter((text) => holds(text))).toEqual([]);
});

test('a pattern without examples is an error, not a test that proves nothing', () => {
  expect(() => draw({ type: 'string', pattern: '^new$' }, seededRandom(seed))).toThrow('none of ^new$');
});
