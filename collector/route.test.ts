import { collectorRules } from '../test/collector-builders';
import { decodePercent, route } from './route';

const rules = collectorRules({
  redirectsEnabled: true,
  rootEnabled: true,
  crossDomainEnabled: true,
  paths: ['/com.acme/track=/com.snowplowanalytics.snowplow/tp2', '/com.acme/go=/r/tp2', '/r/mine=/com.acme/v1'],
});
const event = (path: string) => ({ kind: 'event', path });
const redirect = (path: string) => ({ kind: 'redirect', path });
const notFound = { kind: 'not-found', text: '404 not found' };

describe('route', () => {
  it.each([
    ['OPTIONS', '/any/thing/at/all', { kind: 'preflight' }],
    ['OPTIONS', '*', { kind: 'preflight' }],
    ['POST', '/com.acme/v1', event('/com.acme/v1')],
    ['GET', '/com.acme/v1?a=b', event('/com.acme/v1')],
    ['HEAD', '/com.acme/v1', event('/com.acme/v1')],
    ['GET', 'http://c.example/com.acme/v1?a=b', event('/com.acme/v1')],
    ['GET', '/i', event('/i')],
    ['GET', '/%69', event('/i')],
    ['HEAD', '/ice.png?e=pv', event('/ice.png')],
    ['POST', '/i', notFound],
    ['GET', '/r/tp2?u=x', redirect('/r/tp2')],
    ['POST', '/r/anything', redirect('/r/anything')],
    ['GET', '/%72/tp2', redirect('/r/tp2')],
    ['GET', '/R/tp2', event('/R/tp2')],
    ['GET', '/health', { kind: 'health' }],
    ['HEAD', '/sink-health?x', { kind: 'sink-health' }],
    ['POST', '/health', notFound],
    ['GET', '/robots.txt', { kind: 'robots' }],
    ['GET', '/', { kind: 'root' }],
    ['GET', '/crossdomain.xml', { kind: 'crossdomain' }],
    ['PUT', '/com.acme/v1', notFound],
    ['get', '/com.acme/v1', notFound],
  ])('%s %s', (method, target, expected) => {
    expect(route(method, target, rules)).toEqual(expected);
  });

  it.each(['', 'com.acme/v1', '/com.acme/', '//v1', '/a/b/', '/a/b/c', '/a//b', '/./a/b', '/../a/b', '?a/b', '*'])(
    'only two segments are an event: not %p',
    (target) => expect(route('GET', target, rules)).toEqual(notFound),
  );

  it.each([
    ['/com%2Eacme/v%31', '/com.acme/v1'],
    ['/a%2Fb/c', '/a/b/c'],
    ['/com.acme/%E9', '/com.acme/\ufffd'],
    ['/com.acme/%C3%A9', '/com.acme/é'],
    ['/com.acme/%zz', '/com.acme/%zz'],
    ['/com.acme/%2', '/com.acme/%2'],
    ['/com.acme/%00', '/com.acme/\0'],
  ])('segments are decoded one by one: %s', (target, path) => {
    expect(route('POST', target, rules)).toEqual(event(path));
  });

  it.each([
    ['/com.acme/track', event('/com.snowplowanalytics.snowplow/tp2')],
    ['/com%2Eacme/track', event('/com.snowplowanalytics.snowplow/tp2')],
    ['/com.acme/Track', event('/com.acme/Track')],
    ['/com.acme/go', redirect('/r/tp2')],
    ['/r/mine', event('/com.acme/v1')],
  ])('own paths are looked up as they were sent: %s', (target, expected) => {
    expect(route('GET', target, rules)).toEqual(expected);
  });

  it('the switch for redirects sees the path that was sent', () => {
    const off = { ...rules, redirects: { ...rules.redirects, enabled: false } };
    const disabled = { kind: 'not-found', text: 'redirects disabled' };
    expect(['/r/tp2', '/r/mine', '/com.acme/go'].map((target) => route('GET', target, off))).toEqual([
      disabled,
      disabled,
      redirect('/r/tp2'),
    ]);
  });

  it('what is turned off is not found', () => {
    expect(['/', '/crossdomain.xml'].map((target) => route('GET', target, collectorRules()))).toEqual([
      notFound,
      notFound,
    ]);
  });
});

it('decodePercent never throws, and never splits a character that came as it is', () => {
  expect(['é%41', '%f0%9f', '%', 'a%%41'].map(decodePercent)).toEqual(['éA', '\ufffd', '%', 'a%A']);
});
