/**
 * Keeps the picture of docs/architecture.md true: every import of every source file, types too, follows the rules of the
 * house; every source stands in a folder of it, is found by its name and can be read in one sitting. Pages: documents.test.ts.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM_VERSION } from '../runtime/version';
import { root, sourcesOf, type Source } from './source-tree';

/** Which folders a folder may import from, beside itself. `test/`, `bench/` and `docs/` may see everything. */
const mayImport: Record<string, readonly string[]> = {
  runtime: [],
  protocol: ['runtime'],
  'kinesis-client': ['runtime'],
  collector: ['runtime', 'protocol', 'kinesis-client'],
  sinks: ['runtime', 'protocol', 'kinesis-client'],
  enricher: ['runtime', 'protocol', 'kinesis-client', 'sinks'],
  'schema-server': ['runtime', 'protocol', 'kinesis-client'],
  local: ['runtime', 'protocol', 'kinesis-client'],
};
const free = ['test', 'bench', 'docs'];
const withoutSources = ['node_modules', 'dist', 'data', 'coverage', 'deploy', 'packer', 'agent', 'status'];

/** Inside the client: index -> multilang -> worker -> shards -> leases; producer and the simulation of leases beside them. */
const insideClient: Record<string, readonly string[]> = {
  leases: ['leases'],
  shards: ['shards', 'leases'],
  producer: ['producer'],
  multilang: ['multilang', 'shards', 'leases'],
  simulation: ['simulation', 'leases'],
};

/** Folders whose parts speak a protocol with each other: their README tells it. */
const withProtocol = ['kinesis-client', 'sinks', 'local'];

/** Of product code; most files have 60 to 140. */
const linesMax = 300;

/** Unit tests lie beside the code; whatever else only tests need is in `test/`. tsconfig.build.json ships all but these. */
const isTest = (file: string): boolean => file.endsWith('.test.ts');

const folders = Object.keys(mayImport);
const sources = [...folders, ...free].flatMap(sourcesOf);
const product = sources.filter(({ path }) => folders.includes(top(path)) && !isTest(path));
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

function top(path: string): string {
  return path.split('/')[0] as string;
}

/** A line for each import of the source that breaks the rule. */
const importsThat =
  (isWrong: (target: string, source: Source) => boolean) =>
  (source: Source): string[] =>
    source.imports.filter(({ file }) => isWrong(file, source)).map(({ file }) => `${source.path} imports ${file}`);

/** A line for each time that one of the sources has such a text. */
const linesWith = (pattern: RegExp, among: readonly Source[]): string[] =>
  among.flatMap(({ path, text }) => (text.match(pattern) ?? []).map((match) => `${path}: ${match}`));

describe('the house', () => {
  it('has its sources only in folders that the picture knows', () => {
    const known = [...folders, ...free, ...withoutSources];
    const others = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !known.includes(entry.name))
      .map((entry) => entry.name);
    expect(others).toEqual([]);
  });

  it('imports downwards only, types too', () => {
    const isUpwards = (target: string, { path }: Source): boolean =>
      top(target) !== top(path) && !mayImport[top(path)]?.includes(top(target));
    expect(product.flatMap(importsThat(isUpwards))).toEqual([]);
  });

  it('ships no test: product imports neither test/ nor a test beside it', () => {
    expect(product.flatMap(importsThat((target) => free.includes(top(target)) || isTest(target)))).toEqual([]);
  });

  it('layers the client: leases know nothing of shards, the producer knows neither', () => {
    const layerOf = (path: string): string | undefined =>
      path.startsWith('kinesis-client/') && path.split('/').length > 2 ? path.split('/')[1] : undefined;
    const breaksLayer = (target: string, { path }: Source): boolean => {
      const [from, to] = [layerOf(path), layerOf(target)];
      return from !== undefined && to !== undefined && !insideClient[from]?.includes(to);
    };
    expect(product.flatMap(importsThat(breaksLayer))).toEqual([]);
  });

  it('has no import ring', () => {
    const graph = new Map(product.map(({ path, imports }) => [path, imports.map(({ file }) => file)]));
    const done = new Set<string>();
    const ringFrom = (file: string, path: readonly string[]): string[] | null => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return null;
      for (const target of graph.get(file) ?? []) {
        const ring = ringFrom(target, [...path, file]);
        if (ring) return ring;
      }
      done.add(file);
      return null;
    };
    expect([...graph.keys()].map((file) => ringFrom(file, [])).find((ring) => ring !== null)).toBeUndefined();
  });

  it('exports nothing that nobody imports', () => {
    const used = new Set(sources.flatMap(({ imports }) => imports.flatMap(({ file, names }) => names.map((name) => `${file} ${name}`)))); // prettier-ignore
    const entries = ['local/flotilla.ts']; // local/flotilla.js calls it
    const dead = sources
      .filter(({ path }) => !entries.includes(path))
      .flatMap(({ path, exportedValues }) => exportedValues.map((name) => [path, name] as const))
      .filter(([path, name]) => !used.has(`${path} ${name}`) && !used.has(`${path} *`))
      .map(([path, name]) => `${path} exports ${name}`);
    expect(dead).toEqual([]);
  });
});

describe('every source', () => {
  it('reaches for clock, dice, timers and environment only in runtime/', () => {
    const edges = /\b(Date\.now|new Date\(\)|performance\.now|Math\.random|set(Timeout|Interval|Immediate)|timers\/promises|process\.env)\b/g; // prettier-ignore
    expect(linesWith(edges, product.filter(({ path }) => top(path) !== 'runtime'))).toEqual([]); // prettier-ignore
  });

  it('constructs AWS clients in one place', () => {
    const others = product.filter(({ path }) => path !== 'runtime/aws-clients.ts');
    expect(linesWith(/new (Kinesis|DynamoDB|S3)Client\(/g, others)).toEqual([]);
  });

  it('counts and logs in its telemetry.ts only', () => {
    const others = product.filter(({ path }) => !path.endsWith('/telemetry.ts') && path !== 'runtime/service.ts');
    expect(linesWith(/\blog\.(debug|info|warn|error|fatal)\(|\bmetrics\.(counter|gauge|histogram)\(/g, others)).toEqual([]); // prettier-ignore
  });

  it('opens with what it is', () => {
    expect(product.filter(({ text }) => !/^(\/\/\/.*\n)*\/\*\*/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it(`has ${linesMax} lines at most`, () => {
    const long = product.filter(({ text }) => text.split('\n').length - 1 > linesMax);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('is not named after nothing', () => {
    const named = sources.filter(({ path }) => /\/(utils?|helpers?|common|types|interfaces)\.ts$/.test(path));
    expect(named.map(({ path }) => path)).toEqual([]);
  });

  it('leaves nothing for later and turns no rule off', () => {
    const later = /\b(TODO|FIXME|XXX)\b|eslint-disable|@ts-(ignore|expect-error|nocheck)/g;
    expect(linesWith(later, sources.filter(({ path }) => path !== 'test/tidy.test.ts'))).toEqual([]); // prettier-ignore
  });
});

describe('the package', () => {
  it('depends on every package that product imports, and on no package of tests', () => {
    const packageOf = (name: string): string => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/'); // prettier-ignore
    const wrong = product.flatMap(({ path, packages }) =>
      packages
        .filter((name) => !name.startsWith('node:') && !(packageOf(name) in packageJson.dependencies))
        .map((name) => `${path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('pins every dependency exactly', () => {
    const all = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies });
    expect(all.filter(([, version]) => !/^\d/.test(version))).toEqual([]);
  });

  it('has the version that its programs say', () => {
    expect(PROGRAM_VERSION).toBe(packageJson.version);
  });

  it('tells each protocol in the README of its folder', () => {
    expect(withProtocol.filter((folder) => !existsSync(join(root, folder, 'README.md')))).toEqual([]);
  });
});
