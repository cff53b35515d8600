/**
 * Reads a Java `.properties` file as java.util.Properties does: comments (# and !), continued lines, the separators `=`, `:` and
 * white space, escapes. Pure; what the keys mean is none of its business.
 */

export interface Property {
  readonly key: string;
  /** White space at its end belongs to it, as in Java. */
  readonly value: string;
  /** Of the file, from 1: where the property begins. */
  readonly line: number;
}

export interface ParsedProperties {
  /** In the order of the file; a later one of the same key counts, as in Java. */
  readonly properties: readonly Property[];
  /** One sentence each: what Java would throw an IllegalArgumentException for. */
  readonly faults: readonly string[];
}

/** White space inside a line, in Java's sense here. */
const BLANK = /[ \t\f]/;

export function parseProperties(text: string): ParsedProperties {
  const properties: Property[] = [];
  const faults: string[] = [];
  for (const { line, content } of logicalLines(text)) {
    const keyEnd = endOfKey(content);
    const value = content.slice(keyEnd).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
    const [key, unescaped] = [unescape(content.slice(0, keyEnd)), unescape(value)];
    if (key === null || unescaped === null) faults.push(`line ${line}: \\u needs four hexadecimal digits`);
    else properties.push({ key, value: unescaped, line });
  }
  return { properties, faults };
}

/** Lines without comments and empty ones, what is continued put together, the blanks at their beginning gone. */
function* logicalLines(text: string): Generator<{ readonly line: number; readonly content: string }> {
  let open = '';
  let isOpen = false;
  let begin = 0;
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.replace(/^[ \t\f]+/, '');
    if (!isOpen) {
      if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
      begin = index + 1;
    }
    const backslashes = /\\*$/.exec(line)?.[0].length ?? 0;
    isOpen = backslashes % 2 === 1;
    open += isOpen ? line.slice(0, -1) : line;
    if (isOpen) continue;
    if (open !== '') yield { line: begin, content: open };
    open = '';
  }
  if (open !== '') yield { line: begin, content: open };
}

/** The first separator that no backslash takes away. */
function endOfKey(content: string): number {
  for (let at = 0; at < content.length; at++) {
    const character = content[at] as string;
    if (character === '\\') at++;
    else if (character === '=' || character === ':' || BLANK.test(character)) return at;
  }
  return content.length;
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/** Null for a broken `\u`. Any other character after a backslash stands for itself. */
function unescape(text: string): string | null {
  if (/(?<!\\)(\\\\)*\\u(?![0-9a-fA-F]{4})/.test(text)) return null;
  return text.replace(/\\(u([0-9a-fA-F]{4})|.)/gs, (_all, character: string, hex: string | undefined) =>
    hex === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(parseInt(hex, 16)),
  );
}
