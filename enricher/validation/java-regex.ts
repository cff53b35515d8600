/**
 * Regular expressions of schemas: written for java.util.regex, run by JavaScript's engine. Each construct becomes one that
 * matches the same (in `v` mode, whose classes nest and intersect as Java's do). What has no counterpart is a SyntaxError:
 * a schema that holds it is invalid rather than wrong. Reference: the class java.util.regex.Pattern.
 */

import { escapedSets, propertySet } from './java-character-sets';

const DOT = '[^\\n\\r\\x85\\u2028\\u2029]';
/** `$` and `\Z` without MULTILINE: the end, or before a line terminator that ends the input. */
const END = '(?:(?![^])|(?=(?:\\r\\n|[\\r\\x85\\u2028\\u2029])(?![^]))|(?<!\\r)(?=\\n(?![^])))';

/** Groups and classes inside each other: the translator recurses. */
const depthMax = 100;

const escapedCharacters: Record<string, number> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 };
const anchors: Record<string, string> = {
  b: '\\b',
  B: '\\B',
  A: '(?<![^])',
  z: '(?![^])',
  Z: END,
  R: `(?:\\r\\n|${escapedSets.v})`,
};

/** A regular expression that finds what Java's would (search with `test`: Java's `find`, not anchored). Throws SyntaxError. */
export function javaRegex(source: string): RegExp {
  const { flags, rest } = leadingFlags(source);
  return new RegExp(new Translator(rest, flags).translate(), `v${flags.replace('s', '')}`);
}

/** `(?i)`, `(?s)`, `(?m)` at the beginning. JavaScript cannot switch a flag halfway. */
function leadingFlags(source: string): { flags: string; rest: string } {
  const [all = '', flags = ''] = /^\(\?([ismu]+)\)/.exec(source) ?? [];
  return { flags: [...new Set(flags.replace('u', ''))].join(''), rest: source.slice(all.length) };
}

class Translator {
  private at = 0;
  /** JavaScript names of the groups by Java's number; every group gets one, for we add groups of our own. */
  private readonly groups: string[] = [];
  private added = 0;
  private depth = 0;

  constructor(
    private readonly source: string,
    private readonly flags: string,
  ) {}

  translate(): string {
    const translated = this.alternatives();
    if (this.at < this.source.length) throw this.fault('unmatched )');
    return translated;
  }

  private alternatives(): string {
    let out = '';
    for (let next = this.peek(); next !== '' && next !== ')'; next = this.peek()) {
      if (next === '|') out += this.take();
      else out += this.quantified(this.atom());
    }
    return out;
  }

  private quantified(atom: string): string {
    let out = atom;
    for (;;) {
      const quantifier = this.match(/[*+?]|\{[0-9]+(?:,[0-9]*)?\}/y);
      if (quantifier === '') return out;
      out = out === atom ? out : `(?:${out})`;
      if (this.match(/\+/y) !== '') out = this.atomic(out + quantifier);
      else out += quantifier + this.match(/\?/y);
    }
  }

  /** No way back into it once it has matched: a lookahead keeps its first match, the reference takes it. */
  private atomic(inner: string): string {
    const name = `a${this.added++}`;
    return `(?:(?=(?<${name}>${inner}))\\k<${name}>)`;
  }

  private atom(): string {
    const character = this.take();
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return this.characterClass();
      case '\\':
        return this.escapeOutside();
      case '.':
        return this.flags.includes('s') ? '[^]' : DOT;
      case '^':
        return '^';
      case '$':
        return this.flags.includes('m') ? '$' : END;
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.fault(`nothing to repeat before ${character}`);
      default:
        return literal(character.codePointAt(0) as number);
    }
  }

  private group(): string {
    this.enter();
    const opened = this.match(/\?(?:[:=!>]|<[=!])|\?<[a-zA-Z][a-zA-Z0-9]*>/y);
    if (opened === '' && this.peek() === '?') throw this.fault('flags inside an expression are not supported');
    let opening = opened;
    if (opened === '' || /^\?<[a-zA-Z]/.test(opened)) {
      const name = opened === '' ? `g${this.groups.length + 1}` : `n${opened.slice(2, -1)}`;
      this.groups.push(name);
      opening = `?<${name}>`;
    }
    const inner = this.alternatives();
    if (this.take() !== ')') throw this.fault('unclosed group');
    this.depth--;
    return opened === '?>' ? this.atomic(inner) : `(${opening}${inner})`;
  }

  private escapeOutside(): string {
    if (this.match(/Q/y) !== '') return [...this.quoted()].map((one) => literal(one.codePointAt(0) as number)).join('');
    const reference = this.match(/[1-9]|k<[a-zA-Z][a-zA-Z0-9]*>/y);
    if (reference !== '') return this.backReference(reference);
    const anchor = this.match(/[bB](?!\{)|[AzZR]/y);
    if (anchor !== '') return anchors[anchor] as string;
    const meant = this.escape();
    return typeof meant === 'string' ? meant : literal(meant);
  }

  private backReference(reference: string): string {
    if (reference.startsWith('k')) return `\\k<n${reference.slice(2, -1)}>`;
    let number = Number(reference);
    // Java takes further digits as long as there is such a group.
    for (let digit = this.match(/[0-9]/y); digit !== ''; digit = this.match(/[0-9]/y)) {
      if (number * 10 + Number(digit) > this.groups.length) {
        this.at--;
        break;
      }
      number = number * 10 + Number(digit);
    }
    const name = this.groups[number - 1];
    if (name === undefined) throw this.fault(`no group ${number}`);
    return `\\k<${name}>`;
  }

  /** What stands after a backslash, inside a class or not: a set in `v` mode syntax, or one code point. */
  private escape(): string | number {
    const letter = this.take();
    const set = escapedSets[letter];
    if (set !== undefined) return set;
    if (letter === 'p' || letter === 'P') return this.property(letter === 'P');
    if (letter === 'x') return this.hex(/[0-9a-fA-F]{2}|\{[0-9a-fA-F]+\}/y);
    if (letter === 'u') return this.hex(/[0-9a-fA-F]{4}/y);
    if (letter === '0') return parseInt(this.match(/[0-3]?[0-7]{1,2}/y) || this.no('octal digits'), 8);
    if (letter === 'c') return this.take().charCodeAt(0) ^ 64;
    const character = escapedCharacters[letter];
    if (character !== undefined) return character;
    if (letter === '' || /[a-zA-Z0-9]/.test(letter)) throw this.fault(`unknown escape \\${letter}`);
    return letter.codePointAt(0) as number;
  }

  private hex(digits: RegExp): number {
    const code = parseInt((this.match(digits) || this.no('hexadecimal digits')).replace(/[{}]/g, ''), 16);
    if (code > 0x10ffff) throw this.fault('no such code point');
    const low = code >= 0xd800 && code < 0xdc00 ? /^\\u(d[c-f][0-9a-f]{2})/i.exec(this.source.slice(this.at)) : null;
    if (low === null) return code;
    this.at += low[0].length; // two escapes of one code point
    return 0x10000 + ((code - 0xd800) << 10) + (parseInt(low[1] as string, 16) - 0xdc00);
  }

  private property(negated: boolean): string {
    const name = (this.match(/[a-zA-Z]|\{[a-zA-Z0-9_=^]+\}/y) || this.no('a property')).replace(/[{}]/g, '');
    const set = propertySet(name);
    if (set === null) throw this.fault(`unknown property ${name}`);
    return negated ? `[^${set}]` : set;
  }

  private characterClass(): string {
    this.enter();
    const negation = this.match(/\^/y);
    const operands = [''];
    for (let first = true; ; first = false) {
      const character = this.take();
      if (character === '') throw this.fault('unclosed class');
      if (character === ']' && !first) break;
      if (character === '&' && this.match(/&+/y) !== '') operands.push('');
      else operands[operands.length - 1] += this.classItem(character);
    }
    this.depth--;
    const [only = '', ...others] = operands.filter((operand) => operand !== '');
    return others.length === 0
      ? `[${negation}${only}]`
      : `[${negation}${[only, ...others].map((operand) => `[${operand}]`).join('&&')}]`;
  }

  private classItem(character: string): string {
    if (character === '[') return this.characterClass();
    if (character === '\\' && this.match(/Q/y) !== '')
      return [...this.quoted()].map((one) => literal(one.codePointAt(0) as number)).join('');
    const from = character === '\\' ? this.escape() : (character.codePointAt(0) as number);
    if (typeof from === 'string') return from;
    // A hyphen is a range unless the class ends or another begins behind it.
    if (this.match(/-(?![\][])/y) === '') return literal(from);
    const end = this.take();
    const to = end === '\\' ? this.escape() : end.codePointAt(0);
    if (typeof to !== 'number' || to < from) throw this.fault('illegal range');
    return `${literal(from)}-${literal(to)}`;
  }

  /** The text up to `\E`, or to the end. */
  private quoted(): string {
    const end = this.source.indexOf('\\E', this.at);
    const text = this.source.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.source.length : end + 2;
    return text;
  }

  private enter(): void {
    if (this.depth++ >= depthMax) throw this.fault('nested too deeply');
  }

  private peek(): string {
    return this.source[this.at] ?? '';
  }

  /** The next code point, or the empty text at the end. */
  private take(): string {
    const code = this.source.codePointAt(this.at);
    if (code === undefined) return '';
    const character = String.fromCodePoint(code);
    this.at += character.length;
    return character;
  }

  /** What the sticky expression matches here, consumed; else the empty text. */
  private match(sticky: RegExp): string {
    sticky.lastIndex = this.at;
    const [found = ''] = sticky.exec(this.source) ?? [];
    this.at += found.length;
    return found;
  }

  private no(what: string): never {
    throw this.fault(`${what} missing`);
  }

  private fault(reason: string): SyntaxError {
    return new SyntaxError(`${reason} at offset ${this.at}`);
  }
}

/** One code point that means itself, inside a class and outside. */
function literal(code: number): string {
  const character = String.fromCodePoint(code);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const isPlain = code > 0x7f ? !isSurrogate : /[a-zA-Z0-9 _]/.test(character);
  return isPlain ? character : `\\u{${code.toString(16)}}`;
}
