/**
 * Keeps the picture of docs/architecture.md true: every import of every source file, types too, follows the rules of the
 * house; every source stands in a folder of it; what is generated is up to date.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '..');

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

/** Inside the client: index -> worker -> shards -> leases, and producer beside them. */
const insideClient: Record<string, readonly string[]> = {
  leases: ['leases'],
  shards: ['shards', 'leases'],
  producer: ['producer'],
};

/** Unit tests lie beside the code; whatever else only tests need is in `test/`. tsconfig.build.json ships all but these. */
const isTest = (file: string): boolean => file.endsWith('.test.ts');

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

/** The files (relative to the root, without extension) and packages that a file imports, by whatever syntax. */
function importsOf(file: string): { files: string[]; packages: string[] } {
  const text = readFileSync(join(root, file), 'utf8');
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      names.push((node.moduleSpecifier as ts.StringLiteral).text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      names.push((node.argument.literal as ts.StringLiteral).text);
    } else if (ts.isExternalModuleReference(node)) {
      names.push((node.expression as ts.StringLiteral).text);
    } else if (ts.isCallExpression(node) && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0])) {
      const callee = node.expression;
      if (callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')) {
        names.push(node.arguments[0].text);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return {
    files: names
      .filter((name) => name.startsWith('.'))
      .map((name) => relative(root, resolve(root, dirname(file), name))),
    packages: names.filter((name) => !name.startsWith('.')),
  };
}

const folders = Object.keys(mayImport);
const files = folders.flatMap((folder) => sources(folder));
const product = files.filter((file) => !isTest(file));
const top = (path: string): string => path.split('/')[0] as string;

describe('the house', () => {
  it('has its sources only in folders that the picture knows', () => {
    const known = new Set([
      ...folders,
      ...free,
      'node_modules',
      'dist',
      'data',
      'coverage',
      'deploy',
      'packer',
      'agent',
      'status',
    ]);
    const others = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !known.has(entry.name))
      .map((entry) => entry.name);
    expect(others).toEqual([]);
  });

  it('imports downwards only, types too', () => {
    const wrong = product.flatMap((file) =>
      importsOf(file)
        .files.filter((target) => top(target) !== top(file) && !mayImport[top(file)]?.includes(top(target)))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('ships no test: product imports neither test/ nor a test file beside it', () => {
    const wrong = product.flatMap((file) =>
      importsOf(file)
        .files.filter((target) => free.includes(top(target)) || isTest(`${target}.ts`))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('layers the client: leases know nothing of shards, the producer knows neither', () => {
    const wrong = product
      .filter((file) => file.startsWith('kinesis-client/') && file.split('/').length > 2)
      .flatMap((file) => {
        const layer = file.split('/')[1] as string;
        return importsOf(file)
          .files.filter((target) => target.startsWith('kinesis-client/') && target.split('/').length > 2)
          .filter((target) => !insideClient[layer]?.includes(target.split('/')[1] as string))
          .map((target) => `${file} imports ${target}`);
      });
    expect(wrong).toEqual([]);
  });

  it('constructs AWS clients in one place', () => {
    const wrong = product
      .filter((file) => file !== 'runtime/aws-clients.ts')
      .filter((file) => /new (KinesisClient|DynamoDBClient|S3Client)\(/.test(readFileSync(join(root, file), 'utf8')));
    expect(wrong).toEqual([]);
  });

  it('depends on every package it imports, and on no package of tests', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const packageOf = (name: string): string =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/');
    const wrong = product.flatMap((file) =>
      importsOf(file)
        .packages.filter((name) => !name.startsWith('node:') && !(packageOf(name) in dependencies))
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no import ring', () => {
    const graph = new Map(product.map((file) => [file.replace(/\.ts$/, ''), importsOf(file).files]));
    const done = new Set<string>();
    const ringFrom = (file: string, path: readonly string[]): string[] | null => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return null;
      for (const target of graph.get(file) ?? graph.get(`${file}/index`) ?? []) {
        const ring = ringFrom(target, [...path, file]);
        if (ring) return ring;
      }
      done.add(file);
      return null;
    };
    expect([...graph.keys()].map((file) => ringFrom(file, [])).find((ring) => ring !== null)).toBeUndefined();
  });

  it('names no file after nothing', () => {
    expect(files.filter((file) => /\/(utils?|helpers?|common|types|interfaces)\.ts$/.test(file))).toEqual([]);
  });

  it('pins every dependency exactly', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d/.test(version));
    expect(loose).toEqual([]);
  });
});
