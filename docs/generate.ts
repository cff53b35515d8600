/**
 * Writes the pages of docs/ that the code itself tells: settings and their examples, metrics, errors, and the statements for
 * DuckDB.
 * `npm run docs` writes them; with --check it only says which are not up to date, and exits 1.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { configurationPage } from './configuration-page';
import { errorsPage } from './errors-page';
import { exampleFiles } from './example-files';
import { metricsPage } from './metrics-page';
import { referencePages } from './reader-pages';

const root = resolve(__dirname, '..', existsSync(join(__dirname, '..', 'package.json')) ? '.' : '..');

/** Every generated page, by its path below the root. */
async function generatedPages(): Promise<Record<string, string>> {
  return {
    'docs/configuration.md': configurationPage(),
    'docs/metrics.md': await metricsPage(),
    'docs/errors.md': errorsPage(),
    ...exampleFiles(),
    ...referencePages(),
  };
}

/** The pages whose file is missing or says something else. */
export async function stalePages(): Promise<string[]> {
  const pages = Object.entries(await generatedPages());
  return pages.filter(([path, text]) => textOf(join(root, path)) !== text).map(([path]) => path);
}

const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

async function main(check: boolean): Promise<number> {
  const stale = await stalePages();
  const pages = await generatedPages();
  for (const path of stale) {
    process.stdout.write(`${check ? 'not up to date' : 'written'}: ${path}\n`);
    if (check) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), pages[path] as string);
  }
  return check && stale.length > 0 ? 1 : 0;
}

if (require.main === module) {
  void main(process.argv.includes('--check')).then((code) => {
    process.exitCode = code;
  });
}
