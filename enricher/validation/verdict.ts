/**
 * Whether data passes a schema, fast: every event of every shard asks. The nodes of a schema become a schema for ajv, which
 * makes one function of them; the structure is ajv's, single values are judged by our checks. Says yes or no, never why.
 */
import Ajv from 'ajv-draft-04';
import { finds, type Check } from './checks';
import type { Data } from './data';
import { explain } from './explain';
import { javaRegex } from './java-regex';
import { allNodes, type SchemaNode } from './schema-node';

export type Verdict = (data: Data) => boolean;

/** ajv passes over a property of this name wherever it looks. */
const skippedByAjv = '__proto__';
/**
 * ajv takes some 0.1 ms a subschema, and nothing else runs meanwhile: leases must not expire over a monster. The largest
 * schema of Iglu Central has 213.
 */
export const compiledNodesMax = 1_000;
const checksKeyword = 'checks';
const definition = (i: number): string => `node${i}`;

/** Compiled once a schema (milliseconds); then a microsecond an event. What ajv cannot compile is walked instead. */
export function createVerdict(root: SchemaNode): Verdict {
  const walked: Verdict = (data) => explain(root, data).length === 0;
  const nodes = [...allNodes(root)];
  if (nodes.length > compiledNodesMax || nodes.some(namesSkipped)) return walked;
  // An instance each: ajv keeps all that it ever compiled, and schemas come and go here.
  const ajv = new Ajv({
    strict: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    allErrors: false,
    messages: false,
    inlineRefs: false,
    logger: false,
    code: { regExp: Object.assign(patternOf, { code: 'patternOf' }) },
  });
  ajv.addKeyword({
    keyword: checksKeyword,
    schemaType: 'array',
    errors: false,
    compile: (checks: readonly Check[]) => everyHolds(checks.map((check) => check.holds)),
  });
  try {
    const validate = ajv.compile<Data>(toAjv(root));
    return (data) => validate(data);
  } catch (error) {
    if (error instanceof Error) return walked;
    throw error;
  }
}

/** A property pattern in the form that ajv asks. */
function patternOf(source: string): { test(name: string): boolean; toString(): string } {
  const regex = javaRegex(source);
  return { test: (name) => finds(regex, name), toString: () => String(regex) };
}

const namesSkipped = (node: SchemaNode): boolean =>
  node.properties.has(skippedByAjv) ||
  node.schemaDependencies.has(skippedByAjv) ||
  node.propertyDependencies.has(skippedByAjv);

function everyHolds(tests: readonly Verdict[]): Verdict {
  const [first, second] = tests;
  if (first !== undefined && tests.length === 1) return first;
  if (first !== undefined && second !== undefined && tests.length === 2) return (data) => first(data) && second(data);
  return (data) => tests.every((test) => test(data));
}

/** Schemas that references point to stand under `definitions`, so that a ring of nodes becomes a tree. */
function toAjv(root: SchemaNode): Record<string, unknown> {
  const targets = [...new Set([...allNodes(root)].flatMap((node) => node.ref ?? []))];
  const nameOf = new Map(targets.map((node, i) => [node, definition(i)]));
  const translate = (node: SchemaNode): Record<string, unknown> => {
    const name = nameOf.get(node);
    return name === undefined ? ajvKeywords(node, translate) : { $ref: `#/definitions/${name}` };
  };
  const definitions = Object.fromEntries(targets.map((node, i) => [definition(i), ajvKeywords(node, translate)]));
  return { definitions, ...translate(root) };
}

type Translate = (node: SchemaNode) => Record<string, unknown>;

/** Keywords that say nothing are left out: ajv would write code for them. */
function ajvKeywords(node: SchemaNode, translate: Translate): Record<string, unknown> {
  if (node.ref !== undefined) return translate(node.ref);
  const { additionalProperties, additionalItems, items } = node;
  const dependencies = [
    ...node.propertyDependencies,
    ...[...node.schemaDependencies].map(([name, schema]) => [name, translate(schema)] as const),
  ];
  const patterns = node.patternProperties.map(({ source, schema }): [string, unknown] => [source, translate(schema)]);
  // Names with a `#` are never additional: a pattern that asks nothing of them says so.
  if (additionalProperties !== undefined) patterns.push(['^#', {}]);
  return {
    ...(node.checks.length > 0 && { [checksKeyword]: node.checks }),
    ...(node.required.length > 0 && { required: node.required }),
    ...(node.properties.size > 0 && { properties: translateAll(node.properties, translate) }),
    ...(patterns.length > 0 && { patternProperties: Object.fromEntries(patterns) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: additionalProperties && translate(additionalProperties),
    }),
    ...(items !== undefined && { items: isList(items) ? items.map(translate) : translate(items) }),
    ...(additionalItems !== undefined && { additionalItems: additionalItems && translate(additionalItems) }),
    ...(dependencies.length > 0 && { dependencies: Object.fromEntries(dependencies) }),
    ...(node.allOf.length > 0 && { allOf: node.allOf.map(translate) }),
    ...(node.anyOf.length > 0 && { anyOf: node.anyOf.map(translate) }),
    ...(node.oneOf.length > 0 && { oneOf: node.oneOf.map(translate) }),
    ...(node.not !== undefined && { not: translate(node.not) }),
  };
}

const isList = (items: SchemaNode | readonly SchemaNode[]): items is readonly SchemaNode[] => Array.isArray(items);
const translateAll = (nodes: ReadonlyMap<string, SchemaNode>, translate: Translate): Record<string, unknown> =>
  Object.fromEntries([...nodes].map(([name, node]) => [name, translate(node)]));
