import { collectorSettings } from '../test/collector-builders';
import { checkCollector, rulesOf } from './config';

const faults = (changes: Parameters<typeof collectorSettings>[0]): string[] =>
  checkCollector({ collector: collectorSettings(changes) });

describe('the settings of the collector', () => {
  it('are right by default', () => expect(faults({})).toEqual([]));

  it.each([
    ['PATHS', { paths: ['/a/b'] }],
    ['PATHS', { paths: ['/a/b=/c/d', '/a/b/c=/d/e'] }],
    ['ROOT_HEADERS', { rootHeaders: ['no equals sign'] }],
    ['ROOT_HEADERS', { rootHeaders: ['X-A=é€'] }],
    ['COOKIE_DOMAINS', { cookieDomains: ['shop.example; Path=/x'] }],
    ['COOKIE_FALLBACK_DOMAIN', { cookieFallbackDomain: 'shop example' }],
    ['DO_NOT_TRACK_COOKIE_VALUE', { doNotTrackCookieValue: '(' }],
    ['BODY_BYTES_DROP', { bodyBytesMax: 10_000, bodyBytesDrop: 9_999 }],
  ])('name %s when it is wrong: %p', (name, changes) => {
    expect(faults(changes)).toEqual([expect.stringMatching(new RegExp(`^FLOTILLA_COLLECTOR_${name} `))]);
  });

  it('are all told at once', () => {
    expect(faults({ paths: ['x'], rootHeaders: ['x'], doNotTrackCookieValue: '(' })).toHaveLength(3);
  });

  it('are rules of nothing while their switch is off', () => {
    expect(rulesOf(collectorSettings(), 'x')).toMatchObject({
      bounce: null, root: null, crossDomain: null, doNotTrack: null, httpsRedirectPort: null, trustedHops: null,
    }); // prettier-ignore
  });

  it('match the value of the do-not-track cookie in full', () => {
    const value = rulesOf(collectorSettings({ doNotTrackCookieName: 'dnt', doNotTrackCookieValue: 'a|b' }), 'x')
      .doNotTrack?.value;
    expect(['a', 'b', 'ab', 'xa'].map((text) => value?.test(text))).toEqual([true, true, false, false]);
  });
});
