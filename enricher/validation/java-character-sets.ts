/**
 * The named sets of characters in java.util.regex, in the syntax of JavaScript's `v` mode. For java-regex.ts.
 */

const HORIZONTAL = '[\\t \\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]';
const VERTICAL = '[\\n-\\r\\x85\\u2028\\u2029]';

/** Sets by their escape. JavaScript's \w and \d are ASCII as Java's; its \s is not. */
export const escapedSets: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[a-zA-Z_0-9]',
  W: '[^a-zA-Z_0-9]',
  s: '[\\t-\\r ]',
  S: '[^\\t-\\r ]',
  h: HORIZONTAL,
  H: `[^${HORIZONTAL}]`,
  v: VERTICAL,
  V: `[^${VERTICAL}]`,
};

/** `\p{Lower}` and its like are ASCII in Java; the `java` ones ask java.lang.Character. */
const namedSets: Record<string, string> = {
  Lower: '[a-z]',
  Upper: '[A-Z]',
  ASCII: '[\\x00-\\x7f]',
  Alpha: '[a-zA-Z]',
  Digit: '[0-9]',
  Alnum: '[a-zA-Z0-9]',
  Punct: '[\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e]',
  Graph: '[\\x21-\\x7e]',
  Print: '[\\x20-\\x7e]',
  Blank: '[\\t ]',
  Cntrl: '[\\x00-\\x1f\\x7f]',
  XDigit: '[0-9a-fA-F]',
  Space: '[\\t-\\r ]',
  javaLowerCase: '\\p{Lowercase}',
  javaUpperCase: '\\p{Uppercase}',
  javaAlphabetic: '\\p{Alphabetic}',
  IsPunctuation: '\\p{P}',
  IsLetter: '\\p{L}',
  IsDigit: '\\p{Nd}',
  IsControl: '\\p{Cc}',
};

/** What `\p{name}` stands for; null when there is no such set. */
export const propertySet = (name: string): string | null =>
  Object.hasOwn(namedSets, name) ? (namedSets[name] as string) : unicodeSet(name);

/** Java: `L`, `Lu`, `IsLatin`, `IsAlphabetic`, `script=Latin`, `gc=Lu`. Blocks (`InGreek`) are unknown to JavaScript. */
function unicodeSet(name: string): string | null {
  const [, bare = name] = /^(?:Is|gc=|general_category=|sc=|script=)(.+)$/.exec(name) ?? [];
  const candidates = [`\\p{${bare}}`, `\\p{Script=${bare}}`];
  return candidates.find(isRegex) ?? null;
}

function isRegex(source: string): boolean {
  try {
    return new RegExp(source, 'v') !== undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
