import { parseProperties } from './properties-file';

const read = (text: string): [string, string][] =>
  parseProperties(text).properties.map(({ key, value }) => [key, value]);

describe('a .properties file, read as Java reads it', () => {
  it.each<[string, string, [string, string][]]>([
    ['with =', 'a=1', [['a', '1']]],
    ['with :', 'a:1', [['a', '1']]],
    ['with a blank', 'a 1', [['a', '1']]],
    ['with blanks around everything', ' \ta \f=\t 1', [['a', '1']]],
    ['with a blank and then a separator', 'a : 1', [['a', '1']]],
    ['with only the first separator as one', 'a = = b:c', [['a', '= b:c']]],
    ['with white space at the end of a value', 'a=1 \t', [['a', '1 \t']]],
    ['with a key alone', 'a', [['a', '']]],
    ['with nothing after the separator', 'a=', [['a', '']]],
    ['with an empty key', '=1', [['', '1']]],
    ['with comments', '# a=1\n  ! b=2\nc=3 # no comment', [['c', '3 # no comment']]],
    ['with empty lines', '\n \t\f\na=1\n\n', [['a', '1']]],
    ['with the line ends of all systems', 'a=1\r\nb=2\rc=3\n', [['a', '1'], ['b', '2'], ['c', '3']]], // prettier-ignore
    ['continued', 'a=1,\\\n   2,\\\r\n\t3', [['a', '1,2,3']]],
    ['continued in the key', 'lo\\\n  ng=1', [['long', '1']]],
    ['continued by what looks like a comment', 'a=1\\\n#2', [['a', '1#2']]],
    ['whose last line is continued', 'a=1\\', [['a', '1']]],
    ['not continued by an escaped backslash', 'a=1\\\\\nb=2', [['a', '1\\'], ['b', '2']]], // prettier-ignore
    ['with escaped separators', 'a\\=b\\:c\\ d=1', [['a=b:c d', '1']]],
    ['with escapes', 'a=\\t\\n\\r\\f|\\q|\\\\|\\#', [['a', '\t\n\r\f|q|\\|#']]],
    ['with Unicode', 'caf\\u00e9=\\u20AC\\u0041\\\\u0041', [['café', '€A\\u0041']]],
    ['with a key twice', 'a=1\na=2', [['a', '1'], ['a', '2']]], // prettier-ignore
    ['that is empty', '', []],
  ])('%s', (_what, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('says where each property stands, and every broken one', () => {
    const { properties, faults } = parseProperties('# one\na=1\\\n  2\nb=\\u12\nc=\\uXYZW\nd=\\\\u1');
    expect(properties).toEqual([
      { key: 'a', value: '12', line: 2 },
      { key: 'd', value: '\\u1', line: 6 },
    ]);
    expect(faults).toEqual(['line 4: \\u needs four hexadecimal digits', 'line 5: \\u needs four hexadecimal digits']);
  });
});
