/**
 * Why data does not pass a schema: every fault, in the words of snowplow-protocol 5.4. Runs for invalid data only, so it is
 * written to be read beside that table; whether data is valid at all is decided first, and faster, by verdict.ts.
 */
import { finds } from './checks';
import { isArray, isObject, type Data, type DataObject } from './data';
import { report, type ValidatorReport } from './report';
import type { SchemaNode } from './schema-node';

/** All faults; none when the data is valid. `path` is where the data stands: `$` for the whole. */
export function explain(node: SchemaNode, data: Data, path = '$'): ValidatorReport[] {
  if (node.ref !== undefined) return explain(node.ref, data, path);
  return [
    ...node.checks.filter((check) => !check.holds(data)).map((check) => check.report(data, path)),
    ...(isObject(data) ? objectReports(node, data, path) : []),
    ...(isArray(data) ? itemReports(node, data, path) : []),
    ...node.allOf.flatMap((each) => explain(each, data, path)),
    ...anyOfReports(node, data, path),
    ...oneOfReports(node, data, path),
    ...notReports(node, data, path),
  ];
}

function objectReports(node: SchemaNode, data: DataObject, path: string): ValidatorReport[] {
  const reports = node.required
    .filter((name) => data[name] === undefined)
    .map((name) => report('required', path, 'is missing but it is required', [name], `.${name}`));
  for (const [name, member] of Object.entries(data)) reports.push(...memberReports(node, name, member, path));
  return [...reports, ...dependencyReports(node, data, path)];
}

function memberReports(node: SchemaNode, name: string, member: Data, path: string): ValidatorReport[] {
  const below = `${path}.${name}`;
  const property = node.properties.get(name);
  const patterns = node.patternProperties.filter(({ regex }) => finds(regex, name)).map(({ schema }) => schema);
  if (property !== undefined || patterns.length > 0 || name.startsWith('#'))
    return [...(property === undefined ? [] : [property]), ...patterns].flatMap((each) => explain(each, member, below));
  if (node.additionalProperties === undefined) return [];
  if (node.additionalProperties) return explain(node.additionalProperties, member, below);
  const words = 'is not defined in the schema and the schema does not allow additional properties';
  return [report('additionalProperties', path, words, [name], `.${name}`)];
}

function dependencyReports(node: SchemaNode, data: DataObject, path: string): ValidatorReport[] {
  const present = ([name]: readonly [string, unknown]): boolean => data[name] !== undefined;
  // One report each, and all of them quote all dependencies: equal ones are one.
  const isBroken = [...node.propertyDependencies]
    .filter(present)
    .some(([, needed]) => needed.some((name) => data[name] === undefined));
  const shown = `{${[...node.propertyDependencies].map(([name, needed]) => `${name}=[${needed.join(', ')}]`).join(', ')}}`;
  return [
    ...(isBroken ? [report('dependencies', path, `has an error with dependencies ${shown}`, [shown])] : []),
    ...[...node.schemaDependencies].filter(present).flatMap(([, schema]) => explain(schema, data, path)),
  ];
}

function itemReports(node: SchemaNode, data: readonly Data[], path: string): ValidatorReport[] {
  const { items, additionalItems } = node;
  if (items === undefined) return [];
  return data.flatMap((item, i) => {
    const schema = Array.isArray(items)
      ? ((items as readonly SchemaNode[])[i] ?? additionalItems)
      : (items as SchemaNode);
    if (schema === undefined) return [];
    if (schema) return explain(schema, item, `${path}[${i}]`);
    return [report('items', path, 'no validator found at this index', [String(i)], `[${i}]`)];
  });
}

/** The faults of every branch, when none passes. */
function anyOfReports(node: SchemaNode, data: Data, path: string): ValidatorReport[] {
  const branches = node.anyOf.map((branch) => explain(branch, data, path));
  return branches.some((reports) => reports.length === 0) ? [] : branches.flat();
}

function oneOfReports(node: SchemaNode, data: Data, path: string): ValidatorReport[] {
  if (node.oneOf.length === 0) return [];
  const branches = node.oneOf.map((branch) => explain(branch, data, path));
  const passing = branches.filter((reports) => reports.length === 0).length;
  if (passing === 1) return [];
  if (passing > 1) {
    const words = `should be valid to one and only one of schema, but more than one are valid: ${node.oneOfText}`;
    return [report('oneOf', path, words, [node.oneOfText])];
  }
  const missing = (reports: ValidatorReport[]) =>
    reports.filter(({ keyword, path: at }) => keyword === 'required' && at === path);
  const all = branches.flatMap((reports) => (missing(reports).length > 0 ? missing(reports) : reports));
  return unlessOnly(unlessOnly(all, 'required'), 'additionalProperties');
}

/** Without the reports of one keyword, unless there are no others. */
function unlessOnly(reports: ValidatorReport[], keyword: string): ValidatorReport[] {
  const others = reports.filter((each) => each.keyword !== keyword);
  return others.length > 0 ? others : reports;
}

function notReports(node: SchemaNode, data: Data, path: string): ValidatorReport[] {
  if (node.not === undefined || explain(node.not, data, path).length > 0) return [];
  return [report('not', path, `should not be valid to the schema "not" : ${node.notText}`, [node.notText])];
}
