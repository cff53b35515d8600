/**
 * Reads a schema into nodes: what the keywords of draft-04 mean, once and for all, with the quirks of snowplow-protocol 5.4.
 * The verdict (verdict.ts) and the reports (explain.ts) both come from these nodes. Never fetches anything.
 */
import { isJsonArray, isJsonObject, printJson, type Json, type JsonObject } from '../../protocol/json';
import { messageOf } from '../../runtime/errors';
import { valueKeywords, type Check } from './checks';
import { javaRegex } from './java-regex';

/** One schema. What is undefined or empty says nothing. */
export interface SchemaNode {
  checks: readonly Check[];
  /** Stands alone: with it everything else of the node is empty. */
  ref?: SchemaNode;
  required: readonly string[];
  properties: ReadonlyMap<string, SchemaNode>;
  patternProperties: readonly { readonly source: string; readonly regex: RegExp; readonly schema: SchemaNode }[];
  /** False: there may be no others. Names that begin with `#` are never additional. */
  additionalProperties?: false | SchemaNode;
  /** One schema for every item, or one for each place. */
  items?: SchemaNode | readonly SchemaNode[];
  /** For items behind those places. */
  additionalItems?: false | SchemaNode;
  /** What the presence of a property asks for: other properties, or that the whole object passes a schema. */
  propertyDependencies: ReadonlyMap<string, readonly string[]>;
  schemaDependencies: ReadonlyMap<string, SchemaNode>;
  allOf: readonly SchemaNode[];
  anyOf: readonly SchemaNode[];
  oneOf: readonly SchemaNode[];
  not?: SchemaNode;
  /** The texts of `oneOf` and `not`, which reports quote. */
  oneOfText: string;
  notText: string;
}

/** Why a schema cannot be used: `path` is a place in the schema. */
export interface SchemaIssue {
  readonly path: string;
  readonly message: string;
}

export type ReadSchema =
  | { readonly kind: 'node'; readonly root: SchemaNode }
  | { readonly kind: 'invalid'; readonly issues: readonly SchemaIssue[] };

/** How many subschemas may apply to one and the same value, one inside the other and in all: bounds the work for each. */
const sameValueDepthMax = 64;
const sameValueCountMax = 10_000;

/** `schema` has passed the meta-schema; a keyword of another form is ignored all the same, never an error. */
export function readSchema(schema: JsonObject): ReadSchema {
  const reader = new SchemaReader(schema);
  const root = reader.read();
  const issues = reader.issues.length > 0 ? reader.issues : endlessIssues(root);
  return issues.length > 0 ? { kind: 'invalid', issues } : { kind: 'node', root };
}

class SchemaReader {
  readonly issues: SchemaIssue[] = [];
  /** By identity, so that a schema that refers to itself becomes a ring of nodes. */
  private readonly nodes = new Map<JsonObject, SchemaNode>();
  private readonly references: { node: SchemaNode; pointer: string; path: string }[] = [];

  constructor(private readonly root: JsonObject) {}

  read(): SchemaNode {
    const root = this.node(this.root, undefined, '$');
    // References last: a schema that also stands in its place has that place's parent.
    for (let next = this.references.pop(); next !== undefined; next = this.references.pop()) {
      const { node, pointer, path } = next;
      const target = resolvePointer(this.root, pointer);
      if (isJsonObject(target)) node.ref = this.node(target, this.root, `$${pointer.slice(1).replaceAll('/', '.')}`);
      else this.issue(path, `Reference ${pointer} cannot be resolved`);
    }
    return root;
  }

  private node(schema: JsonObject, parent: JsonObject | undefined, path: string): SchemaNode {
    const known = this.nodes.get(schema);
    if (known !== undefined) return known;
    const node = emptyNode();
    this.nodes.set(schema, node);
    const reference = schema.get('$ref');
    if (typeof reference === 'string') this.reference(node, reference, path);
    else this.keywords(node, schema, parent, path);
    return node;
  }

  /** Addresses on the web stand for a schema that accepts everything: no fetch goes to where a schema points. */
  private reference(node: SchemaNode, reference: string, path: string): void {
    if (/^https?:/i.test(reference)) return;
    this.references.push({ node, pointer: reference, path: `${path}.$ref` });
  }

  private keywords(node: SchemaNode, schema: JsonObject, parent: JsonObject | undefined, path: string): void {
    node.checks = this.checks(schema, parent, path);
    const one = (keyword: string): SchemaNode | undefined =>
      this.one(schema.get(keyword), schema, `${path}.${keyword}`);
    const many = (keyword: string): SchemaNode[] => this.many(schema.get(keyword), schema, `${path}.${keyword}`);
    const named = (keyword: string): Map<string, SchemaNode> =>
      this.named(schema.get(keyword), schema, `${path}.${keyword}`);

    node.required = texts(schema.get('required'));
    node.properties = named('properties');
    node.patternProperties = [...named('patternProperties')].flatMap(([source, member]) => {
      const regex = this.regex(source, `${path}.patternProperties`);
      return regex === undefined ? [] : [{ source, regex, schema: member }];
    });
    node.additionalProperties = schema.get('additionalProperties') === false ? false : one('additionalProperties');
    node.items = isJsonArray(schema.get('items')) ? many('items') : one('items');
    node.additionalItems = schema.get('additionalItems') === false ? false : one('additionalItems');
    node.schemaDependencies = named('dependencies');
    node.propertyDependencies = new Map(
      entries(schema.get('dependencies')).flatMap(([name, needed]) =>
        isJsonArray(needed) ? [[name, texts(needed)] as const] : [],
      ),
    );
    node.allOf = many('allOf');
    node.anyOf = many('anyOf');
    node.oneOf = many('oneOf');
    node.not = one('not');
    if (node.oneOf.length > 0) node.oneOfText = (schema.get('oneOf') as readonly Json[]).map(printJson).join('');
    if (node.not !== undefined) node.notText = printJson(schema.get('not') as Json);
  }

  private checks(schema: JsonObject, parent: JsonObject | undefined, path: string): Check[] {
    const checks: Check[] = [];
    for (const [keyword, value] of schema) {
      const make = valueKeywords.get(keyword);
      if (make === undefined) continue;
      const check = this.building(`${path}.${keyword}`, () => make(value, schema, parent));
      if (check !== undefined) checks.push(check);
    }
    return checks;
  }

  private one(value: Json | undefined, parent: JsonObject, path: string): SchemaNode | undefined {
    return isJsonObject(value) ? this.node(value, parent, path) : undefined;
  }

  private many(value: Json | undefined, parent: JsonObject, path: string): SchemaNode[] {
    if (!isJsonArray(value)) return [];
    return value.map((member, i) => this.one(member, parent, `${path}[${i}]`) ?? emptyNode());
  }

  private named(value: Json | undefined, parent: JsonObject, path: string): Map<string, SchemaNode> {
    const nodes = new Map<string, SchemaNode>();
    for (const [name, member] of entries(value))
      if (isJsonObject(member)) nodes.set(name, this.node(member, parent, `${path}.${name}`));
    return nodes;
  }

  private regex(source: string, path: string): RegExp | undefined {
    return this.building(path, () => javaRegex(source));
  }

  private building<T>(path: string, build: () => T): T | undefined {
    try {
      return build();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.issue(path, `Invalid regular expression: ${messageOf(error)}`);
      return undefined;
    }
  }

  private issue(path: string, message: string): void {
    this.issues.push({ path, message: `${path}: ${message}` });
  }
}

const emptyNode = (): SchemaNode => ({
  checks: [],
  required: [],
  properties: new Map(),
  patternProperties: [],
  propertyDependencies: new Map(),
  schemaDependencies: new Map(),
  allOf: [],
  anyOf: [],
  oneOf: [],
  oneOfText: '',
  notText: '',
});

const entries = (value: Json | undefined): [string, Json][] => (isJsonObject(value) ? [...value] : []);
const texts = (value: Json | undefined): string[] =>
  isJsonArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** `#`, `#/definitions/x`: RFC 6901 in a fragment. Undefined when nothing is there, or for any other reference. */
function resolvePointer(root: JsonObject, reference: string): Json | undefined {
  if (reference === '#' || reference === '#/') return root;
  if (!reference.startsWith('#/')) return undefined;
  let value: Json | undefined = root;
  for (const part of reference.slice(2).split('/')) {
    const name = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
    value = isJsonObject(value) ? value.get(name) : isJsonArray(value) ? value[Number(name)] : undefined;
  }
  return value;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}

/** The subschemas that apply to the very value that the node applies to. */
const onSameValue = (node: SchemaNode): SchemaNode[] => [
  ...(node.ref === undefined ? [] : [node.ref]),
  ...node.allOf,
  ...node.anyOf,
  ...node.oneOf,
  ...(node.not === undefined ? [] : [node.not]),
  ...node.schemaDependencies.values(),
];

/** Every node that can be reached, each once. */
export function allNodes(root: SchemaNode): Set<SchemaNode> {
  const found = new Set<SchemaNode>([root]);
  // A Set also iterates over what is added on the way.
  for (const node of found) for (const next of [...onSameValue(node), ...onMembers(node)]) found.add(next);
  return found;
}

const onMembers = (node: SchemaNode): SchemaNode[] => [
  ...node.properties.values(),
  ...node.patternProperties.map(({ schema }) => schema),
  ...(node.additionalProperties ? [node.additionalProperties] : []),
  ...[node.items ?? []].flat(),
  ...(node.additionalItems ? [node.additionalItems] : []),
];

interface Weight {
  readonly count: number;
  readonly depth: number;
}
const endless: Weight = { count: Infinity, depth: Infinity };

/** A schema that would apply itself to the same value again and again, or too many of them. */
function endlessIssues(root: SchemaNode): SchemaIssue[] {
  const weights = new Map<SchemaNode, Weight>();
  const weigh = (node: SchemaNode, level: number): Weight => {
    const known = weights.get(node);
    if (known !== undefined) return known;
    if (level > sameValueDepthMax) return endless;
    weights.set(node, endless); // what meets it on the way down is a ring
    const below = onSameValue(node).map((next) => weigh(next, level + 1));
    const weight = {
      count: below.reduce((sum, { count }) => sum + count, 1),
      depth: below.reduce((most, { depth }) => Math.max(most, depth + 1), 1),
    };
    weights.set(node, weight);
    return weight;
  };
  for (const node of allNodes(root)) {
    const { count, depth } = weigh(node, 0);
    if (count > sameValueCountMax || depth > sameValueDepthMax)
      return [
        { path: '$', message: '$: Too many subschemas apply to one value, or they refer to each other without end' },
      ];
  }
  return [];
}
