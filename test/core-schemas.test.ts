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
    // Bounds such as 9223372036854775807 keep their digits in the file.
    const withShortNumbers = text.replace(/(?<=: )-?[\d.]+(?=,?\n)/g, (number) => String(Number(number)));
    expect(withShortNumbers).toBe(`${JSON.stringify(document, null, 2)}\n`);
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

const snowplow = (name: string, ...versions: string[]): string[] =>
  versions.map((version) => `com.snowplowanalytics.snowplow/${name}/jsonschema/${version}`);
const first = (vendor: string, names: string): string[] =>
  names.split(' ').map((name) => `${vendor}/${name}/jsonschema/1-0-0`);
const versionsUpTo = (last: number): string[] => Array.from({ length: last + 1 }, (_, i) => `1-0-${i}`);

/** What a registry must have so that a stack works without any other. By who sends or writes it (snowplow-protocol 3, 6, 7). */
const families: Readonly<Record<string, readonly string[]>> = {
  // Recorded from browser, node, Python, Java, Go and Rust (3.1), and the envelopes that older ones send.
  'every tracker by itself': [
    ...snowplow('payload_data', ...versionsUpTo(4)),
    ...snowplow('contexts', '1-0-0', '1-0-1'),
    ...snowplow('client_session', ...versionsUpTo(2)),
    ...first('com.snowplowanalytics.snowplow', 'unstruct_event screen_view timing uri_redirect'),
    ...first('com.snowplowanalytics.mobile', 'screen_view'),
  ],
  'the browser tracker and its plugins': [
    ...snowplow('browser_context', '1-0-0', '2-0-0'),
    ...snowplow('link_click', '1-0-0', '1-0-1'),
    ...snowplow('application_error', ...versionsUpTo(2)),
    ...snowplow('geolocation_context', '1-0-0', '1-1-0'),
    ...snowplow('event_specification', ...versionsUpTo(4)),
    ...first(
      'com.snowplowanalytics.snowplow',
      'web_page focus_form change_form submit_form button_click site_search social_interaction add_to_cart ' +
        'remove_from_cart ad_click ad_conversion ad_impression activity_metrics consent_document consent_granted ' +
        'consent_preferences consent_withdrawn cmp_visible gdpr web_vitals client_side_bot_detection create_element ' +
        'destroy_element expose_element obscure_element element element_content element_statistics component_parents ' +
        'parent_event',
    ),
    ...first('org.w3', 'PerformanceNavigationTiming PerformanceTiming'),
    ...first('org.ietf', 'http_client_hints'),
  ],
  'the mobile trackers': [
    ...snowplow('mobile_context', ...versionsUpTo(3)),
    ...first(
      'com.snowplowanalytics.snowplow',
      'desktop_context diagnostic_error application_background application_foreground application',
    ),
    ...first(
      'com.snowplowanalytics.mobile',
      'application application_install application_lifecycle deep_link deep_link_received list_item_view ' +
        'message_notification screen screen_end screen_summary scroll_changed',
    ),
    ...first('com.android.installreferrer.api', 'referrer_details'),
  ],
  // 7.2. Those of the user's own scripts, queries and requests are the user's.
  enrichments: [
    ...snowplow('asn', '1-0-0', '1-0-1'),
    ...snowplow('bot_detection', '1-0-0', '1-0-1'),
    ...first(
      'com.snowplowanalytics.snowplow',
      'ua_parser_context cross_navigation event_specification_validation pii_transformation',
    ),
    ...first('com.snowplowanalytics.iglu', 'validation_info'),
    ...first('com.iab.snowplow', 'spiders_and_robots'),
    ...first('org.openweathermap', 'weather'),
    ...first('org.ietf', 'http_cookie http_header'),
    ...versionsUpTo(5).map((version) => `nl.basjes/yauaa_context/jsonschema/${version}`),
  ],
  // 6: whoever writes them.
  'bad rows': [
    'adapter_failures/jsonschema/1-0-0',
    'collector_payload_format_violation/jsonschema/1-0-0',
    'enrichment_failures/jsonschema/2-0-1',
    'event_forwarding_error/jsonschema/1-0-0',
    'generic_error/jsonschema/1-0-0',
    'loader_iglu_error/jsonschema/2-0-1',
    'loader_parsing_error/jsonschema/2-0-0',
    'loader_recovery_error/jsonschema/1-0-0',
    'loader_runtime_error/jsonschema/1-0-1',
    'recovery_error/jsonschema/1-0-1',
    'relay_failure/jsonschema/1-0-0',
    'schema_violations/jsonschema/2-0-1',
    'size_violation/jsonschema/1-0-0',
    'snowflake_error/jsonschema/1-0-0',
    'tracker_protocol_violations/jsonschema/1-0-1',
  ].map((key) => `com.snowplowanalytics.snowplow.badrows/${key}`),
};

describe('the core schemas', () => {
  const uris = new Set(paths.map((path) => `iglu:${path}`));

  it.each(Object.entries(families))('have what there is of: %s', (_family, keys) => {
    expect(keys.map((key) => `iglu:${key}`).filter((uri) => !uris.has(uri))).toEqual([]);
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
const usual = { instances: 200, validShare: 0.25, invalid: 20 };
/** Of those that have so few properties, or so many rules, that no more can be drawn. */
const least = { instances: 10, validShare: 0.05, invalid: 5 };
const sparse: ReadonlySet<string> = new Set([
  ...first('com.snowplowanalytics.mobile', 'application_install application_lifecycle screen_end'),
  ...snowplow('bot_detection', '1-0-0', '1-0-1'),
  ...first(
    'com.snowplowanalytics.snowplow',
    'application_background application_foreground client_side_bot_detection cmp_visible consent_granted consent_withdrawn',
  ),
  ...first('com.snowplowanalytics.snowplow.badrows', 'relay_failure'),
]);
const publicRegistry = sharedData('iglu-central/schemas');

(publicRegistry === null ? describe.skip : describe)(`beside the public registry (seed ${seed})`, () => {
  const seen = { instances: 0, valid: 0 };

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
    const isEnough = (needed: typeof usual): boolean =>
      instances.size >= needed.instances &&
      valid / instances.size >= needed.validShare &&
      instances.size - valid >= needed.invalid;
    expect([isEnough(least), isEnough(usual)]).toEqual([true, !sparse.has(path)]);
    seen.instances += instances.size;
    seen.valid += valid;
  });

  it('has compared both kinds', () => {
    process.stderr.write(`core schemas: ${JSON.stringify({ schemas: paths.length, ...seen })}\n`);
    expect(seen.instances).toBeGreaterThanOrEqual(paths.length * usual.instances);
    expect(seen.valid / seen.instances).toBeGreaterThanOrEqual(usual.validShare);
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
