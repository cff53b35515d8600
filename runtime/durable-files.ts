/**
 * Files that survive a kill and a power cut: written beside, synced, renamed, and the folder synced too. Used by the stores of
 * the local S3 and by the mirror of schemas; knows nothing of buckets, keys and schemas.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Stats } from 'node:fs';

/** Whether the error is a file system's with one of these codes. */
export const hasCode = (error: unknown, ...codes: string[]): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));

/** The answer, or null when there is no such file (also when what should be a folder above it is a file). */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** Null when there is no such file. */
export const statOrNull = (path: string): Promise<Stats | null> => orNull(stat(path));

/** To read from. */
export const openOrNull = (path: string): Promise<FileHandle | null> => orNull(open(path, 'r'));

/** The names in a folder; none when it is not there. */
export const namesIn = async (folder: string): Promise<string[]> => (await orNull(readdir(folder))) ?? [];

/** As UTF-8; null when there is no such file. */
export const readOrNull = (path: string): Promise<string | null> => orNull(readFile(path, 'utf8'));

/** Puts a file's bytes, or a folder's names, on the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder (an absolute path) and those above it, and puts their names on the disk up to the first that was there. */
export async function ensureFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let path = folder; path.length >= first.length; path = dirname(path)) await sync(dirname(path));
}

/** Moves a synced file or folder to its place, at once and for good. The folder must be there. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await sync(dirname(to));
}

/** Writes or replaces a small file; `staging` is a path on the same file system that nobody else uses. */
export async function writeDurably(path: string, content: string | Uint8Array, staging: string): Promise<void> {
  const handle = await open(staging, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await moveDurably(staging, path);
}
