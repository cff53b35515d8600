import { formats } from './formats';

const uuid = '6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11';
const v6 = '2001:db8:0:0:0:0:0:1';

test.each<[string, string[], string[]]>([
  [
    'uuid',
    [uuid, uuid.toUpperCase()],
    ['', 'x', `${uuid}0`, `{${uuid}}`, uuid.replaceAll('-', ''), ` ${uuid}`, `${uuid}\n`],
  ],
  [
    'date',
    ['2024-02-29', '0000-01-01', '9999-12-31'],
    ['2023-02-29', '1900-02-29', '2023-13-01', '2023-00-10', '2023-04-31', '2023-1-1', '20230101', '2023-01-01T'],
  ],
  [
    'date-time',
    [
      '2023-11-14T10:00:00Z',
      '2023-11-14t10:00:00z',
      '2023-11-14T10:00:00.Z',
      '2023-11-14T10:00:00.123456789+01:00',
      '2023-11-14T23:59:59-18:00',
      '2023-11-14T10:00:00+00:00',
      '2016-12-31T23:59:60Z',
      '2017-01-01T01:59:60+02:00',
    ],
    [
      '2023-11-14T10:00Z',
      '2023-11-14 10:00:00Z',
      '2023-11-14T10:00:00',
      '2023-02-30T10:00:00Z',
      '2023-11-14T24:00:00Z',
      '2023-11-14T10:60:00Z',
      '2023-11-14T10:00:00+0100',
      '2023-11-14T10:00:00-00:00',
      '2023-11-14T10:00:00.1234567890Z',
      '2023-11-14T10:00:00+18:01',
      '2023-11-14T10:00:00+01:60',
      '2015-12-31T23:59:60Z',
      '2016-12-31T23:59:61Z',
      '1700000000',
    ],
  ],
  ['duration', ['P1D', 'PT5S', 'P1Y2M3W4DT5H6M7.5S', 'P2W'], ['P', 'PT', 'P1DT', 'x', '1D', 'P1H', 'P-1D']],
  [
    'email',
    [
      'a@b.com',
      'a.b+c@sub.example.de',
      '"a b"@c.com',
      'ü@b.com',
      'a@b.xn--p1ai',
      'a@b.рф',
      'a@bücher.de',
      "o'neil@x.org",
      'a@[192.0.2.1]',
      'a@[::1]',
      'a@B.COM',
      `${'u'.repeat(64)}@b.com`,
    ],
    [
      '',
      'a',
      '@b.com',
      'a@',
      'a@b.test',
      'a@localhost',
      'a@com',
      'a b@c.com',
      '.a@b.com',
      'a.@b.com',
      'a@b.com.',
      'a@-b.com',
      'a@b_c.com',
      'a@b..com',
      'a@b.onion',
      'a@[192.0.2.256]',
      'a@%62.com',
      `${'u'.repeat(65)}@b.com`,
      `a@${'b.'.repeat(130)}com`,
      'a@b.com\n',
    ],
  ],
  ['time', ['10:00:00', '99:99:99.123'], ['10:00', '10:00:00Z', '10:00:00\n']],
  ['ipv4', ['0.0.0.0', '255.255.255.255'], ['256.1.1.1', '01.1.1.1', '1.1.1', '1.1.1.1.', ' 1.1.1.1']],
  ['ip-address', ['192.0.2.1'], ['::1']],
  [
    'ipv6',
    ['::', '::1', v6, '1::8', '::ffff:192.0.2.1', '2001:db8::', 'FE80::1'],
    ['', ':', '1:::2', `${v6}:9`, ' ::1', '::1 ', 'fe80::1%eth0', '::ffff:256.0.0.1', 'g::'],
  ],
  ['hostname', ['a', 'a-b.c1', 'A'.repeat(63)], ['', '-a', 'a-', 'a..b', 'a_b', 'a.', 'A'.repeat(64)]],
  [
    'uri',
    [
      'http://a.b/c?d=e/f#g?h',
      'a:',
      'mailto:a@b',
      'http://u:p@h:80/x',
      'http://[::1]:8080/x',
      'http://u@[::1]',
      'x://a:b:c',
      'urn:x:%zz',
      'http://h?q',
      'http://h#f',
      'a://b/c@d',
      'a://[]x',
      'http://u[@h',
    ],
    [
      '',
      '/a',
      'a',
      '1a:b',
      'http://a b',
      'http://ü',
      'http://a/[x]',
      'a:[x]',
      'http://u@h@[x]',
      'http://h/#a#b',
      'http://h?[',
      'http://h|',
    ],
  ],
  [
    'color',
    ['#fff', 'fff', '#123456', 'red', 'rgb(1, 2 ,255)', 'rgb(10%,20%,100%)'],
    ['', '#ff', 'reddish', 'rgb(256,0,0)', ' red'],
  ],
  ['alpha', ['abc'], ['', 'a1', 'ä']],
  ['alphanumeric', ['a1'], ['', 'a_']],
  ['phone', ['+49 30 1234567', '+1234567'], ['1234567', '+12', '+1 ']],
  ['utc-millisec', ['1', '12', '1.5'], ['', '1.', '.5', '-1', '1.2.3']],
  ['style', ['color: red', 'a:b;', 'a:b:c', 'a;b:c'], ['', 'a:', ':b', 'a:b;c', 'a:;', 'a\nb:c']],
])('%s', (name, accepted, refused) => {
  const format = formats.get(name);
  for (const text of accepted) expect([text, format?.accepts(text)]).toEqual([text, true]);
  for (const text of refused) expect([text, format?.accepts(text)]).toEqual([text, false]);
});

test.each([...formats.keys()])('%s answers for a long hostile text at once', (name) => {
  const length = 100_000;
  const texts = [
    ...['a', '1', ' ', '.', ':', '-', 'a:', '1.', '1:', '\\"', '"', 'a@', 'a.', '%20', 'P1', '+1 '].map((part) =>
      part.repeat(length / part.length),
    ),
    `a://${'a'.repeat(length)}`,
    `a://${'@'.repeat(length)}`,
    `rgb(${' '.repeat(length)}`,
    `"${'\\"'.repeat(length)}`,
    `a@${'a-'.repeat(length)}`,
  ].flatMap((text) => [text, `${text}\u0000`, `${text} x`]);
  const startMs = performance.now();
  for (const text of texts) formats.get(name)?.accepts(text);
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test('reports quote the value or the pattern', () => {
  expect(formats.get('ipv4')?.report('x', '$.a')).toMatchObject({
    path: '$.a',
    keyword: 'format',
    targets: ['ipv4', expect.stringContaining('25[0-5]')],
  });
  expect(formats.get('duration')?.report('P', '$')).toEqual({
    message: '$: does not match the P pattern duration',
    path: '$',
    keyword: 'format',
    targets: ['P', 'duration'],
  });
});
