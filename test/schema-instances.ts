/**
 * Instances of a JSON Schema, good ones and ones with a single fault, for tests that compare two schemas' verdicts. Made from
 * the schema's own structure and a seed. Knows the keywords of real schemas, not every combination of draft-04: what is drawn
 * is valid for the core schemas; for others the validators under test say what it is.
 */
import { JsonNumber } from '../protocol/json';
import { seededRandom, type Random } from '../runtime/random';
import { formatExamples, patternExamples, type Examples } from './text-examples';

export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly Scalar[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly minProperties?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

type Scalar = null | boolean | string | number;
export type Value = Scalar | JsonNumber | readonly Value[] | ObjectValue;
interface ObjectValue {
  readonly [name: string]: Value;
}

const extraName = 'notInAnySchema';
/** Enough of each type to fail every other. */
const ofEveryType: readonly Value[] = [null, true, '', 'text', 0, 1.5, new JsonNumber('1.0'), [], {}];

/** `draws` that are valid, then full ones with every single change to each. Some come more than once. */
export function* instancesOf(schema: Schema, random: Random, draws: number): Generator<Value> {
  for (let i = 0; i < draws; i++) yield draw(schema, random);
  for (const full of fullOnes(schema)) {
    yield full;
    yield* variants(schema, full, random);
  }
}

/** A valid instance, with some of what is optional. */
export function draw(schema: Schema, random: Random): Value {
  const chosen = pick(alternatives(schema), random);
  if (chosen.enum !== undefined) return pick([...chosen.enum].sort(), random);
  const type = pick(typesOf(chosen), random);
  if (type === 'object') return drawObject(chosen, random);
  if (type === 'array')
    return drawItems(chosen, Math.min((chosen.minItems ?? 0) + random.integer(4), chosen.maxItems ?? Infinity), random);
  return drawScalar(chosen, type, random);
}

function drawObject(schema: Schema, random: Random): ObjectValue {
  const names = random.shuffle(namesOf(schema));
  const isRequired = (name: string): boolean => schema.required?.includes(name) ?? false;
  const optional = names.filter((name) => !isRequired(name));
  const atLeast = Math.max(0, (schema.minProperties ?? 0) - (names.length - optional.length));
  const some = new Set(optional.filter((_, i) => i < atLeast || random.next() < 0.5));
  const members = names.filter((name) => isRequired(name) || some.has(name));
  if (mayHaveOthers(schema) && random.next() < 0.3) members.push(extraName);
  return Object.fromEntries(members.map((name) => [name, draw(memberOf(schema, name) ?? {}, random)]));
}

const drawItems = (schema: Schema, count: number, random: Random): Value[] =>
  Array.from({ length: count }, () => draw(schema.items ?? {}, random));

function drawScalar(schema: Schema, type: string, random: Random): Value {
  if (type === 'null') return null;
  if (type === 'boolean') return random.next() < 0.5;
  if (type === 'string') return drawText(schema, random);
  const lowest = schema.minimum ?? -1_000;
  const number = lowest + random.integer(Math.min(10_000, (schema.maximum ?? 1_000) - lowest) + 1);
  if (schema.multipleOf !== undefined) return Number((Math.round(number) * schema.multipleOf).toFixed(6));
  return type === 'integer' || random.next() < 0.5
    ? number
    : number + random.next() * Number(number < (schema.maximum ?? Infinity));
}

function drawText(schema: Schema, random: Random): string {
  const examples = examplesOf(schema);
  if (examples !== undefined) return examples.draw?.(random) ?? pick(examples.good, random);
  const lowest = schema.minLength ?? 0;
  const length = lowest + random.integer(Math.min(12, (schema.maxLength ?? Infinity) - lowest) + 1);
  return Array.from({ length }, () => pick(['a', 'Z', '7', '-', ' ', '"', 'ß', '字', '😀'], random)).join('');
}

/** Instances with every property, which show every alternative between them. Two schemas of one structure have the same. */
function fullOnes(schema: Schema): Value[] {
  return alternatives(schema).flatMap((chosen): Value[] => {
    const types = typesOf(chosen).filter((type) => type !== 'null');
    if (types.includes('array')) return [fullOnes(chosen.items ?? {})];
    return types.includes('object') ? fullObjects(chosen) : [draw({ ...chosen, type: types }, seededRandom(1))];
  });
}

function fullObjects(schema: Schema): ObjectValue[] {
  const names = [...namesOf(schema), ...(mayHaveOthers(schema) ? [extraName] : [])].sort();
  const members = names.map((name) => [name, fullOnes(memberOf(schema, name) ?? {})] as const);
  const count = Math.max(1, ...members.map(([, values]) => values.length));
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(members.map(([name, values]) => [name, values[i % values.length] as Value])),
  );
}

/** Every value that differs from `value` in one place. */
function* variants(schema: Schema, value: Value, random: Random): Generator<Value> {
  yield* ofEveryType;
  for (const chosen of alternatives(schema)) {
    yield* nearBounds(chosen, random);
    if (isArray(value)) yield* variantsOfItems(chosen, value, random);
    else if (isObject(value)) yield* variantsOfMembers(chosen, value, random);
  }
}

function* variantsOfItems(schema: Schema, items: readonly Value[], random: Random): Generator<Value> {
  yield items.slice(1);
  for (const [i, item] of items.entries())
    for (const variant of variants(schema.items ?? {}, item, random)) yield items.with(i, variant);
}

function* variantsOfMembers(schema: Schema, object: ObjectValue, random: Random): Generator<Value> {
  for (const [name, value] of Object.entries(object)) {
    yield Object.fromEntries(Object.entries(object).filter(([other]) => other !== name));
    const member = memberOf(schema, name);
    if (member === undefined) continue; // of another alternative, where its turn comes
    for (const variant of variants(member, value, random)) yield { ...object, [name]: variant };
  }
  for (const name of namesOf(schema))
    if (!(name in object)) yield { ...object, [name]: draw(memberOf(schema, name) ?? {}, random) };
  for (const value of ['text', 1]) yield { ...object, [extraName]: value };
}

/** Values on both sides of every bound. */
function* nearBounds(schema: Schema, random: Random): Generator<Value> {
  for (const bound of [schema.minimum, schema.maximum].filter((bound) => bound !== undefined))
    yield* [bound - 1, bound, bound + 0.5, bound + 1];
  const examples = examplesOf(schema);
  for (const bound of [schema.minLength, schema.maxLength].filter((bound) => bound !== undefined))
    for (const length of [bound - 1, bound, bound + 1].filter((length) => length >= 0))
      yield* [
        'x'.repeat(length),
        '😀'.repeat(length),
        ...(examples?.good ?? []).map((text) => text.padEnd(length, 'x')),
      ];
  for (const value of schema.enum ?? []) {
    yield value;
    if (typeof value === 'string') yield* [value.toLowerCase(), `${value} `];
  }
  if (schema.multipleOf !== undefined) yield* [schema.multipleOf * 3, schema.multipleOf * 2.5];
  if (schema.maxItems !== undefined)
    for (const count of [schema.maxItems, schema.maxItems + 1].filter((count) => count < 100))
      yield drawItems(schema, count, random);
  if (examples !== undefined) yield* [...examples.good, ...examples.bad];
  if (schema.minItems !== undefined)
    for (const count of [schema.minItems - 1, schema.minItems]) yield drawItems(schema, count, random);
}

/** With every reference to a definition replaced by it. For schemas that do not contain themselves. */
export function withoutReferences(schema: Schema, root = schema): Schema {
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside);
    return typeof value === 'object' && value !== null ? withoutReferences(value, root) : value;
  };
  const target =
    schema.$ref?.startsWith('#/definitions/') && root.definitions?.[schema.$ref.slice('#/definitions/'.length)];
  if (target) return withoutReferences(target, root);
  if (typeof schema.$ref === 'string') return {};
  return Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, inside(value)]));
}

/** The schemas of which a value passes one: the branches, each with what stands beside them. `$ref` to the web asks nothing. */
function alternatives(schema: Schema): Schema[] {
  const { anyOf, oneOf, allOf = [], ...own } = schema;
  const all = allOf.reduce(merge, own);
  const branches = anyOf ?? oneOf;
  return branches === undefined ? [all] : branches.flatMap((branch) => alternatives(merge(all, branch)));
}

const merge = (one: Schema, other: Schema): Schema => ({
  ...one,
  ...other,
  properties: { ...one.properties, ...other.properties },
  required: [...(one.required ?? []), ...(other.required ?? [])],
});

function typesOf(schema: Schema): readonly string[] {
  if (schema.type !== undefined) return [schema.type].flat();
  if (namesOf(schema).length > 0) return ['object'];
  return schema.items === undefined ? ['string'] : ['array'];
}

const namesOf = ({ properties = {}, required = [] }: Schema): string[] => [
  ...new Set([...Object.keys(properties), ...required]),
];
const memberOf = (schema: Schema, name: string): Schema | undefined =>
  schema.properties?.[name] ?? (mayHaveOthers(schema) ? otherMembers(schema) : undefined);
/** Of names that only a pattern allows there are none here. */
const otherMembers = ({ additionalProperties }: Schema): Schema =>
  typeof additionalProperties === 'object' ? additionalProperties : {};
const mayHaveOthers = (schema: Schema): boolean => schema.additionalProperties !== false;

function examplesOf({ pattern, format }: Schema): Examples | undefined {
  if (pattern === undefined && format === undefined) return undefined;
  const examples = pattern === undefined ? formatExamples[format as string] : patternExamples[pattern];
  if (examples === undefined) throw new Error(`test/text-examples.ts has none of ${pattern ?? format}`);
  return examples;
}

const isArray = (value: Value): value is readonly Value[] => Array.isArray(value);
const isObject = (value: Value): value is ObjectValue =>
  typeof value === 'object' && value !== null && !isArray(value) && !(value instanceof JsonNumber);
const pick = <T>(items: readonly T[], random: Random): T => items[random.integer(items.length)] as T;
