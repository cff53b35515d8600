/** The sources of the repository as tidy.test.ts looks at them: each file read and parsed once. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

export const root = resolve(__dirname, '..');

export interface Source {
  /** From the root: `kinesis-client/leases/lease.ts`. */
  readonly path: string;
  readonly text: string;
  /** What it imports from us, by whatever syntax, types too. */
  readonly imports: readonly Import[];
  readonly packages: readonly string[];
  /** Functions, classes and constants; types are left out, for they stand in the signatures of these. */
  readonly exportedValues: readonly string[];
}

export interface Import {
  /** The path of the file. */
  readonly file: string;
  /** `*` when it is all of it. */
  readonly names: readonly string[];
}

/** Every `.ts` file below the folder. */
export function sourcesOf(folder: string): readonly Source[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesOf(path);
    return path.endsWith('.ts') ? [readSource(path)] : [];
  });
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found = [...importsBelow(tree)];
  const isOurs = ({ file }: Import): boolean => file.startsWith('.');
  return {
    path,
    text,
    imports: found.filter(isOurs).map(({ file, names }) => ({ file: fileOf(path, file), names })),
    packages: found.filter((one) => !isOurs(one)).map(({ file }) => file),
    exportedValues: tree.statements.flatMap(exportedBy),
  };
}

function fileOf(importer: string, specifier: string): string {
  const path = relative(root, resolve(root, dirname(importer), specifier));
  return [`${path}.ts`, join(path, 'index.ts')].find((file) => existsSync(join(root, file))) ?? path;
}

function* importsBelow(node: ts.Node): Generator<Import> {
  if (ts.isImportDeclaration(node)) {
    yield { file: textOf(node.moduleSpecifier), names: namesOf(node.importClause?.namedBindings) };
  } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    yield { file: textOf(node.moduleSpecifier), names: namesOf(node.exportClause) };
  } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    yield { file: textOf(node.argument.literal), names: ['*'] };
  } else if (ts.isExternalModuleReference(node)) {
    yield { file: textOf(node.expression), names: ['*'] };
  } else if (ts.isCallExpression(node) && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0])) {
    const callee = node.expression;
    if (callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require'))
      yield { file: node.arguments[0].text, names: ['*'] };
  }
  for (const child of childrenOf(node)) yield* importsBelow(child);
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}

const textOf = (node: ts.Node): string => (ts.isStringLiteralLike(node) ? node.text : '');

function namesOf(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): readonly string[] {
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return ['*'];
  return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

function exportedBy(statement: ts.Statement): readonly string[] {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name?.text ?? ''];
  return [];
}
