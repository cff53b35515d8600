import { collectorRules } from '../test/collector-builders';
import { clearCookies, isCookieValue, printCookieLine, readCookie, setCookies } from './cookies';

const NOW_MS = Date.UTC(2026, 10, 23, 6, 24, 6);
const lines = (...values: string[]) => values.map((value) => ['Cookie', value] as const);

describe('readCookie', () => {
  it.each([
    ['sp=1', '1'],
    ['a=b; sp=1; sp=2', '1'],
    ['sp="1"', '1'],
    ['sp=a=b', 'a=b'],
    [' sp = 1 ', '1'],
    ['SP=1', undefined],
    ['sp', undefined],
    ['sp=', ''],
    ['sp=%41', '%41'],
    ['x=1, y; sp=1', '1'],
    ['sp=a b', undefined],
    ['sp=é', undefined],
    ['a b=1; sp=1', '1'],
  ])('%p', (line, value) => expect(readCookie(lines(line), 'sp')).toBe(value));

  it('looks through all lines', () => {
    expect(readCookie(lines('a=1', 'sp=2', 'sp=3'), 'sp')).toBe('2');
  });
});

it.each([
  ['a=1;  b="2" ; c', 'a=1;b=2'],
  ['a=1, sp=2', ''],
  ['é=1; a=2', 'a=2'],
])('a Cookie line is stored without blanks, quotes and illegal parts: %p', (line, printed) => {
  expect(printCookieLine(line)).toBe(printed);
});

it.each(['', ' ', 'a b', 'a,b', 'a"b', 'a;b', 'a\\b', 'a\r\nb', 'é', '\u007f'])('%p is no cookie value', (value) => {
  expect(isCookieValue(value)).toBe(false);
  expect(setCookies(value, [], NOW_MS, collectorRules())).toEqual([]);
});

describe('the cookie that is set', () => {
  it('has the attributes of the settings', () => {
    expect(setCookies('id', [], NOW_MS, collectorRules())).toEqual([
      'sp=id; Expires=Tue, 23 Nov 2027 06:24:06 GMT; Path=/; Secure; HttpOnly; SameSite=None',
    ]);
    const bare = { cookieSecure: false, cookieHttpOnly: false, cookieSameSite: 'unset', cookieName: 'x', cookieLifetimeMs: 1_000 } as const; // prettier-ignore
    expect(setCookies('id', [], NOW_MS, collectorRules(bare))).toEqual([
      'x=id; Expires=Mon, 23 Nov 2026 06:24:07 GMT; Path=/',
    ]);
    expect(setCookies('id', [], NOW_MS, collectorRules({ cookieEnabled: false }))).toEqual([]);
  });

  it('has a second one for scripts, never HttpOnly', () => {
    const [own, client] = setCookies('id', [], NOW_MS, collectorRules({ cookieClientName: 'spc' }));
    expect(own).toContain('HttpOnly');
    expect(client).toMatch(/^spc=id; /);
    expect(client).not.toContain('HttpOnly');
  });

  const domains = { cookieDomains: ['Shop.example', 'example.org'], cookieFallbackDomain: 'fallback.example' };
  it.each([
    [['shop.example'], 'Shop.example'],
    [['www.shop.example'], 'Shop.example'],
    [['myshop.example'], 'fallback.example'],
    [['example.org', 'shop.example'], 'Shop.example'],
    [[], 'fallback.example'],
  ])('belongs to the first configured domain that an origin lies under: %p', (hosts, domain) => {
    expect(setCookies('id', hosts, NOW_MS, collectorRules(domains))[0]).toContain(`Domain=${domain};`);
  });

  it('is cleared with the attributes it was set with', () => {
    expect(clearCookies([], collectorRules({ cookieClientName: 'spc' }))).toEqual([
      'sp=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Secure; HttpOnly; SameSite=None',
      'spc=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Secure; SameSite=None',
    ]);
  });
});
