/**
 * One folder of schemas in the layout of a static Iglu repository: VENDOR/NAME/FORMAT/VERSION, files without extension, with
 * or without a folder `schemas` around it. Finds files, keeps nothing and never leaves the folder: a link is followed only
 * when its target lies inside. schema-store.ts asks it.
 */
import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { parseSchemaKey, schemaUri, type SchemaKey } from '../protocol/schema-key';
import { FlotillaError, messageOf } from '../runtime/errors';
import type { SchemaFilter } from './route';

/** `state` is another text whenever the file is another; it means nothing else. */
export type LocatedFile =
  | { readonly kind: 'file'; readonly path: string; readonly state: string; readonly bytes: number }
  | { readonly kind: 'unusable'; readonly path: string; readonly state: string; readonly reason: string };

/** There is no such file. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);
/** Only a person can mend it; asking again would not help. */
const UNREADABLE = new Set(['EACCES', 'EPERM', 'ELOOP']);

/**
 * Every method throws a retryable FlotillaError when the folder itself is gone or its disk fails: "not found" would turn
 * good events into bad rows.
 */
export class SchemaFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = resolve(folder);
  }

  /** Undefined: there is none. */
  async locate(key: SchemaKey): Promise<LocatedFile | undefined> {
    if (!isAddress(key)) return undefined;
    const root = await this.root();
    const path = join(root, key.vendor, key.name, key.format, key.version);
    try {
      const target = await realpath(path);
      if (!isInside(root, target))
        return { kind: 'unusable', path, state: target, reason: 'is a link out of its folder' };
      const file = await stat(target, { bigint: true });
      const state = [target, file.ino, file.size, file.mtimeNs, file.ctimeNs].join(' ');
      if (!file.isFile()) return { kind: 'unusable', path, state, reason: 'is no file' };
      return { kind: 'file', path: target, state, bytes: Number(file.size) };
    } catch (error) {
      const code = codeOf(error);
      if (ABSENT.has(code)) return undefined;
      if (UNREADABLE.has(code)) return { kind: 'unusable', path, state: code, reason: `cannot be read: ${code}` };
      throw unavailable(path, error);
    }
  }

  /**
   * The keys of the files that fit the filter, in no order. Names are compared with the filter and never made of it. The
   * files are not opened: one that is no schema is listed all the same.
   */
  async list(filter: SchemaFilter): Promise<SchemaKey[]> {
    const root = await this.root();
    const keys: SchemaKey[] = [];
    for (const vendor of await namesIn(root, [], 'folders', filter.vendor))
      for (const name of await namesIn(root, [vendor], 'folders', filter.name))
        for (const format of await namesIn(root, [vendor, name], 'folders', filter.format))
          for (const version of await namesIn(root, [vendor, name, format], 'files')) {
            const key = { vendor, name, format, version };
            if (isAddress(key) && (filter.model === undefined || version.startsWith(`${filter.model}-`)))
              keys.push(key);
          }
    return keys;
  }

  /** Looked up each time: the folder may be a link that a deployment turns to the next version. */
  private async root(): Promise<string> {
    const inner = join(this.folder, 'schemas');
    try {
      const isWrapped = await stat(inner).then((file) => file.isDirectory(), isAbsent);
      return await realpath(isWrapped ? inner : this.folder);
    } catch (error) {
      throw unavailable(this.folder, error);
    }
  }
}

/** A vendor of dots only would walk the folders (snowplow-protocol 5.1); every other legal part is a plain name. */
function isAddress(key: SchemaKey): boolean {
  return typeof parseSchemaKey(schemaUri(key)) !== 'string' && !/^\.+$/.test(key.vendor);
}

/** The entries of one folder below the root, sorted by nothing; `wanted` leaves only the one of that name. */
async function namesIn(
  root: string,
  parts: readonly string[],
  what: 'folders' | 'files',
  wanted?: string,
): Promise<string[]> {
  const folder = join(root, ...parts);
  const names: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (wanted !== undefined && entry.name !== wanted) continue;
      const file = await followed(root, folder, entry);
      if (what === 'folders' ? file?.isDirectory() : file?.isFile()) names.push(entry.name);
    }
  } catch (error) {
    if (!ABSENT.has(codeOf(error)) && !UNREADABLE.has(codeOf(error))) throw unavailable(folder, error);
  }
  return names;
}

/** What an entry is, or what it links to; undefined for a link that ends nowhere or outside. */
async function followed(root: string, folder: string, entry: Dirent): Promise<Dirent | Stats | undefined> {
  if (!entry.isSymbolicLink()) return entry;
  try {
    const target = await realpath(join(folder, entry.name));
    return isInside(root, target) ? await stat(target) : undefined;
  } catch (error) {
    if (ABSENT.has(codeOf(error)) || UNREADABLE.has(codeOf(error))) return undefined;
    throw error;
  }
}

const isInside = (root: string, path: string): boolean => path.startsWith(root.endsWith(sep) ? root : root + sep);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** For a check that takes "there is none" for no. */
function isAbsent(error: unknown): false {
  if (ABSENT.has(codeOf(error))) return false;
  throw error;
}

/** For schema-store.ts too, when a located file cannot be read. */
export const unavailable = (path: string, cause: unknown): FlotillaError =>
  new FlotillaError('FLOTILLA_UNAVAILABLE', `${path} cannot be read: ${messageOf(cause)}`, { cause });
