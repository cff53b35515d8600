/**
 * Objects as files. One rename makes an object appear, replaces it or leaves it as it was, after a kill too.
 *
 * A file cannot carry an object's headers, so they lie in a small file of their own, which must become valid by that
 * same rename: it is written first, and its name holds what identifies the bytes, their length and the file's time
 * of change (which is the object's Last-Modified, and never given out twice). A file that another program laid in the
 * folder is an object too, with plain headers.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, readdir, rm, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../runtime/clock';
import type { Checksum } from './checksums';
import {
  ensureFolder,
  hasCode,
  moveDurably,
  namesIn,
  openOrNull,
  readOrNull,
  statOrNull,
  sync,
  writeDurably,
} from '../../runtime/durable-files';
import { compareKeys, hiddenSegments, keyOfHidden, visibleSegments } from './key-path';
import { KeyedLock } from './keyed-lock';
import type { Layout } from './layout';
import { type ListCursor, listKeys, type ListQuery } from './list-keys';
import { S3Error } from './s3-error';

/** What is known of an object beside its bytes. */
export interface ObjectFacts {
  /** Without quotes. */
  readonly etag: string;
  /** Lower-case header names, given back as they came. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: Checksum;
  /** The multipart upload that it was made of. */
  readonly uploadId?: string;
}

export interface StoredObject extends ObjectFacts {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
}

export interface ObjectPage {
  readonly objects: readonly StoredObject[];
  readonly commonPrefixes: readonly string[];
  readonly nextToken?: string;
}

export class ObjectStore {
  private readonly locks = new KeyedLock();
  private lastStampMs = 0;

  constructor(
    private readonly layout: Layout,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the staged file the object; it is synced here. PreconditionFailed when `mustBeNew` and there is one already.
   */
  async put(
    bucket: string,
    key: string,
    staged: string,
    facts: ObjectFacts,
    options: { mustBeNew: boolean },
  ): Promise<void> {
    await this.locks.run(`${bucket}/${key}`, async () => {
      const old = await this.locate(bucket, key);
      if (old && options.mustBeNew) throw new S3Error('PreconditionFailed');
      const stamp = new Date(this.nextStampMs());
      await utimes(staged, stamp, stamp);
      await sync(staged);
      const stats = await statOrNull(staged);
      if (!stats) throw new S3Error('InternalError', 'A staged file has vanished.');
      const metaPath = this.metaPath(bucket, key, stats);
      await writeDurably(metaPath, JSON.stringify({ key, ...facts }), this.layout.newStaged());
      await this.place(bucket, key, staged);
      const oldMetaPath = old && this.metaPath(bucket, key, old.stats);
      if (oldMetaPath && oldMetaPath !== metaPath) await rm(oldMetaPath, { force: true });
    });
  }

  async find(bucket: string, key: string): Promise<StoredObject | null> {
    for (;;) {
      const found = await this.locate(bucket, key);
      if (!found) return null;
      const facts = await this.factsOf(bucket, key, found.stats);
      if (facts) return stored(key, found.stats, facts);
    }
  }

  /** The object and its bytes as they are now: what replaces or removes it later does not change them. Close the handle. */
  async open(bucket: string, key: string): Promise<{ object: StoredObject; handle: FileHandle } | null> {
    for (;;) {
      const found = await this.locate(bucket, key);
      const handle = found && (await openOrNull(found.path));
      if (!handle) return null;
      const stats = await handle.stat();
      const facts = await this.factsOf(bucket, key, stats);
      if (facts) return { object: stored(key, stats, facts), handle };
      await handle.close();
    }
  }

  /** Says nothing of whether it was there, as S3. Folders stay: an empty one is in nobody's way. */
  async remove(bucket: string, key: string): Promise<void> {
    await this.locks.run(`${bucket}/${key}`, async () => {
      const found = await this.locate(bucket, key);
      if (!found) return;
      await unlink(found.path);
      await sync(dirname(found.path));
      await rm(this.metaPath(bucket, key, found.stats), { force: true });
    });
  }

  async list(bucket: string, query: ListQuery): Promise<ObjectPage> {
    const { keys, commonPrefixes, nextToken } = await listKeys((cursor) => this.keys(bucket, query, cursor), query);
    const objects = await Promise.all(keys.map((key) => this.find(bucket, key)));
    return { objects: objects.filter((object) => object !== null), commonPrefixes, nextToken };
  }

  /** Epoch milliseconds, never the same twice: it is part of what ties headers to bytes. */
  private nextStampMs(): number {
    this.lastStampMs = Math.max(this.lastStampMs + 1, Math.floor(this.clock.wallMs()));
    return this.lastStampMs;
  }

  /** An object that is hidden stays so until it is removed; so no key is ever in both places. */
  private async locate(bucket: string, key: string): Promise<{ path: string; stats: Stats } | null> {
    for (const path of [this.hiddenPath(bucket, key), this.visiblePath(bucket, key)]) {
      const stats = path && (await statOrNull(path));
      if (stats && stats.isFile()) return { path, stats };
    }
    return null;
  }

  private visiblePath(bucket: string, key: string): string | null {
    const segments = visibleSegments(key);
    return segments && join(this.layout.bucket(bucket).visible, ...segments);
  }

  private hiddenPath(bucket: string, key: string): string {
    return join(this.layout.bucket(bucket).hidden, ...hiddenSegments(key));
  }

  /** In sight when the key is a safe path and no other object's key is a folder of it or lies below it. */
  private async place(bucket: string, key: string, staged: string): Promise<void> {
    const hidden = this.hiddenPath(bucket, key);
    const visible = this.visiblePath(bucket, key);
    if (visible && !(await statOrNull(hidden))) {
      try {
        return await this.placeAt(visible, staged);
      } catch (error) {
        if (!hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY')) throw error;
      }
    }
    await this.placeAt(hidden, staged);
  }

  private async placeAt(path: string, staged: string): Promise<void> {
    // One at a time, so that nobody relies on a folder that another call has made and not yet synced.
    await this.locks.run('/folders', () => ensureFolder(dirname(path)));
    await moveDurably(staged, path);
  }

  private metaPath(bucket: string, key: string, stats: Stats): string {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
    return join(this.layout.bucket(bucket).meta, `${name}.${stats.size}-${Math.round(stats.mtimeMs)}.json`);
  }

  /** Null when the file was replaced or removed meanwhile: look again. */
  private async factsOf(bucket: string, key: string, stats: Stats): Promise<ObjectFacts | null> {
    const text = await readOrNull(this.metaPath(bucket, key, stats));
    if (text !== null) return JSON.parse(text) as ObjectFacts;
    const now = await this.locate(bucket, key);
    return now && now.stats.ino === stats.ino && now.stats.mtimeMs === stats.mtimeMs ? plainFacts(stats) : null;
  }

  /** All keys behind the cursor that may start with the prefix, in order: those in sight merged with the hidden ones. */
  private async *keys(bucket: string, query: ListQuery, cursor: ListCursor): AsyncGenerator<string> {
    const { visible, hidden } = this.layout.bucket(bucket);
    const hiddenKeys = (await hiddenKeysIn(hidden, [])).sort(compareKeys);
    let next = 0;
    for await (const key of visibleKeysIn(visible, '', query.prefix, cursor)) {
      for (; next < hiddenKeys.length; next++) {
        const hiddenKey = hiddenKeys[next] ?? '';
        if (compareKeys(hiddenKey, key) >= 0) break;
        if (compareKeys(hiddenKey, cursor.after) > 0) yield hiddenKey;
      }
      yield key;
    }
    for (const key of hiddenKeys.slice(next)) if (compareKeys(key, cursor.after) > 0) yield key;
  }
}

const stored = (key: string, stats: Stats, facts: ObjectFacts): StoredObject => ({
  ...facts,
  key,
  sizeBytes: stats.size,
  lastModifiedMs: Math.round(stats.mtimeMs),
});

const plainFacts = (stats: Stats): ObjectFacts => ({
  etag: `${stats.size.toString(16)}-${Math.round(stats.mtimeMs).toString(16)}`,
  headers: { 'content-type': 'binary/octet-stream' },
});

/** Walks in the order of keys: a folder sorts as its name with `/`. Leaves out folders that the page cannot need. */
async function* visibleKeysIn(
  folder: string,
  folderKey: string,
  prefix: string,
  cursor: ListCursor,
): AsyncGenerator<string> {
  const isWanted = (key: string): boolean =>
    (key.startsWith(prefix) || prefix.startsWith(key)) &&
    (compareKeys(key, cursor.after) > 0 || cursor.after.startsWith(key)) &&
    !(cursor.skip !== null && key.startsWith(cursor.skip));
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  const keyed = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => ({ entry, key: folderKey + entry.name + (entry.isDirectory() ? '/' : '') }))
    .filter(({ entry }) => visibleSegments(entry.name) !== null)
    .sort((a, b) => compareKeys(a.key, b.key));
  for (const { entry, key } of keyed) {
    if (!isWanted(key)) continue;
    if (entry.isDirectory()) yield* visibleKeysIn(join(folder, entry.name), key, prefix, cursor);
    else if (compareKeys(key, cursor.after) > 0) yield key;
  }
}

async function hiddenKeysIn(folder: string, above: readonly string[]): Promise<string[]> {
  const keys: string[] = [];
  for (const name of await namesIn(folder)) {
    const segments = [...above, name];
    const key = keyOfHidden(segments);
    if (key !== null) keys.push(key);
    else keys.push(...(await hiddenKeysIn(join(folder, name), segments)));
  }
  return keys;
}
