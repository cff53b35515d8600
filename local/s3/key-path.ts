/**
 * Where a key lies on the disk. A plain key is a path below its bucket's folder, so that zcat and DuckDB find it; any
 * other key (`..`, empty segments, control or non-ASCII characters, ...) gets an encoded path in the hidden folder.
 * Pure, and the only place that makes a path of what a client sent: no result ever holds `.`, `..`, `/` or NUL.
 */

/** A file name's limit on the usual file systems, bytes. */
const segmentBytesMax = 255;
/** Length of each folder of an encoded key; 1024 bytes of key make 7 of them. */
const encodedSegmentLength = 200;
const encodedEnd = '.object';

/** The path segments of a key that may lie in sight; null when it must be hidden. */
export function visibleSegments(key: string): string[] | null {
  const segments = key.split('/');
  return segments.every(isPlain) ? segments : null;
}

/** Printable ASCII but the backslash: names that every file system keeps as they are. */
const isPlain = (segment: string): boolean =>
  /^[\x20-\x5b\x5d-\x7e]+$/.test(segment) && segment !== '.' && segment !== '..' && segment.length <= segmentBytesMax;

/** The encoded path of any key. The last segment ends in `.object`, so that no file is ever a folder of another. */
export function hiddenSegments(key: string): string[] {
  const encoded = Buffer.from(key, 'utf8').toString('base64url');
  const segments = encoded.match(new RegExp(`.{1,${encodedSegmentLength}}`, 'g')) ?? [''];
  return segments.map((segment, index) => (index === segments.length - 1 ? segment + encodedEnd : segment));
}

/** The key of an encoded path; null when it is none. */
export function keyOfHidden(segments: readonly string[]): string | null {
  const path = segments.join('');
  if (!path.endsWith(encodedEnd)) return null;
  const key = Buffer.from(path.slice(0, -encodedEnd.length), 'base64url').toString('utf8');
  return hiddenSegments(key).join('/') === segments.join('/') ? key : null;
}

/** S3's order of keys: by their UTF-8 bytes. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
