/** Holds what docs/ says to what the code does: generated pages, error codes, names of metrics, example files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { stalePages } from '../docs/generate';
import { programs, services, type Program } from '../docs/programs';
import { telemetries } from '../docs/telemetries';
import { environmentName, knownSections, loadSettings, type Sections } from '../runtime/config';
import { errorCodes } from '../runtime/errors';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { dynamodbFrontDifferences, kinesisFrontDifferences } from './aws/front-differences';
import { root, sourcesOf } from './source-tree';
import { dynamodbLocalDifferences } from './stack/dynamodb-local-differences';
import { kinesisLocalDifferences } from './stack/kinesis-local-differences';

const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const folders = ['runtime', 'protocol', 'kinesis-client', 'collector', 'enricher', 'sinks', 'schema-server', 'local'];
const product = folders.flatMap(sourcesOf).filter(({ path }) => !path.endsWith('.test.ts'));

test('the generated pages are up to date; npm run docs writes them', async () => {
  expect(await stalePages()).toEqual([]);
});

test('files that pages, READMEs and sources name are there', () => {
  const sources = [...folders, 'test', 'docs', 'bench'].flatMap(sourcesOf);
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`);
  const readmes = ['', 'kinesis-client/', 'sinks/', 'local/'].map((folder) => `${folder}README.md`);
  const written = [...pages, ...readmes]
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ path, text: textOf(path) }));
  const all = [...sources, ...written];
  const isThere = (name: string): boolean => all.some(({ path }) => path === name || path.endsWith(`/${name}`));
  const named = /(?<![\w.*/-])(?:[a-z0-9-]+\/)*[a-z0-9-]+(?:\.test)?\.(?:ts|md)\b/g;
  const lost = all.flatMap(({ path, text }) =>
    (text.match(named) ?? []).filter((name) => !isThere(name)).map((name) => `${path} names ${name}`),
  );
  expect(lost).toEqual([]);
});

test('local/README.md tells how each emulator differs, and no more', () => {
  const lists = {
    'our Kinesis': kinesisFrontDifferences,
    'our DynamoDB': dynamodbFrontDifferences,
    'kinesis-local 0.6.2': kinesisLocalDifferences,
    'DynamoDB Local 3.3.0': dynamodbLocalDifferences,
  };
  const expected = Object.entries(lists).flatMap(([where, list]) =>
    list.map(({ reason }) => `| ${where} | ${reason} |`),
  );
  const [, table = ''] = textOf('local/README.md').split('| where | what differs, and why |\n|---|---|\n');
  expect(table.trimEnd().split('\n')).toEqual(expected);
});

test('every error code is raised somewhere', () => {
  const raised = product
    .filter(({ path }) => path !== 'runtime/errors.ts')
    .flatMap(({ text }) => [...text.matchAll(/new FlotillaError\(\s*'(\w+)'/g)].map(([, code]) => code));
  expect(Object.keys(errorCodes).filter((code) => !raised.includes(code))).toEqual([]);
});

describe('metrics', () => {
  it('come from the telemetry.ts files alone, and all of these are on the page', () => {
    const makers = product
      .filter(({ path }) => path.endsWith('/telemetry.ts'))
      .flatMap(({ exportedValues }) => exportedValues)
      .filter((name) => /^create\w+Telemetry$/.test(name));
    const page = telemetries.map(({ create }) => create.name);
    expect([...page].sort()).toEqual([...makers].sort());
    expect(new Set(page).size).toBe(page.length);
  });

  it('are named flotilla_<component>_<what>_<unit> in base units, and counters end in _total', async () => {
    const metrics = createMetrics();
    for (const { create } of telemetries) create(metrics, silentLogger);
    const wrong = (await metrics.registry.getMetricsAsJSON()).filter(({ name, type }) => {
      const isCounter = String(type) === 'counter';
      const isTotal = name.endsWith('_total');
      const isFirm = /^flotilla(_[a-z0-9]+){2,}$/.test(name) && !/_(ms|millis\w*|kb|mb|minutes)(_|$)/.test(name);
      return !isFirm || isCounter !== isTotal || (String(type) === 'histogram' && !/_(seconds|bytes)$/.test(name));
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

describe('settings', () => {
  it('of every program stand in sections that the file of another service may hold, too', () => {
    const sections = new Set(programs.flatMap((program) => Object.keys(program.sections)));
    expect([...sections].sort()).toEqual([...knownSections].sort());
  });

  it('of the process list are on the page, too', () => {
    const read = [...textOf('ecosystem.config.js').matchAll(/FLOTILLA_[A-Z_]+/g)].map(([name]) => name);
    const page = textOf('docs/configuration.md');
    expect([...new Set(read)].filter((name) => !page.includes(name))).toEqual([]);
  });
});

describe('docs/examples', () => {
  const load = ({ sections }: Program, file: string) =>
    loadSettings<Sections>(sections, { argv: [], environment: parseEnv(textOf(file)), readFile: () => '' });
  const minimal = 'docs/examples/minimal.env';
  const reference = 'docs/examples/reference.env';

  it.each(services.map((service) => [service.name, service] as const))('start %s as they are', (_name, service) => {
    const [least, whole] = [load(service, minimal), load(service, reference)];
    expect(least.kind).toBe('settings');
    expect(whole).toEqual(least); // the reference sets the defaults
  });

  it('set every field of every service in the reference, and no other', () => {
    const names = services.flatMap(({ sections }) =>
      Object.entries(sections).flatMap(([section, fields]) =>
        Object.keys(fields).map((key) => environmentName(section, key)),
      ),
    );
    expect(Object.keys(parseEnv(textOf(reference))).sort()).toEqual([...new Set(names)].sort());
  });

  it('set no more than they must in the minimum', () => {
    for (const name of Object.keys(parseEnv(textOf(minimal)))) {
      const environment = { ...parseEnv(textOf(minimal)), [name]: undefined };
      const faulty = services.filter(
        ({ sections }) =>
          loadSettings<Sections>(sections, { argv: [], environment, readFile: () => '' }).kind === 'faults',
      );
      expect([name, faulty.length > 0]).toEqual([name, true]);
    }
  });
});
