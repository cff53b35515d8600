import { decodeUtf8 } from '../protocol/java-utf8';
import { charsetOf } from './charsets';
import { parseQuerystring, splitQuery, toParameters } from './querystring';

describe('parseQuerystring', () => {
  it.each<[string, [string, string | null][]]>([
    ['', []],
    ['&;&', []],
    [
      'a=1&b=2;c=3',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['page=a+b%2Bc', [['page', 'a b+c']]],
    ['abc', [['abc', null]]],
    ['abc=', [['abc', '']]],
    ['=x&a==b', [['a', '=b']]],
    ['%70=%e6%97%a5', [['p', '日']]],
    ['a=1#b=2', [['a', '1']]],
    ['日=ü%41%C3%BC+', [['日', 'üAü ']]],
    ['a=%E9', [['a', '\ufffd']]],
  ])('reads %j', (text, pairs) => expect(parseQuerystring(text, decodeUtf8)).toEqual({ ok: true, pairs }));

  it.each(['a|b', 'a b', '"', '{', '<', '\\', '^', '`', '\n', '\u0000', '\u0085', '\u00a0', '\u2028', '%zz', '%'])(
    'refuses %j',
    (text) => expect(parseQuerystring(text, decodeUtf8).ok).toBe(false),
  );

  it('says where, counted from the start of the URI that Java would read', () => {
    const error = 'Illegal character in query at index 20: http://localhost/?a=|';
    expect(parseQuerystring('a=|', decodeUtf8)).toEqual({ ok: false, error });
  });

  it('decodes escapes in the charset of the payload', () => {
    const latin1 = charsetOf('ISO-8859-1') ?? decodeUtf8;
    expect(splitQuery('page=%E9é', latin1)).toEqual([['page', 'éé']]);
    const japanese = charsetOf('Shift_JIS') ?? decodeUtf8;
    expect(splitQuery('page=%83A', japanese)).toEqual([['page', 'ア']]); // the second byte of the character is ASCII
  });

  it('reads a megabyte in little time', () => {
    const text = `%41é${'a'.repeat(1_000_000)}`;
    expect(splitQuery(text, decodeUtf8)).toEqual([[`Aé${'a'.repeat(1_000_000)}`, null]]);
  });
});

describe('toParameters', () => {
  it('lets the last of duplicates win', () =>
    expect([
      ...toParameters([
        ['a', '1'],
        ['b', null],
        ['a', '2'],
      ]),
    ]).toEqual([
      ['a', '2'],
      ['b', null],
    ]));
});
