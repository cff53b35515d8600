/**
 * Our verdicts beside those of a second validator, on every schema of the public registry and on instances made for them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compileSchema, type CompiledSchema } from '../enricher/validate';
import { igluMetaschema } from '../enricher/validation/metaschema';
import { jsonOf, parseJson, printJson, type Json } from '../protocol/json';
import { parseSchemaKey, type SchemaKey } from '../protocol/schema-key';
import { seededRandom } from '../runtime/random';
import { instancesOf, withoutReferences, type Schema } from './schema-instances';
import { asJavaScript, differences, isOnPurpose, secondOpinion } from './second-validator';
import { sharedData, skipped } from './shared-data';

const key = parseSchemaKey('iglu:com.acme/x/jsonschema/1-0-0') as SchemaKey;

function usable(text: string): CompiledSchema & { kind: 'schema' } {
  const compiled = compileSchema(text, key);
  if (compiled.kind !== 'schema') throw new Error(JSON.stringify(compiled));
  return compiled;
}

function json(text: string): Json {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

test.each(Object.entries(differences))('%s: there the two differ', (_name, { schema, data, isValid }) => {
  const reports = usable(JSON.stringify({ $schema: igluMetaschema, ...schema })).validate(json(data));
  expect({ ours: reports.length === 0, other: secondOpinion(schema, json(data)).length === 0 }).toEqual({
    ours: isValid,
    other: !isValid,
  });
});

const seed = 20_240_101;
const draws = 20;
/** Of the instances with one change each, so many for a schema: there are thousands for some. */
const changedMax = 150;
const registry = sharedData('iglu-central/schemas');

(registry === null ? describe.skip : describe)(`on the public registry (seed ${seed})`, () => {
  const folder = registry as string;
  const paths =
    registry === null
      ? []
      : filesIn(folder)
          .filter((path) => path.includes('/jsonschema/'))
          .sort();
  const seen = { valid: 0, invalid: 0, onPurpose: 0 };

  it.each(byVendor(paths))('%s: every schema compiles, and verdicts are the same', (_vendor, paths) => {
    const strange: string[] = [];
    for (const path of paths) strange.push(...differencesOn(path));
    expect(strange.slice(0, 5)).toEqual([]);
  });

  it('has seen instances of both kinds, and few of them excused', () => {
    expect(paths.length).toBeGreaterThan(600);
    process.stderr.write(`second validator: ${JSON.stringify({ schemas: paths.length, ...seen })}\n`);
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(10_000);
    expect(seen.onPurpose / (seen.valid + seen.invalid)).toBeLessThan(0.1);
  });

  /** Verdicts that nothing on the list explains. */
  function differencesOn(path: string): string[] {
    const text = readFileSync(join(folder, path), 'utf8');
    const compiled = usable(text);
    const schema = withoutReferences(JSON.parse(text) as Schema);
    const random = seededRandom(seed);
    const instances = [...instancesOf(schema, random, draws)];
    const changed = random.shuffle(instances.slice(draws)).slice(0, changedMax);
    const strange: string[] = [];
    let valid = 0;
    for (const instance of [...instances.slice(0, draws), ...changed]) {
      const data = jsonOf(instance);
      const reports = compiled.validate(data);
      const errors = secondOpinion(schema, data);
      if (reports.length === 0) valid++;
      seen[reports.length === 0 ? 'valid' : 'invalid']++;
      if ((reports.length === 0) === (errors.length === 0)) continue;
      const isOfLiterals = (compiled.validate(asJavaScript(data)).length === 0) === (errors.length === 0);
      if (isOfLiterals || isOnPurpose(reports, errors)) seen.onPurpose++;
      else strange.push(`${path} ${printJson(data).slice(0, 500)} ${JSON.stringify(reports.slice(0, 3))} ${errors.join('; ').slice(0, 500)}`); // prettier-ignore
    }
    if (valid === 0) strange.push(`${path}: no instance is valid`);
    return strange;
  }
});
if (registry === null) skipped('the second validator on the public registry', 'no iglu-central/schemas');

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function byVendor(paths: readonly string[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const vendor = path.split('/')[0] as string;
    groups.set(vendor, [...(groups.get(vendor) ?? []), path]);
  }
  return [...groups];
}
