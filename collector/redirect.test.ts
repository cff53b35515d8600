import { collectorRules } from '../test/collector-builders';
import { redirectTarget } from './redirect';

const rules = collectorRules({
  redirectsEnabled: true,
  redirectDomains: ['Shop.example'],
  redirectMacro: '${SP_NUID}',
});
const target = (u: string): string | null => redirectTarget(`a=b&u=${encodeURIComponent(u)}`, 'an id', rules);

describe('a redirect', () => {
  it.each([
    ['https://shop.example', 'https://shop.example/'],
    ['http://SHOP.example:8080/a b?c=d#e', 'http://shop.example:8080/a%20b?c=d#e'],
    ['https://shop.example/?id=${SP_NUID}', 'https://shop.example/?id=an%20id'],
    ['https://shop.example/é', 'https://shop.example/%C3%A9'],
    ['https://shop.example/a/../b', 'https://shop.example/b'],
    ['https:///shop.example/', 'https://shop.example/'],
  ])('goes to a named host, its URL printed again: %s', (u, location) => expect(target(u)).toBe(location));

  it.each([
    '', '/local', '//shop.example/', 'shop.example', 'https:shop.example', 'https://evil.example/',
    'https://shop.example.evil.example/', 'https://evil.example/shop.example', 'https://user@shop.example/', 'https://u:p@shop.example/',
    'https://evil.example\\@shop.example/', 'https://shop.example\\.evil.example/', 'javascript:alert(1)//https://shop.example/',
    'ftp://shop.example/', 'data:text/html,x', 'https://shop.example/\r\nX-Evil: 1', 'https://shop.example/\u0000', ' https://shop.example/',
    'https://shop.example:99999/', 'https://ѕhop.example/', 'https://www.shop.example/',
  ])('goes nowhere else: %p', (u) => expect(target(u)).toBeNull()); // prettier-ignore

  it('takes the last u, and needs one', () => {
    expect(redirectTarget('u=https://evil.example/&u=https://shop.example/', '', rules)).toBe('https://shop.example/');
    expect(redirectTarget('v=https://shop.example/', '', rules)).toBeNull();
    expect(redirectTarget(undefined, '', rules)).toBeNull();
  });

  it('goes nowhere when no host is named', () => {
    expect(redirectTarget('u=https://shop.example/', '', collectorRules({ redirectsEnabled: true }))).toBeNull();
  });

  it('cannot be bent by an id, which a sender chooses', () => {
    const u = 'https://${SP_NUID}shop.example/';
    expect(redirectTarget(`u=${encodeURIComponent(u)}`, 'evil.example/', rules)).toBeNull();
  });
});
