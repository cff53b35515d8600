/** The schemas that come with the program: well-formed, complete, and of the same mind as the public registry's. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import draft04 from 'ajv-draft-04/dist/refs/json-schema-draft-04.json';
import { compileSchema } from '../enricher/validate';
import { toData } from '../enricher/validation/data';
import { formats } from '../enricher/validation/formats';
import { readSchema } from '../enricher/validation/schema-node';
import { createVerdict, type Verdict } from '../enricher/validation/verdict';
import { badRowSchema, badRowTypes } from '../protocol/bad-row';
import { isJsonObject, jsonOf, parseJson, printJson } from '../protocol/json';
import { matchesCriterion, parseSchemaKey, type SchemaKey } from '../protocol/schema-key';
import { seededRandom } from '../runtime/random';
import { coreSchemasFolder } from '../schema-server/core-folder';
import { instancesOf, type Schema } from './schema-instances';
import { sharedData, skipped } from './shared-data';

const core = coreSchemasFolder();
const paths = filesIn(core).sort();
const textOf = (registry: string, path: string): string => readFileSync(join(registry, path), 'utf8');
const schemaOf = (registry: string, path: string): Schema => JSON.parse(textOf(registry, path)) as Schema;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function keyOf(uri: string): SchemaKey {
  const key = parseSchemaKey(uri);
  if (typeof key === 'string') throw new Error(`${uri}: ${key}`);
  return key;
}

describe.each(paths)('%s', (path) => {
  it('is where its self says and what its registry asks for', () => {
    const text = textOf(core, path);
    const document = JSON.parse(text) as { self: SchemaKey };
    const { vendor, name, format, version } = document.self;
    expect(Object.keys(document).slice(0, 2)).toEqual(['$schema', 'self']);
    expect(Object.keys(document.self)).toEqual(['vendor', 'name', 'format', 'version']);
    expect(`${vendor}/${name}/${format}/${version}`).toBe(path);
    expect(format).toBe('jsonschema');
    expect(text).toBe(`${JSON.stringify(document, null, 2)}\n`);
  });

  it('is valid draft-04, without a keyword or a format that says nothing', () => {
    expect(compileSchema(textOf(core, path), keyOf(`iglu:${path}`))).toMatchObject({ kind: 'schema' });
    const strange = subschemas(schemaOf(core, path)).flatMap((schema) => [
      ...Object.keys(schema).filter((keyword) => !keywords.has(keyword)),
      ...(schema.format !== undefined && !formats.has(schema.format) ? [`format ${schema.format}`] : []),
    ]);
    expect(strange).toEqual([]);
  });
});

// The meta-schema does not list the two that draft-04 describes in its text.
const keywords = new Set([...Object.keys(draft04.properties), '$ref', 'format', 'self']);

function subschemas(schema: Schema): Schema[] {
  const { properties = {}, items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema;
  const below = [...Object.values(properties), ...anyOf, ...oneOf, ...allOf, ...(items ? [items] : [])];
  if (typeof additionalProperties === 'object') below.push(additionalProperties);
  return [schema, ...below.flatMap(subschemas)];
}

describe('the core schemas', () => {
  const uris = new Set(paths.map((path) => `iglu:${path}`));

  it('are all that today’s trackers send by themselves', () => {
    // snowplow-protocol 3.1, as recorded from browser, node, Python, Java, Go and Rust.
    const sent = [
      ...['payload_data/jsonschema/1-0-4', 'contexts/jsonschema/1-0-0', 'contexts/jsonschema/1-0-1'],
      ...['unstruct_event/jsonschema/1-0-0', 'web_page/jsonschema/1-0-0', 'client_session/jsonschema/1-0-2'],
      ...['browser_context/jsonschema/2-0-0', 'link_click/jsonschema/1-0-1', 'focus_form/jsonschema/1-0-0'],
      ...['change_form/jsonschema/1-0-0', 'submit_form/jsonschema/1-0-0', 'timing/jsonschema/1-0-0'],
      'screen_view/jsonschema/1-0-0',
    ].map((key) => `iglu:com.snowplowanalytics.snowplow/${key}`);
    sent.push('iglu:com.snowplowanalytics.mobile/screen_view/jsonschema/1-0-0');
    expect(sent.filter((uri) => !uris.has(uri))).toEqual([]);
  });

  it('are all that the program names', () => {
    // `atomic` is a name for columns in reports of their lengths: nobody asks a registry for it.
    const named = schemasNamedBy(['protocol', 'local/send', 'collector', 'enricher']).filter(
      (criterion) => !criterion.includes('/atomic/'),
    );
    expect(named.length).toBeGreaterThan(5);
    const isKnown = (criterion: string): boolean => [...uris].some((uri) => matchesCriterion(keyOf(uri), criterion));
    expect(named.filter((criterion) => !isKnown(criterion))).toEqual([]);
  });

  it('are all that its bad rows follow', () => {
    expect(badRowTypes.map(badRowSchema).filter((uri) => !uris.has(uri))).toEqual([]);
  });
});

/** URIs and criteria of JSON schemas in what is not a test. */
function schemasNamedBy(folders: readonly string[]): string[] {
  const root = join(__dirname, '..');
  const texts = folders.flatMap((folder) =>
    filesIn(join(root, folder))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => textOf(join(root, folder), file)),
  );
  const uri = /iglu:(?:com\.snowplowanalytics|org\.ietf)[\w.-]*\/[\w-]+\/jsonschema\/[\d*]+-[\d*]+-[\d*]+/g;
  return [...new Set(texts.flatMap((text) => text.match(uri) ?? []))];
}

const seed = 20_240_101;
/** How many valid instances are drawn from each of the two schemas. */
const draws = 120;
/** If fewer were compared, or nearly all of one kind, equal verdicts would say little. */
const instancesMin = 200;
const validShareMin = 0.25;
const invalidMin = 20;
const publicRegistry = sharedData('iglu-central/schemas');

(publicRegistry === null ? describe.skip : describe)(`beside the public registry (seed ${seed})`, () => {
  it.each(paths)('%s gives the same verdicts', (path) => {
    const registries = [core, publicRegistry as string];
    const [ours, theirs] = registries.map((registry) => verdictOf(registry, path)) as [Verdict, Verdict];
    const instances = new Map(
      registries
        .flatMap((registry, i) => [...instancesOf(schemaOf(registry, path), seededRandom(seed + i), draws)])
        .map((instance) => [JSON.stringify(instance), instance]),
    );
    let valid = 0;
    const differences: string[] = [];
    for (const instance of instances.values()) {
      const json = jsonOf(instance);
      const data = toData(json);
      const isValid = ours(data);
      if (isValid) valid++;
      if (isValid !== theirs(data))
        differences.push(`${isValid ? 'valid' : 'invalid'} here, not there: ${printJson(json).slice(0, 2_000)}`);
    }
    expect(differences.slice(0, 5)).toEqual([]);
    expect(instances.size).toBeGreaterThanOrEqual(instancesMin);
    expect(valid / instances.size).toBeGreaterThanOrEqual(validShareMin);
    expect(instances.size - valid).toBeGreaterThanOrEqual(invalidMin);
  });
});
if (publicRegistry === null) skipped('the core schemas beside the public registry', 'no iglu-central/schemas');

/** Without the reports, which cost most of the time of validation. */
function verdictOf(registry: string, path: string): Verdict {
  const document = parseJson(textOf(registry, path));
  if (!document.ok || !isJsonObject(document.value)) throw new Error(`${registry}/${path} is no JSON object`);
  const read = readSchema(document.value);
  if (read.kind === 'invalid') throw new Error(`${registry}/${path}: ${JSON.stringify(read.issues)}`);
  return createVerdict(read.root);
}
