import { decodeCollectorPayload, type CollectorPayload } from '../protocol/collector-payload';
import { seededRandom } from '../runtime/random';
import { collectorRequest, collectorRules } from '../test/collector-builders';
import { decide, type Decision } from './decide';
import type { CollectorRequest } from './request';
import { ANONYMOUS_USER_ID, type CollectorRules } from './rules';

const NOW_MS = 1_700_000_000_123;
const USER = '5f7c0c57-3c1e-4e0f-9a55-0a7e3c9b1d11';
const RANDOM = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const decideOn = (
  request: Parameters<typeof collectorRequest>[0] | CollectorRequest = {},
  rules: CollectorRules = collectorRules(),
  sinkHealthy = true,
): Decision =>
  decide('bodyBytes' in request ? (request as CollectorRequest) : collectorRequest(request as never), {
    rules,
    processor: { artifact: 'flotilla-collector', version: '0.0.0' },
    nowMs: NOW_MS,
    random: seededRandom(7),
    sinkHealthy,
  });

const header = ({ reply }: Decision, name: string): string | undefined =>
  reply.headers.find(([other]) => other.toLowerCase() === name)?.[1];

function payloadOf({ records: [record] }: Decision): CollectorPayload {
  const decoded = decodeCollectorPayload(record?.data ?? new Uint8Array());
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.payload;
}

describe('whose request it is', () => {
  const bouncing = collectorRules({ bounceEnabled: true });
  it.each([
    [
      'anonymous',
      { headers: { 'SP-Anonymous': '*', Cookie: `sp=${USER}` }, target: `/i?nuid=${USER}` },
      ANONYMOUS_USER_ID,
    ],
    ['of the first nuid', { target: `/i?nuid=a&nuid=b`, headers: { Cookie: `sp=${USER}` } }, 'a'],
    ['of the cookie', { headers: { Cookie: `x=1; sp=${USER}` } }, USER],
    ['of the cookie when nuid is empty', { target: '/i?nuid=&e=pv', headers: { Cookie: `sp=${USER}` } }, USER],
    ['a new one when both are empty', { target: '/i?nuid=', headers: { Cookie: 'sp=' } }, RANDOM],
    ['a new one', {}, RANDOM],
  ] as const)('%s', (_, request, id) => {
    expect(payloadOf(decideOn(request)).networkUserId).toMatch(id);
  });

  it('the fallback of the bounce, only for the second request and only while bouncing is on', () => {
    const second = { target: '/i?n3pc=true' };
    expect(payloadOf(decideOn(second, bouncing)).networkUserId).toBe('00000000-0000-4000-A000-000000000000');
    expect(payloadOf(decideOn(second)).networkUserId).toMatch(RANDOM);
  });

  it('is told by no cookie when cookies are off', () => {
    const decision = decideOn({ headers: { Cookie: `sp=${USER}` } }, collectorRules({ cookieEnabled: false }));
    expect(payloadOf(decision).networkUserId).not.toBe(USER);
    expect(header(decision, 'set-cookie')).toBeUndefined();
  });
});

describe('the partition key', () => {
  const key = (...args: Parameters<typeof decideOn>): string | undefined => decideOn(...args).records[0]?.partitionKey;

  it('is the user’s id when it is known, so that one user’s events stay in order', () => {
    expect(key({ headers: { Cookie: `sp=${USER}` } })).toBe(USER);
    expect(key({ target: '/i?nuid=anybody' })).toBe('anybody');
  });

  it.each([
    ['a new user', {}, collectorRules()],
    ['an anonymous request', { headers: { 'SP-Anonymous': '*' } }, collectorRules()],
    ['the nil id, sent', { headers: { Cookie: `sp=${ANONYMOUS_USER_ID}` } }, collectorRules()],
    ['the fallback of the bounce', { target: '/i?n3pc=true' }, collectorRules({ bounceEnabled: true })],
    [
      'that id, sent',
      { target: '/i?nuid=00000000-0000-4000-A000-000000000000' },
      collectorRules({ bounceEnabled: true }),
    ],
  ])('is random for nobody in particular: %s', (_, request, rules) => {
    const decision = decideOn(request, rules);
    expect(decision.records[0]?.partitionKey).toMatch(RANDOM);
    expect(decision.records[0]?.partitionKey).not.toBe(payloadOf(decision).networkUserId);
  });

  it('is the address when so set, unless nobody knows it', () => {
    const byIp = collectorRules({ partitionByIp: true });
    expect(key({ headers: { Cookie: `sp=${USER}` } }, byIp)).toBe('192.0.2.1');
    expect(key({ headers: { 'SP-Anonymous': '*' } }, byIp)).toMatch(RANDOM);
  });

  it('is the same for all records of a request, good and bad', () => {
    const event = (size: number) => ({ e: 'ue', x: 'x'.repeat(size) });
    const data = [event(600), event(600), event(2_000)];
    const body = JSON.stringify({ schema: 'iglu:a.b/c/jsonschema/1-0-0', data });
    const { records } = decideOn({ body }, collectorRules({ recordBytesMax: 1_500 }));
    expect(records.map(({ stream }) => stream).sort()).toEqual(['bad', 'raw', 'raw']);
    expect(new Set(records.map(({ partitionKey }) => partitionKey)).size).toBe(1);
  });
});

describe('what is stored', () => {
  it('of a pixel request', () => {
    const headers = {
      'User-Agent': 'UA/1',
      Referer: 'https://shop.example/',
      Cookie: `a="1"; sp=${USER}`,
      'Content-Type': 'x/y',
    };
    expect(payloadOf(decideOn({ target: '/i?e=pv&x=%zz', headers: { Host: 'C.example:8080', ...headers } }))).toEqual({
      schema: 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0',
      ipAddress: '192.0.2.1',
      timestamp: NOW_MS,
      encoding: 'UTF-8',
      collector: 'flotilla-0.0.0-kinesis',
      path: '/i',
      querystring: 'e=pv&x=%zz',
      userAgent: 'UA/1',
      refererUri: 'https://shop.example/',
      hostname: 'c.example',
      networkUserId: USER,
      headers: [
        'Host: C.example:8080',
        'User-Agent: UA/1',
        'Referer: https://shop.example/',
        `Cookie: a=1;sp=${USER}`,
        'Content-Type: x/y',
      ],
    });
  });

  it('of a POST: the body as UTF-8 text, and the content type once more as a bare last line', () => {
    const contentType = 'Application/JSON ; Charset="UTF-16"';
    const payload = payloadOf(decideOn({ body: '{"é":1}', headers: { 'Content-Type': contentType } }));
    expect(payload).toMatchObject({
      body: '{"é":1}',
      contentType: 'application/json; charset=utf-16',
      querystring: '',
    });
    expect(payload.headers).toEqual([
      'Host: c.example',
      `Content-Type: ${contentType}`,
      'application/json; charset=utf-16',
    ]);
  });

  it('of an anonymous request: no address, no cookie', () => {
    const headers = { 'SP-Anonymous': '', 'X-Forwarded-For': '203.0.113.7', Forwarded: 'for=203.0.113.7', 'CF-Connecting-IP': '203.0.113.7', Cookie: 'a=1', Accept: '*/*' }; // prettier-ignore
    const payload = payloadOf(decideOn({ headers }));
    expect(payload).toMatchObject({
      ipAddress: 'unknown',
      headers: ['Host: c.example', 'SP-Anonymous: ', 'Accept: */*'],
    });
  });

  it('of the way through proxies: only what ours have added, when their number is known', () => {
    const headers = { 'X-Forwarded-For': '10.9.9.9, 203.0.113.7' };
    const payload = payloadOf(decideOn({ headers }, collectorRules({ trustedHops: 1 })));
    expect(payload).toMatchObject({
      ipAddress: '203.0.113.7',
      headers: ['Host: c.example', 'X-Forwarded-For: 203.0.113.7'],
    });
  });
});

describe('the answer to an event', () => {
  it('allows the origin, or every origin when there is none that can be read', () => {
    const allowed = (origin: string): string | undefined =>
      header(decideOn({ headers: { Origin: origin } }), 'access-control-allow-origin');
    expect(
      ['https://Shop.example:8080', 'https://a.example https://b.example', 'https://a.example/', 'null', 'x'].map(
        allowed,
      ),
    ).toEqual(['https://Shop.example:8080', 'https://a.example', '*', 'null', '*']);
  });

  it('takes the cookie of an anonymous request away, and sets none', () => {
    const anonymous = { 'SP-Anonymous': '*' };
    expect(header(decideOn({ headers: anonymous }), 'set-cookie')).toBeUndefined();
    expect(header(decideOn({ headers: { ...anonymous, Cookie: 'sp=1' } }), 'set-cookie')).toMatch(
      /^sp=; Expires=Thu, 01 Jan 1970/,
    );
  });

  it('is the normal one, without cookie and with nothing stored, for who does not want to be tracked', () => {
    const rules = collectorRules({ doNotTrackCookieName: 'dnt', doNotTrackCookieValue: 'yes' });
    const decision = decideOn({ headers: { Cookie: 'dnt=yes' } }, rules);
    expect(decision).toMatchObject({ records: [], reply: { status: 200 } });
    expect(header(decision, 'set-cookie')).toBeUndefined();
    expect(decideOn({ headers: { Cookie: 'dnt=yes, really' } }, rules).records).toHaveLength(1);
  });
});

describe('a bounce', () => {
  const rules = collectorRules({ bounceEnabled: true, bounceProtocolHeader: 'X-Forwarded-Proto' });
  it('sends a new browser back once, stores nothing and keeps the query as it was sent', () => {
    const decision = decideOn({ target: '/i?a=1&a=%zz', headers: { 'X-Forwarded-Proto': 'https' } }, rules);
    expect(decision).toMatchObject({ records: [], reply: { status: 302, body: '' } });
    expect(header(decision, 'location')).toBe('https://c.example/i?a=1&a=%zz&n3pc=true');
    expect(header(decision, 'set-cookie')).toMatch(/^sp=/);
  });

  it.each([
    ['a POST', { body: '{}' }],
    ['who has a cookie', { headers: { Cookie: 'sp=1' } }],
    ['who is anonymous', { headers: { 'SP-Anonymous': '*' } }],
    ['who comes back', { target: '/i?n3pc=true' }],
    ['a host that is none', { headers: { Host: 'evil example' } }],
  ])('is not for %s: stored', (_, request) => {
    expect(decideOn(request, rules)).toMatchObject({ reply: { status: 200 }, records: [{ stream: 'raw' }] });
  });
});

describe('a redirect', () => {
  const rules = collectorRules({ redirectsEnabled: true, redirectDomains: ['shop.example'] });
  it.each([
    [302, 'https://shop.example/'],
    [400, 'https://evil.example/'],
  ])('is answered %p for %s, and stored', (status, u) => {
    const decision = decideOn({ target: `/r/tp2?u=${u}&e=pv` }, rules);
    expect(decision).toMatchObject({ reply: { status, body: '' }, records: [{ stream: 'raw' }] });
    expect(header(decision, 'content-type')).toBeUndefined();
  });
});

describe('plain http, where https is wanted', () => {
  const rules = collectorRules({ httpsRedirectEnabled: true });
  const http = { 'X-Forwarded-Proto': 'http' };
  it('is sent there, and nothing is stored', () => {
    const decision = decideOn({ target: '/i?e=pv&a=é', headers: { ...http, Host: 'c.example:80' } }, rules);
    expect(decision).toMatchObject({ records: [], reply: { status: 301 } });
    expect(header(decision, 'location')).toBe('https://c.example/i?e=pv&a=%C3%A9');
    const other = decideOn({ headers: http }, collectorRules({ httpsRedirectEnabled: true, httpsRedirectPort: 8443 }));
    expect(header(other, 'location')).toBe('https://c.example:8443/i?e=pv');
  });

  it.each([
    ['a POST', { body: '{}', headers: http }, 200],
    ['a preflight', { method: 'OPTIONS', headers: http }, 200],
    ['a health check', { target: '/health', headers: http }, 200],
    ['https', { headers: { 'X-Forwarded-Proto': 'https' } }, 200],
    ['who does not say', {}, 200],
    ['a host that is none', { headers: { ...http, Host: 'a b' } }, 200],
  ])('but not %s', (_, request, status) => expect(decideOn(request, rules).reply.status).toBe(status));
});

describe('fixed pages', () => {
  it('sink-health says whether Kinesis takes records; health only that this process lives', () => {
    expect(decideOn({ target: '/sink-health' }, collectorRules(), false).reply).toMatchObject({ status: 503 });
    expect(decideOn({ target: '/health' }, collectorRules(), false).reply).toMatchObject({ status: 200, body: 'ok' });
  });

  it('the root page is what the operator set', () => {
    const rules = collectorRules({ rootEnabled: true, rootStatus: 418, rootHeaders: ['X-A=b=c'], rootBody: 'hi' });
    expect(decideOn({ target: '/' }, rules).reply).toEqual({ status: 418, headers: [['X-A', 'b=c']], body: 'hi' });
  });

  it('crossdomain.xml escapes what the operator set', () => {
    const rules = collectorRules({ crossDomainEnabled: true, crossDomainDomains: ['"<&'], crossDomainSecure: false });
    expect(decideOn({ target: '/crossdomain.xml' }, rules).reply.body).toContain(
      'domain="&quot;&lt;&amp;" secure="false"',
    );
  });
});
