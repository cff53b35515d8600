/**
 * JSON whose numbers keep their text and whose keys keep their order: `1.0`, `12345678901234567890` and `1E400` leave as
 * they came. Everything that reads or writes event data uses it; JSON.parse would lose digits. Strict (RFC 8259), and safe
 * on hostile text: never throws, never deeper than a bound. Lone surrogates stay in values; who prints a line decides.
 */

/** A number as it was written. The text is a valid JSON number. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** Keys in the order in which they first came; of a key that came twice, the last value. */
export type JsonObject = ReadonlyMap<string, Json>;
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

/** `error` is a sentence of ours, without text of the input beyond one character. */
export type ParsedJson = { ok: true; value: Json } | { ok: false; error: string };

export const isJsonObject = (value: Json | undefined): value is JsonObject => value instanceof Map;
export const isJsonArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Levels of arrays and objects that are read unless the caller says otherwise (Snowplow's `validation.maxJsonDepth`). */
const depthMaxDefault = 50;
/** What a caller may ask for at most: the reader recurses, and this is far from the end of Node's stack. */
const depthMaxLimit = 1000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** What a string holds up to its end, an escape or a fault: always matches. */
const plainRun = /[^"\\\x00-\x1f]*/y;
const hexPattern = /^[0-9a-fA-F]{4}$/;
const shortEscapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** One pass over one text. Every method returns undefined after the first fault, which stands in `error`. */
class JsonReader {
  error = '';
  private at = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly depthMax: number,
  ) {}

  document(): Json | undefined {
    const value = this.value();
    if (value === undefined) return undefined;
    return Number.isNaN(this.peek()) ? value : this.unexpected();
  }

  private value(): Json | undefined {
    switch (this.peek()) {
      case QUOTE:
        return this.string();
      case OPEN_BRACE:
        return this.enter() ? this.object() : undefined;
      case OPEN_BRACKET:
        return this.enter() ? this.array() : undefined;
      case 0x74:
        return this.literal('true', true);
      case 0x66:
        return this.literal('false', false);
      case 0x6e:
        return this.literal('null', null);
      default:
        return this.number();
    }
  }

  /** The next character that is no blank (it is not consumed); NaN at the end of the text. */
  private peek(): number {
    let code = this.text.charCodeAt(this.at);
    while (code === SPACE || code === 0x0a || code === 0x0d || code === 0x09) code = this.text.charCodeAt(++this.at);
    return code;
  }

  private enter(): boolean {
    this.at++;
    if (this.depth++ < this.depthMax) return true;
    this.fail(`nested deeper than ${this.depthMax} levels`);
    return false;
  }

  private leave<T extends Json>(value: T): T {
    this.at++;
    this.depth--;
    return value;
  }

  private object(): JsonObject | undefined {
    const members = new Map<string, Json>();
    if (this.peek() === CLOSE_BRACE) return this.leave(members);
    for (;;) {
      if (this.peek() !== QUOTE) return this.unexpected();
      const key = this.string();
      if (key === undefined) return undefined;
      if (this.peek() !== COLON) return this.unexpected();
      this.at++;
      const value = this.value();
      if (value === undefined) return undefined;
      members.set(key, value);
      const next = this.peek();
      if (next === CLOSE_BRACE) return this.leave(members);
      if (next !== COMMA) return this.unexpected();
      this.at++;
    }
  }

  private array(): readonly Json[] | undefined {
    const items: Json[] = [];
    if (this.peek() === CLOSE_BRACKET) return this.leave(items);
    for (;;) {
      const value = this.value();
      if (value === undefined) return undefined;
      items.push(value);
      const next = this.peek();
      if (next === CLOSE_BRACKET) return this.leave(items);
      if (next !== COMMA) return this.unexpected();
      this.at++;
    }
  }

  /** Most strings have no escape: then the value is one slice. */
  private string(): string | undefined {
    const { text } = this;
    let value = '';
    let start = ++this.at;
    for (;;) {
      plainRun.lastIndex = this.at;
      plainRun.test(text);
      this.at = plainRun.lastIndex;
      const code = text.charCodeAt(this.at);
      if (code === QUOTE) {
        const last = text.slice(start, this.at++);
        return value === '' ? last : value + last;
      }
      if (code !== BACKSLASH) return this.unexpected();
      const escaped = this.escape(this.at);
      if (escaped === undefined) return undefined;
      value += text.slice(start, this.at) + escaped;
      this.at += text[this.at + 1] === 'u' ? 6 : 2;
      start = this.at;
    }
  }

  /** The character that the escape at this backslash stands for. */
  private escape(backslash: number): string | undefined {
    const letter = this.text[backslash + 1];
    if (letter === undefined) return this.fail('exhausted input');
    if (letter !== 'u') return shortEscapes[letter] ?? this.fail(`invalid escape at offset ${backslash}`);
    const hex = this.text.slice(backslash + 2, backslash + 6);
    if (!hexPattern.test(hex)) return this.fail(`invalid escape at offset ${backslash}`);
    return String.fromCharCode(parseInt(hex, 16));
  }

  private number(): JsonNumber | undefined {
    numberPattern.lastIndex = this.at;
    if (!numberPattern.test(this.text)) return this.unexpected();
    const start = this.at;
    this.at = numberPattern.lastIndex;
    return new JsonNumber(this.text.slice(start, this.at));
  }

  private literal<T extends Json>(word: string, value: T): T | undefined {
    if (!this.text.startsWith(word, this.at)) return this.unexpected();
    this.at += word.length;
    return value;
  }

  private unexpected(): undefined {
    const code = this.text.codePointAt(this.at);
    if (code === undefined) return this.fail('exhausted input');
    const shown =
      code > 0x20 && code < 0x7f ? `'${String.fromCharCode(code)}'` : `U+${code.toString(16).padStart(4, '0')}`;
    return this.fail(`unexpected ${shown} at offset ${this.at}`);
  }

  private fail(error: string): undefined {
    this.error = error;
    return undefined;
  }
}

/**
 * Reads one JSON text. `depthMax` bounds the levels of arrays and objects (1 to 1,000, default 50): deeper text is an error.
 * The empty text and a text that ends early are `exhausted input`; offsets in errors count UTF-16 units.
 */
export function parseJson(text: string, options: { depthMax?: number } = {}): ParsedJson {
  const reader = new JsonReader(text, Math.min(options.depthMax ?? depthMaxDefault, depthMaxLimit));
  const value = reader.document();
  return value === undefined ? { ok: false, error: reader.error } : { ok: true, value };
}

/** Compact: no blanks, keys in order, numbers as written, non-ASCII and `/` unescaped, lone surrogates as they are. */
export function printJson(value: Json): string {
  if (typeof value === 'string') return quoteJson(value);
  if (value instanceof JsonNumber) return value.text;
  if (isJsonArray(value)) return `[${value.map(printJson).join(',')}]`;
  if (isJsonObject(value)) {
    let members = '';
    for (const [key, member] of value) members += `${members === '' ? '' : ','}${quoteJson(key)}:${printJson(member)}`;
    return `{${members}}`;
  }
  return String(value);
}

// As circe prints (snowplow-protocol 4.8): the controls of JSON, and also U+007F to U+009F, which some line readers break at.
const escaped = /["\\\u0000-\u001f\u007f-\u009f]/;
const everyEscaped = new RegExp(escaped, 'g');
const letterOf: Record<string, string> = Object.fromEntries(
  Object.entries(shortEscapes).map(([letter, character]) => [character, letter]),
);

/** A JSON string with its quotes. Lone surrogates stay as they are. */
export function quoteJson(text: string): string {
  return escaped.test(text) ? `"${text.replace(everyEscaped, escapeOf)}"` : `"${text}"`;
}

function escapeOf(character: string): string {
  return `\\${letterOf[character] ?? `u${character.charCodeAt(0).toString(16).padStart(4, '0')}`}`;
}

/**
 * Plain values as Json: numbers as JavaScript prints them (a number that is not finite is null), properties that are
 * undefined are left out, what is Json already stays. What JSON has no form for (a function) is null. Not for cycles.
 */
export function jsonOf(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'boolean' || value instanceof JsonNumber) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? new JsonNumber(JSON.stringify(value)) : null;
  if (typeof value === 'bigint') return new JsonNumber(value.toString());
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== 'object' || value === null) return null;
  const members: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  const object = new Map<string, Json>();
  for (const [key, member] of members) if (member !== undefined) object.set(String(key), jsonOf(member));
  return object;
}
