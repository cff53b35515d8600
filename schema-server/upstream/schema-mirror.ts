/**
 * Copies of upstream schemas on this box's disk: one folder for each repository, in the layout of a static Iglu repository, so that
 * any of them can be served, or looked at, as it is. A file is there wholly or not at all; its time is when the repository last
 * said so. Knows nothing of freshness.
 */
import { createHash } from 'node:crypto';
import { mkdir, rm, unlink, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isJsonText } from '../../protocol/repository-answer';
import type { SchemaKey } from '../../protocol/schema-key';
import { ensureFolder, openOrNull, hasCode, writeDurably } from '../../runtime/durable-files';

export interface MirroredSchema {
  readonly text: Uint8Array;
  /** Epoch milliseconds. */
  readonly checkedAtMs: number;
}

/** The longest name of a folder that every file system takes. */
const FOLDER_NAME_MAX = 200;

/** Every method but the constructor throws what the file system says. Keys are valid, without parts of dots only. */
export class SchemaMirror {
  readonly folder: string;
  private readonly staging: string;
  private staged = 0;

  constructor(folder: string) {
    this.folder = resolve(folder);
    this.staging = join(this.folder, '.staging');
  }

  /** Makes the folder, and forgets what was being written when the last process ended. */
  async open(): Promise<void> {
    await ensureFolder(this.folder);
    await rm(this.staging, { recursive: true, force: true });
    await mkdir(this.staging);
  }

  /** Where the schemas of a repository lie. No name leads out of the mirror, or to a file of its own, which begin with a point. */
  folderOf(repository: string): string {
    const name = encodeURIComponent(Buffer.from(repository).toString()).replace(/^\./, '%2E');
    const short = name.length > FOLDER_NAME_MAX ? createHash('sha256').update(repository).digest('hex') : name;
    return join(this.folder, short, 'schemas');
  }

  /** Null: there is none that anybody could use. */
  async read(repository: string, key: SchemaKey): Promise<MirroredSchema | null> {
    const file = await openOrNull(this.pathOf(repository, key));
    if (file === null) return null;
    try {
      const { mtimeMs } = await file.stat();
      const text = await file.readFile();
      return isJsonText(text) ? { text, checkedAtMs: mtimeMs } : null;
    } finally {
      await file.close();
    }
  }

  async write(repository: string, key: SchemaKey, { text, checkedAtMs }: MirroredSchema): Promise<void> {
    const path = this.pathOf(repository, key);
    await ensureFolder(dirname(path));
    await writeDurably(path, text, join(this.staging, String(this.staged++)));
    await stamp(path, checkedAtMs);
  }

  /** The repository gave the same again. */
  async touch(repository: string, key: SchemaKey, checkedAtMs: number): Promise<void> {
    await stamp(this.pathOf(repository, key), checkedAtMs);
  }

  /** Not for good before the file system says so by itself: what comes back after a power cut is refreshed once more. */
  async remove(repository: string, key: SchemaKey): Promise<void> {
    try {
      await unlink(this.pathOf(repository, key));
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }

  private pathOf(repository: string, { vendor, name, format, version }: SchemaKey): string {
    return join(this.folderOf(repository), vendor, name, format, version);
  }
}

async function stamp(path: string, atMs: number): Promise<void> {
  await utimes(path, atMs / 1000, atMs / 1000);
}
