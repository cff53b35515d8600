/**
 * One page of a listing: prefix, delimiter, where to go on. Pure over a source of keys in order; the object store walks
 * its folders for it and may look at the cursor to leave out whole folders.
 */
import { S3Error } from './s3-error';

export interface ListQuery {
  readonly prefix: string;
  /** '' for none. */
  readonly delimiter: string;
  readonly keysMax: number;
  /** Only keys behind this one. '' for all. */
  readonly startAfter: string;
  readonly token?: string;
}

/** What the page needs next: keys behind `after`, and none that start with `skip` (null: no such wish). */
export interface ListCursor {
  after: string;
  skip: string | null;
}

export interface ListPage {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  readonly nextToken?: string;
}

/** Throws S3Error InvalidArgument for a token that we did not give. */
export async function listKeys(
  keysInOrder: (cursor: ListCursor) => AsyncIterable<string>,
  query: ListQuery,
): Promise<ListPage> {
  const cursor: ListCursor = { after: query.startAfter, skip: null };
  if (query.token !== undefined) Object.assign(cursor, readToken(query.token));
  const keys: string[] = [];
  const commonPrefixes: string[] = [];
  if (query.keysMax === 0) return { keys, commonPrefixes };
  for await (const key of keysInOrder(cursor)) {
    if (!key.startsWith(query.prefix) || (cursor.skip !== null && key.startsWith(cursor.skip))) continue;
    if (keys.length + commonPrefixes.length === query.keysMax) {
      return { keys, commonPrefixes, nextToken: writeToken(cursor) };
    }
    const end = query.delimiter === '' ? -1 : key.indexOf(query.delimiter, query.prefix.length);
    if (end < 0) {
      keys.push(key);
    } else {
      cursor.skip = key.slice(0, end + query.delimiter.length);
      commonPrefixes.push(cursor.skip);
    }
    cursor.after = key;
  }
  return { keys, commonPrefixes };
}

const writeToken = (cursor: ListCursor): string =>
  Buffer.from(JSON.stringify([cursor.after, cursor.skip])).toString('base64url');

function readToken(token: string): ListCursor {
  const [after, skip] = parsed(Buffer.from(token, 'base64url').toString());
  if (typeof after !== 'string' || (skip !== null && typeof skip !== 'string')) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect.');
  }
  return { after, skip };
}

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch (cause) {
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
}
