/** Where our answers differ on purpose. Each is named after the line of snowplow-protocol that wants it. */
import { caseRules, NEW_ID } from './cases';
import {
  replyHeader,
  payloads,
  replaceBody,
  base64,
  sent,
  path,
  CORS_ALL,
  NO_CACHE,
  TEXT,
  type Seen,
  type Difference,
} from './difference';
import { PIXEL } from '../../../collector/reply';

const routing: readonly Difference[] = [
  {
    name: '1.1: dot segments are part of the path; 2.x resolves them',
    change: (theirs, one, ours) => {
      if (path(one) === '/./i') return payloads(() => ({ path: '/./i' }))(theirs, one, ours);
      return path(one) === '/../a/b' ? notFound : theirs;
    },
  },
  {
    name: '1.1: OPTIONS comes first; 2.x: 404 while redirects are off, 301 under ssl.redirect',
    change: (theirs, one) =>
      one.request.method === 'OPTIONS' && theirs.status !== 200
        ? {
            status: 200,
            headers: {
              ...CORS_ALL,
              'access-control-allow-origin': sent(one, 'origin') ?? '*',
              'access-control-allow-headers': 'Content-Type, SP-Anonymous',
              'access-control-max-age': '3600',
            },
            body: '',
            records: [],
          }
        : theirs,
  },
  {
    name: '1.1: HEAD works wherever GET does; 2.x: 404 on fixed pages',
    change: (theirs, one) => {
      if (one.request.method !== 'HEAD' || theirs.status !== 404) return theirs;
      if (['/health', '/sink-health', '/robots.txt'].includes(path(one))) return { ...theirs, status: 200 };
      const page = path(one) === '/' ? caseRules(one.config).root : null;
      if (page === null) return theirs;
      const headers = Object.fromEntries(page.headers.map(([name, value]) => [name.toLowerCase(), value]));
      return { ...theirs, status: page.status, headers };
    },
  },
  { name: '1.1: health answers ok; 2.x: OK', change: replaceBody('OK', 'ok') },
  {
    name: '1.1: robots.txt names two robots more',
    change: replaceBody(
      'User-agent: *\nDisallow: /',
      'User-agent: *\nDisallow: /\n\nUser-agent: Googlebot\nDisallow: /\n\nUser-agent: AdsBot-Google\nDisallow: /\n',
    ),
  },
  {
    name: '1.1: the root page keeps its Content-Type; 2.x drops it',
    change: (theirs, one) =>
      theirs.status === 203 && path(one) === '/'
        ? { ...theirs, headers: { ...theirs.headers, 'content-type': 'text/html' } }
        : theirs,
  },
  {
    name: '1.1: Access-Control-Allow-Origin is the first Origin as it was sent; 2.x: all of the line, host in lower case',
    change: replyHeader('access-control-allow-origin', (theirs, one) => {
      const first = sent(one, 'origin')?.split(/[\s,]+/)[0];
      return first?.toLowerCase() === theirs.split(/[\s,]+/)[0]?.toLowerCase() ? (first ?? theirs) : theirs;
    }),
  },
];

const notFound: Seen = { status: 404, headers: TEXT, body: base64('404 not found'), records: [] };

const users: readonly Difference[] = [
  {
    name: '1.2: an empty nuid or cookie counts as absent; 2.x stores it',
    change: (theirs, one, ours) =>
      payloads(({ networkUserId }) => (networkUserId === '' ? { networkUserId: NEW_ID } : {}))(
        replyHeader('set-cookie', (cookie) => cookie.replace(/^(\w+)=;/, `$1=${NEW_ID};`))(theirs, one, ours),
        one,
        ours,
      ),
  },
  {
    name: '1.2: an id that is no cookie value is stored and answered without a cookie; 2.x: 500, and stored',
    change: (theirs, one) => {
      if (theirs.status !== 500) return theirs;
      const pixel = {
        status: 200,
        headers: { 'content-type': 'image/gif', ...NO_CACHE, ...CORS_ALL },
        body: base64(PIXEL),
      };
      const location = { location: 'https://shop.example/a%20b' };
      const redirect = { status: 302, headers: { ...location, ...NO_CACHE, ...CORS_ALL }, body: '' };
      return { ...theirs, ...(path(one) === '/i' ? pixel : redirect) };
    },
  },
  {
    name: '1.2: the fallback id of the bounce only while bouncing is on; 2.x: for whoever sends n3pc',
    change: (theirs, one, ours) => {
      if (caseRules(one.config).bounce !== null) return theirs;
      const fallback = '00000000-0000-4000-A000-000000000000';
      const cookie = replyHeader('set-cookie', (value) => value.replace(fallback, NEW_ID))(theirs, one, ours);
      return payloads(({ networkUserId }) => (networkUserId === fallback ? { networkUserId: NEW_ID } : {}))(
        cookie,
        one,
        ours,
      );
    },
  },
  {
    name: '1.3: the first configured domain that fits, without case; 2.x never matches an entry with a capital',
    change: replyHeader('set-cookie', (cookie, one) =>
      one.config === 'e' ? cookie.replace('Domain=shop.example;', 'Domain=Shop.Example;') : cookie,
    ),
  },
  {
    name: '1.3: 3.4 clears the cookie of an anonymous request that carries it',
    change: (theirs, one) => {
      const { cookie } = caseRules(one.config);
      const pairs = (sent(one, 'cookie') ?? '').split(';').map((pair) => pair.trim());
      const carries = pairs.some((pair) => pair.startsWith(`${cookie.name}=`) && /^[!-+\--:<-[\]-~]*$/.test(pair));
      if (sent(one, 'sp-anonymous') === undefined || !carries) return theirs;
      const attributes = {
        a: 'Path=/; Secure; HttpOnly; SameSite=None',
        b: 'Domain=shop.example; Path=/; SameSite=Lax',
      };
      const rest = one.config === 'a' || one.config === 'b' ? attributes[one.config] : 'Path=/; Secure; HttpOnly';
      const cleared = `${cookie.name}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${rest}`;
      return { ...theirs, headers: { ...theirs.headers, 'set-cookie': cleared } };
    },
  },
];

const redirects: readonly Difference[] = [
  {
    name: '1.4: no open redirect: only an absolute http or https URL to a named host, without user info or CR and LF',
    change: (theirs, one) => {
      const location = theirs.headers.location;
      const isAllowed = location !== undefined && /^https?:\/\/[^@]*$/.test(location);
      if (theirs.status !== 302 || !path(one).startsWith('/r/') || isAllowed) return theirs;
      const { location: _, ...headers } = theirs.headers;
      return { ...theirs, status: 400, headers };
    },
  },
  {
    name: '1.4: Location is the URL printed again',
    change: replyHeader('location', (location, one) =>
      path(one).startsWith('/r/') ? location.replaceAll(' ', '%20') : location,
    ),
  },
  {
    name: '1.4: a bounce keeps the query as it was sent; 2.x prints it anew, duplicates lost',
    change: replyHeader('location', (location, one) =>
      location.endsWith('n3pc=true')
        ? `${location.split('?')[0]}${one.request.target.replace(/^[^?]*\??(.*)$/, '?$1&').replace('?&', '?')}n3pc=true`
        : location,
    ),
  },
];

export const replyDifferences: readonly Difference[] = [...routing, ...users, ...redirects];
