import { javaRegex } from './java-regex';

test.each<[string, string, string[], string[]]>([
  ['found anywhere', 'b+', ['abba'], ['aca']],
  ['shorthands are ASCII', '^\\w\\d\\s$', ['a1\t'], ['ü1 ', 'a٣ ', 'a1\u00a0']],
  ['negated shorthands', '^\\W\\D\\S$', ['üxx'], ['axx', 'ü1x', 'üx ']],
  ['horizontal and vertical space', '^\\h\\v\\H\\V$', ['\u00a0\u2028ab'], ['ab\u00a0\u2028']],
  ['the dollar allows one last line break', '^a$', ['a', 'a\n', 'a\r\n', 'a\u2028'], ['a\n\n', 'ab', 'a\n\r']],
  ['\\z does not', '\\Aa\\z', ['a'], ['a\n', 'ba']],
  ['\\Z does', 'a\\Z', ['a\n'], ['ab']],
  ['the dot does not match a next-line character', '^.$', ['x', '😀'], ['\u0085', '\n', '']],
  ['flags at the beginning', '(?is)^a.b$', ['A\nB'], ['AB']],
  ['multiline', '(?m)^b$', ['a\nb\nc'], ['ab']],
  ['POSIX classes', '^\\p{Lower}\\p{Upper}[\\p{Alpha}\\p{Digit}]\\p{Punct}\\P{Alnum}$', ['aZ9!-'], ['üZ9!-', 'aZ9!a']],
  [
    'Unicode properties',
    '^\\pL\\p{Lu}\\p{IsLatin}\\p{IsAlphabetic}\\p{javaLowerCase}\\p{script=Greek}$',
    ['éÉaßaα'],
    ['1Éaßaα'],
  ],
  ['a hyphen that is no range', '^[a-zA-Z0-9-_.]+$', ['a-b_c.d'], ['a/b', '']],
  ['a hyphen behind a shorthand', '^[\\w-.]+$', ['a-b.c'], ['a/b']],
  ['a hyphen at the end', '^[+-]$', ['+', '-'], [',']],
  ['a range of signs', '^[+--]$', ['+', ',', '-'], ['.']],
  ['a bracket first in a class', '^[]a]+$', [']a'], ['b']],
  ['a bracket first in a negated class', '^[^]]$', ['a'], [']']],
  ['classes within classes', '^[a-c[x-z]]+$', ['ax'], ['d']],
  ['intersections', '^[a-z&&[^aeiou]&&[^x]]+$', ['bcd'], ['a', 'x']],
  ['one ampersand is itself', '^[a&b]+$', ['a&b'], ['c']],
  ['escapes of signs', '^\\-\\_\\/\\@\\ \\"\\#[\\-\\]\\[]$', ['-_/@ "#]'], ['x']],
  ['escapes of characters', '^\\x41\\u0042\\x{1F600}\\ud83d\\ude00\\t\\e\\0101\\cA$', ['AB😀😀\t\u001bA\u0001'], []],
  ['quoted text', '^\\Qa.b(\\E[\\Q]-\\E]$', ['a.b(]', 'a.b(-'], ['axb(]']],
  ['literal braces and brackets', '^a}]$', ['a}]'], ['a']],
  ['counts', '^a{2}b{1,}c{0,1}?$', ['aab', 'aabbc'], ['ab']],
  ['groups and references by number', '^(a)(b)\\2\\1$', ['abba'], ['abab']],
  ['a reference and a digit behind it', '^(a)\\11$', ['aa1'], ['aa']],
  ['groups and references by name', '^(?<g>a|b)(?:x)(c)\\k<g>\\2$', ['axcac'], ['axcbc']],
  ['look around', '^(?=a)(?!ab)(?<=^)(?<!x)a', ['ac'], ['ab']],
  ['possessive: what is taken is kept', '^a*+a', [], ['aaa']],
  ['possessive: what is behind', '^(?:ab)++c{1}+$', ['ababc'], ['aba']],
  ['atomic groups', '^(?>a|ab)c', ['ac'], ['abc']],
  ['a group behind an atomic one', '^(?>x)(y)\\1$', ['xyy'], ['xyx']],
  ['line breaks', '^a\\Rb$', ['a\r\nb', 'a\nb', 'a\u2028b'], ['ab']],
  ['words', '\\bcat\\b', ['a cat.'], ['concat']],
  ['alternatives, also empty ones', '^(a||b)$', ['a', '', 'b'], ['c']],
])('%s: %s', (_name, source, found, notFound) => {
  const regex = javaRegex(source);
  for (const text of found) expect([text, regex.test(text)]).toEqual([text, true]);
  for (const text of notFound) expect([text, regex.test(text)]).toEqual([text, false]);
});

test.each([
  '(',
  ')',
  'a)',
  '[',
  '[a',
  '[]',
  '*a',
  '+',
  '?',
  '{',
  'a{',
  'a{,2}',
  '\\',
  '[\\',
  '\\y',
  '\\1',
  '(a)\\2',
  '\\k<x>',
  '(?<a>x)(?<a>y)',
  '\\p{Nonsense}',
  '\\p{constructor}',
  '\\p',
  '\\p{',
  '[z-a]',
  '[a-\\d]',
  '(?i:a)',
  'a(?i)b',
  '(?',
  '(?<',
  '(?<1>a)',
  '\\x',
  '\\u12',
  '\\0',
  '\\x{110000}',
  '\\G',
  '\\N{DIGIT ONE}',
  '\\b{g}',
  '\\p{InGreek}',
  '[a&&',
  '^*',
  '('.repeat(100_000),
  '['.repeat(100_000),
])('%s cannot be built', (source) => {
  expect(() => javaRegex(source)).toThrow(SyntaxError);
});

test('any text either is built or is a SyntaxError', () => {
  const pieces = [
    'a',
    '[',
    ']',
    '^',
    '-',
    '&&',
    '(',
    ')',
    '?',
    '<',
    '>',
    '=',
    '!',
    ':',
    '*',
    '+',
    '{',
    '}',
    '2',
    ',',
    '\\',
    'p',
    'Q',
    'E',
    '|',
    '.',
    '$',
    '😀',
    '\ud800',
    'k',
    'x',
  ];
  let state = 7;
  const next = (bound: number): number => (state = (state * 48271) % 2147483647) % bound;
  for (let i = 0; i < 5_000; i++) {
    const source = Array.from({ length: 1 + next(8) }, () => pieces[next(pieces.length)]).join('');
    try {
      javaRegex(source).test('aa');
    } catch (error) {
      expect([source, error instanceof SyntaxError]).toEqual([source, true]);
    }
  }
});
