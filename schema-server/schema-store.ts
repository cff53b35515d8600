/**
 * Where the schema server's schemas come from: an interface, and the adapter over folders. server.ts asks.
 */
import { readFile } from 'node:fs/promises';
import type { LookupHistoryEntry } from '../protocol/lookup-history';
import { isJsonText } from '../protocol/repository-answer';
import { schemaUri, type SchemaKey } from '../protocol/schema-key';
import type { SchemaFilter } from './route';
import { SchemaFolder, unavailable, type LocatedFile } from './schema-folder';
import type { SchemaServerTelemetry } from './telemetry';

export type FoundSchema =
  /** JSON in UTF-8, as it was written. `repository`: the upstream repository that it came from. */
  | { readonly kind: 'found'; readonly text: Uint8Array; readonly repository?: string }
  /** `isUnsure`: an upstream repository could not be asked. `history`: what each said, when there are any. */
  | { readonly kind: 'missing'; readonly isUnsure?: boolean; readonly history?: readonly LookupHistoryEntry[] }
  /** It may exist, and somebody vouches for it: events must wait until a repository can be asked. */
  | { readonly kind: 'wait'; readonly history: readonly LookupHistoryEntry[] }
  /** There is something, but nobody could use it; `reason` continues the file's name: `is no JSON`. */
  | { readonly kind: 'unusable'; readonly reason: string };

/** Both throw a retryable FlotillaError when the store itself cannot be read. */
export interface SchemaStore {
  find(key: SchemaKey): Promise<FoundSchema>;
  /** By vendor, name and format, then by version as numbers; each key once. */
  list(filter: SchemaFilter): Promise<readonly SchemaKey[]>;
}

export interface FolderSchemaStoreOptions {
  /** The first that has a schema answers for it, also with a file that is unusable: core schemas are never replaced. */
  readonly folders: readonly string[];
  readonly schemaBytesMax: number;
  readonly cacheBytesMax: number;
  readonly telemetry: Pick<SchemaServerTelemetry, 'cacheHolds' | 'fileUnusable'>;
}

export function createFolderSchemaStore(options: FolderSchemaStoreOptions): SchemaStore {
  return new FolderSchemaStore(options);
}

type Content = Extract<FoundSchema, { kind: 'found' | 'unusable' }>;

interface Entry {
  readonly state: string;
  readonly content: Content;
}

/** What an entry takes beside its text: so that a cache of unusable files is bounded too. */
const ENTRY_BYTES = 512;
const costOf = ({ content }: Entry): number => ENTRY_BYTES + (content.kind === 'found' ? content.text.length : 0);

class FolderSchemaStore implements SchemaStore {
  private readonly folders: readonly SchemaFolder[];
  /** By path; the longest unused first. */
  private readonly cache = new Map<string, Entry>();
  private cachedBytes = 0;

  constructor(private readonly options: FolderSchemaStoreOptions) {
    this.folders = options.folders.map((folder) => new SchemaFolder(folder));
  }

  async find(key: SchemaKey): Promise<FoundSchema> {
    for (const folder of this.folders) {
      const file = await folder.locate(key);
      if (file !== undefined) return this.contentOf(file);
    }
    return { kind: 'missing' };
  }

  async list(filter: SchemaFilter): Promise<readonly SchemaKey[]> {
    const keys = new Map<string, SchemaKey>();
    for (const folder of this.folders) for (const key of await folder.list(filter)) keys.set(schemaUri(key), key);
    return [...keys.values()].sort(compareKeys);
  }

  private async contentOf(file: LocatedFile): Promise<FoundSchema> {
    const known = this.cache.get(file.path);
    if (known?.state === file.state) {
      this.keep(file.path, known);
      return known.content;
    }
    const content = await this.read(file);
    if (content.kind === 'missing') return content;
    // Requests that read the same file at once must not tell of it twice.
    if (content.kind === 'unusable' && this.cache.get(file.path)?.state !== file.state)
      this.options.telemetry.fileUnusable(file.path, content.reason);
    this.keep(file.path, { state: file.state, content });
    return content;
  }

  private async read(file: LocatedFile): Promise<Content | { readonly kind: 'missing' }> {
    if (file.kind === 'unusable') return { kind: 'unusable', reason: file.reason };
    const { schemaBytesMax } = this.options;
    if (file.bytes > schemaBytesMax) return { kind: 'unusable', reason: `is larger than ${schemaBytesMax} bytes` };
    try {
      const text = await readFile(file.path);
      return isJsonText(text) ? { kind: 'found', text } : { kind: 'unusable', reason: 'is no JSON' };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return { kind: 'missing' }; // deleted between the look and the reading
      if (code === 'EACCES') return { kind: 'unusable', reason: 'cannot be read: EACCES' };
      throw unavailable(file.path, error);
    }
  }

  private keep(path: string, entry: Entry): void {
    this.forget(path);
    this.cache.set(path, entry);
    this.cachedBytes += costOf(entry);
    for (const oldest of this.cache.keys()) {
      if (this.cachedBytes <= this.options.cacheBytesMax) break;
      this.forget(oldest);
    }
    this.options.telemetry.cacheHolds(this.cachedBytes);
  }

  private forget(path: string): void {
    const entry = this.cache.get(path);
    if (entry === undefined) return;
    this.cache.delete(path);
    this.cachedBytes -= costOf(entry);
  }
}

function compareKeys(a: SchemaKey, b: SchemaKey): number {
  const [textA, textB] = [a, b].map(({ vendor, name, format }) => `${vendor}/${name}/${format}`) as [string, string];
  if (textA !== textB) return textA < textB ? -1 : 1;
  const [versionA, versionB] = [a, b].map(({ version }) => version.split('-').map(BigInt)) as [bigint[], bigint[]];
  const part = versionA.findIndex((number, i) => number !== versionB[i]);
  return part === -1 ? 0 : (versionA[part] as bigint) < (versionB[part] as bigint) ? -1 : 1;
}
