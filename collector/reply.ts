/** The collector's answers (snowplow-protocol 1.1, 1.4). Pure. */
import type { Origin } from './origin';
import type { Header } from './request';
import type { CollectorRules } from './rules';

export interface Reply {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: string | Buffer;
}

/** One transparent pixel, 43 bytes. */
export const PIXEL = Buffer.from('R0lGODlhAQABAPAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

const TEXT: Header = ['Content-Type', 'text/plain; charset=UTF-8'];
const NO_CACHE: Header = ['Cache-Control', 'no-cache, no-store, must-revalidate'];

const cors = ({ allow }: Origin): Header[] => [
  ['Access-Control-Allow-Origin', allow],
  ['Access-Control-Allow-Credentials', 'true'],
];
const cookieHeaders = (cookies: readonly string[]): Header[] => cookies.map((cookie) => ['Set-Cookie', cookie]);

/** Plain text, as all fixed answers are. */
export const text = (status: number, body: string, headers: readonly Header[] = []): Reply => ({
  status,
  headers: [TEXT, ...headers],
  body,
});

/** The events are stored: `ok` to a POST, the pixel to everything else. */
export const accepted = (isPost: boolean, origin: Origin, cookies: readonly string[]): Reply =>
  isPost
    ? text(200, 'ok', [...cors(origin), ...cookieHeaders(cookies)])
    : {
        status: 200,
        headers: [['Content-Type', 'image/gif'], NO_CACHE, ...cors(origin), ...cookieHeaders(cookies)],
        body: PIXEL,
      };

/** To the link that was clicked; 400 when there is none that a redirect may go to (null). */
export const redirected = (
  location: string | null,
  isPost: boolean,
  origin: Origin,
  cookies: readonly string[],
): Reply => ({
  status: location === null ? 400 : 302,
  headers: [
    ...(location === null ? [] : [['Location', location] as const]),
    ...(isPost ? [] : [NO_CACHE]),
    ...cors(origin),
    ...cookieHeaders(cookies),
  ],
  body: '',
});

/** Back to where it came from, once, to see whether the browser keeps cookies. */
export const bounced = (location: string, origin: Origin, cookies: readonly string[]): Reply => ({
  status: 302,
  headers: [['Location', location], NO_CACHE, ...cors(origin), ...cookieHeaders(cookies)],
  body: '',
});

/** For good: clients and proxies may remember it. */
export const movedToHttps = (location: string): Reply => ({
  status: 301,
  headers: [['Location', location]],
  body: '',
});

/** What a browser may send from another site. */
export const preflight = (origin: Origin, maxAgeSeconds: number): Reply => ({
  status: 200,
  headers: [
    ...cors(origin),
    ['Access-Control-Allow-Headers', 'Content-Type, SP-Anonymous'],
    ['Access-Control-Max-Age', String(maxAgeSeconds)],
  ],
  body: '',
});

/** Kinesis does not have the record: trackers keep it and try again. */
export const unavailable = (origin: Origin): Reply => text(503, 'Service Unavailable', cors(origin));
/** A body past `bodyBytesDrop`. The connection closes after it. */
export const tooLarge = (origin: Origin): Reply => text(413, 'Payload Too Large', cors(origin));

export const robots = (): Reply =>
  text(200, ['*', 'Googlebot', 'AdsBot-Google'].map((agent) => `User-agent: ${agent}\nDisallow: /\n`).join('\n'));

/** The operator's own page, if there is one. */
export const root = ({ root: page }: CollectorRules): Reply =>
  page ? { status: page.status, headers: page.headers, body: page.body } : text(404, '404 not found');

export function crossDomainPolicy({ crossDomain }: CollectorRules): Reply {
  const rows = (crossDomain?.domains ?? []).map(
    (domain) => `  <allow-access-from domain="${escapeXml(domain)}" secure="${crossDomain?.secure ?? true}" />\n`,
  );
  return {
    status: 200,
    headers: [['Content-Type', 'text/xml; charset=ISO-8859-1']],
    body: `<?xml version="1.0"?>\n<cross-domain-policy>\n${rows.join('')}</cross-domain-policy>`,
  };
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
