import { portOf, readUri } from './uris';

const textOf = (sent: string): string => {
  const read = readUri(sent);
  return read.ok ? read.text : read.error;
};

describe('readUri', () => {
  it.each(['http://a.test/?a=1&b=%2B+#x', 'http://a.test/日', 'https://A.test:443/..', 'mailto:a@b', 'undefined', ''])(
    'leaves %j as it is',
    (sent) => expect(textOf(sent)).toBe(sent),
  );

  it.each([
    ['http://a.test/a b?c d#e f', 'http://a.test/a%20b?c%20d#e%20f'],
    ['http://a.test/a|b?c|d', 'http://a.test/a%7Cb?c%7Cd'],
    ['http://a.test/{id}?x={y}', 'http://a.test/%7Bid%7D?x=%7By%7D'],
    ['http://a.test/100% b', 'http://a.test/100%25%20b'],
    ['http://a.test/%zz', 'http://a.test/%25zz'],
    ['http://a.test/%41%E9|é', 'http://a.test/A%EF%BF%BD%7C%C3%A9'],
    ['http://a.test/a%2Fb|c', 'http://a.test/a%2Fb%7Cc'],
    ['http://a.test/a+b?c=d+e|&f=%2B', 'http://a.test/a+b?c=d+e%7C&f=+'],
    ['http://a.test/?a=1&b=x|y&c&d=&a=2', 'http://a.test/?a=1&b=x%7Cy&c&d=&a=2'],
    ['http://a.test/#b#c', 'http://a.test/#b%23c'],
    ['http://u:p@a.test:8080/a|b', 'http://u:p@a.test:8080/a%7Cb'],
    [' http://a.test/x\t', '%20http%3A//a.test/x%09'],
  ])('repairs %j: %j', (sent, text) => expect(textOf(sent)).toBe(text));

  it.each(['http://', 'http://[::1/', 'http://a.test\\a\\b', 'http://a:b|c/', 'a:'])('refuses %j', (sent) =>
    expect(readUri(sent).ok).toBe(false),
  );

  it('quotes both reasons', () =>
    expect(textOf('http://a\\b')).toBe(
      'Provided URI [http://a\\b] could not be parsed, neither by Java parsing ' +
        '(error: [Illegal character in authority at index 7: http://a\\b]) nor by Scala parsing ' +
        '(error: [Illegal character in authority at index 7: http://a\\b]).',
    ));
});

describe('portOf', () => {
  it.each([
    [{ scheme: 'https' }, 443],
    [{ scheme: 'HTTPS' }, 80],
    [{ scheme: 'https', port: 80 }, 80],
    [{ scheme: 'ftp' }, 80],
    [{}, 80],
  ])('of %j is %i', (uri, port) => expect(portOf(uri)).toBe(port));
});
