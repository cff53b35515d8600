import { parseJavaUri, type JavaUri } from './java-uri';

/** Undefined parts left out, for the eye. */
function partsOf(text: string): Partial<JavaUri> | string {
  const parsed = parseJavaUri(text);
  if (!parsed.ok) return parsed.error;
  return Object.fromEntries(Object.entries(parsed.uri).filter(([, value]) => value !== undefined));
}

describe('parseJavaUri', () => {
  it.each<[string, Partial<JavaUri>]>([
    ['', { path: '' }],
    ['http://a.test', { scheme: 'http', host: 'a.test', path: '' }],
    [
      'http://u:p@a.test:8080/x/y?q=1#f',
      { scheme: 'http', host: 'a.test', port: 8080, path: '/x/y', query: 'q=1', fragment: 'f' },
    ],
    ['HTTPS://A.test/B', { scheme: 'HTTPS', host: 'A.test', path: '/B' }],
    ['www.a.test/x', { path: 'www.a.test/x' }],
    ['//a.test/x', { host: 'a.test', path: '/x' }],
    ['?a=b', { path: '', query: 'a=b' }],
    ['#x', { path: '', fragment: 'x' }],
    ['http://a.test?a??b#c?d', { scheme: 'http', host: 'a.test', path: '', query: 'a??b', fragment: 'c?d' }],
    ['http://a.test/?u=http://b/[1]', { scheme: 'http', host: 'a.test', path: '/', query: 'u=http://b/[1]' }],
    ['http:///a', { scheme: 'http', path: '/a' }],
    ['file:///C:/x', { scheme: 'file', path: '/C:/x' }],
    ['http://a.test./', { scheme: 'http', host: 'a.test.', path: '/' }],
    ['http://a.test/日/🚀', { scheme: 'http', host: 'a.test', path: '/日/🚀' }],
    ['http://[2001:db8::1]:81/', { scheme: 'http', host: '[2001:db8::1]', port: 81, path: '/' }],
    ['http://[fe80::1%eth0]/', { scheme: 'http', host: '[fe80::1%eth0]', path: '/' }],
    ['http://1.2.3.4:99999/', { scheme: 'http', host: '1.2.3.4', port: 99999, path: '/' }],
    ['http://123/', { scheme: 'http', host: '123', path: '/' }],
    ['http://a.test:/x', { scheme: 'http', host: 'a.test', path: '/x' }],
  ])('reads the parts of %j', (text, parts) => expect(partsOf(text)).toEqual(parts));

  it.each(['mailto:a@b.test?subject=x', 'about:blank', 'data:text/plain,x', 'http:acme.test'])(
    'takes %s for opaque: a scheme and no other part',
    (text) => expect(partsOf(text)).toEqual({ scheme: text.split(':')[0] }),
  );

  it.each([
    'my_host.test',
    'a*b',
    'bücher.test',
    '-a.test',
    'a-.test',
    'a:b:c',
    'a.test:x',
    '1.2.3.4.5',
    '256.1.1.1',
    'a..b',
  ])('accepts the authority %s as a name that has no host', (authority) =>
    expect(partsOf(`http://${authority}/x`)).toEqual({ scheme: 'http', path: '/x' }),
  );

  it.each([
    ['http://', 'Expected authority at index 7: http://'],
    [':x', 'Expected scheme name at index 0: :x'],
    ['1a:x', 'Illegal character in scheme name at index 0: 1a:x'],
    ['a:', 'Expected scheme-specific part at index 2: a:'],
    ['http://a/x|y', 'Illegal character in path at index 10: http://a/x|y'],
    ['http://a/[x]', 'Illegal character in path at index 9: http://a/[x]'],
    ['http://a/%zz', 'Malformed escape pair at index 9: http://a/%zz'],
    ['http://a/?x=%4', 'Malformed escape pair at index 12: http://a/?x=%4'],
    ['http://a/?x y', 'Illegal character in query at index 11: http://a/?x y'],
    ['http://a/#b#c', 'Illegal character in fragment at index 11: http://a/#b#c'],
    ['mailto:a b', 'Illegal character in opaque part at index 8: mailto:a b'],
    ['http://a\\b', 'Illegal character in authority at index 7: http://a\\b'],
    ['http://a%zz/', 'Malformed escape pair at index 8: http://a%zz/'],
    ['http://[::1/', 'Expected closing bracket for IPv6 address at index 11: http://[::1/'],
    ['http://[1:2]/', 'Illegal character in IPv6 address at index 7: http://[1:2]/'],
    ['/\u00a0', 'Illegal character in path at index 1: /\u00a0'],
    ['/\u0085', 'Illegal character in path at index 1: /\u0085'],
    ['/\u2028', 'Illegal character in path at index 1: /\u2028'],
  ])('refuses %j as Java does', (text, error) => expect(partsOf(text)).toBe(error));

  it('reads a megabyte of anything in little time', () => {
    for (const hostile of ['a.', 'a-', '%41', '[', '::', '@', '/?', '日'] as const) {
      expect(() => parseJavaUri(`http://${hostile.repeat(200_000)}`)).not.toThrow();
    }
  });
});
