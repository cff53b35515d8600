/**
 * Querystrings and form bodies as Snowplow reads them (snowplow-protocol 3.2): strict about characters, split at `&` and
 * `;`, `+` is a space. Raw non-ASCII text stays what it is.
 */
import { type Charset } from './charsets';
import { parseJavaUri } from './java-uri';

/** In the order in which they came, duplicates too. A name without `=` has the value null. Names are never empty as sent. */
export type NameValue = readonly [name: string, value: string | null];

/** `error` is Java's message; its last part is the text behind `http://localhost/?`. */
export type ParsedQuerystring = { ok: true; pairs: readonly NameValue[] } | { ok: false; error: string };

export function parseQuerystring(text: string, charset: Charset): ParsedQuerystring {
  if (text === '') return { ok: true, pairs: [] };
  const parsed = parseJavaUri(`http://localhost/?${text}`);
  if (!parsed.ok) return parsed;
  return { ok: true, pairs: splitQuery(parsed.uri.query ?? '', charset) };
}

/** For a query that the URI parser has accepted. */
export function splitQuery(query: string, charset: Charset): NameValue[] {
  const pairs: NameValue[] = [];
  for (const part of query.split(/[&;]/)) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (name === '') continue;
    pairs.push([decode(name, charset), equals < 0 ? null : decode(part.slice(equals + 1), charset)]);
  }
  return pairs;
}

/** The last of duplicates wins. */
export function toParameters(pairs: readonly NameValue[]): Map<string, string | null> {
  return new Map(pairs);
}

const asciiRun = /[\x00-\x7f]+/g;
const everyEscape = /%([0-9A-Fa-f]{2})/g;

/** What stands between raw non-ASCII characters is decoded as a whole, because a charset may use ASCII in its sequences. */
function decode(text: string, charset: Charset): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  return spaced.replace(asciiRun, (run) => (run.includes('%') ? charset(Buffer.from(unescape(run), 'latin1')) : run));
}

/** One character of the result is one byte. What is no escape stays. */
function unescape(run: string): string {
  return run.replace(everyEscape, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
