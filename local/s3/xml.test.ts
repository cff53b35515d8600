import { childText, parseXml, printXml } from './xml';

test.each(['plain', '<&>"\'', 'a\r\nb', '\u0001\u001f\uffff', '日本😀', ' spaces '])(
  '%j is read as it was printed',
  (text) => {
    const root = parseXml(printXml(['Root', [['Key', text], undefined, ['Count', 3], ['Is', true]]]));
    expect(root && [childText(root, 'Key'), childText(root, 'Count'), childText(root, 'Is')]).toEqual([
      text,
      '3',
      'true',
    ]);
  },
);

test('attributes, comments and the declaration are skipped; an empty element has no text', () => {
  const root = parseXml('<?xml version="1.0"?>\n<!-- a <b> -->\n<A xmlns="x:y" b=\'c\'><B/>t<C x="1" /></A>\n');
  expect(root).toMatchObject({ name: 'A', text: 't', children: [{ name: 'B' }, { name: 'C' }] });
});

test.each([
  [''],
  ['text'],
  ['<a>'],
  ['</a>'],
  ['<a></b>'],
  ['<a/><b/>'],
  ['<a>&unknown;</a>'],
  ['<a>& </a>'],
  ['<a>&#x110000;</a>'],
  ['<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
  ['<a><![CDATA[x]]></a>'],
  ['<a'],
  ['<a>'.repeat(17) + '</a>'.repeat(17)],
  ['<a '.repeat(50_000)],
])('%.40j is refused', (text) => {
  expect(parseXml(text)).toBeNull();
});
