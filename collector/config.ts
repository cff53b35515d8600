/** The settings of the collector, and the rules that decisions make of them. */
import { producerFields } from '../kinesis-client/producer/config';
import { canonicalUuidPattern } from '../protocol/uuid';
import { awsFields } from '../runtime/aws-clients';
import { bytes, choice, durationMs, flag, integer, list, port, text, type Settings } from '../runtime/config';
import { streamFields } from '../runtime/streams';
import type { CollectorRules } from './rules';

export const collectorFields = {
  host: text({ default: '0.0.0.0', doc: 'The address that trackers reach.' }),
  port: port({ default: 8080, doc: 'The port that trackers reach.' }),
  putTimeoutMs: durationMs({
    default: 3_000, min: 100, max: 4_500,
    doc: 'How long a request may wait until Kinesis has its events, all tries together; then it is answered 503. Trackers give up after 5 s.',
  }),
  recordBytesMax: bytes({ default: 1_000_000, min: 1_000, max: 1_000_000, doc: 'A serialised request of this size or more is split into several records.' }),
  bodyBytesMax: bytes({ default: 8_388_608, min: 1_000, doc: 'A larger body becomes one bad row.' }),
  bodyBytesDrop: bytes({ default: 33_554_432, min: 1_000, doc: 'A larger body is answered 413 and nothing of it is stored.' }),
  bodiesBytesMax: bytes({ default: 268_435_456, min: 1_000_000, doc: 'All bodies that are being read together; beyond it requests are answered 503.' }),
  headersBytesMax: bytes({ default: 61_440, min: 8_192, max: 1_048_576, doc: 'The request line and all headers together.' }),
  headersTimeoutMs: durationMs({ default: 30_000, min: 1_000, doc: 'How long the headers of a request may take to arrive.' }),
  requestTimeoutMs: durationMs({ default: 60_000, min: 1_000, doc: 'How long a whole request may take to arrive.' }),
  idleTimeoutMs: durationMs({ default: 610_000, min: 1_000, doc: "How long an idle connection is kept: longer than the load balancer's own idle timeout." }),
  connectionsMax: integer({ default: 2_048, min: 1, doc: 'How many connections are open at once; further ones are closed.' }),
  preTerminationMs: durationMs({ default: 0, min: 0, max: 600_000, doc: 'How long to go on serving after a stop signal, while the load balancer takes this process out.' }),
  stopTimeoutMs: durationMs({ default: 5_000, min: 0, max: 60_000, doc: 'How long requests in flight may take to end at a stop; then their connections are closed.' }),
  trustedHops: integer({ default: -1, min: -1, max: 16, doc: 'How many entries of X-Forwarded-For, from the right, are our own proxies; -1 believes all of it, as Snowplow does.' }),
  paths: list({ default: [], doc: 'Own paths, each as FROM=TO: /com.acme/track=/com.snowplowanalytics.snowplow/tp2.' }),
  partitionByIp: flag({ default: false, doc: "Partition by the client's address instead of the user." }),
  cookieEnabled: flag({ default: true, doc: 'Set the network user id as a cookie.' }),
  cookieName: text({ default: 'sp', pattern: /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, allowed: 'a cookie name', doc: "The cookie's name." }),
  cookieClientName: text({ default: '', doc: 'A second cookie that scripts can read; empty for none.' }),
  cookieLifetimeMs: durationMs({ default: 31_536_000_000, min: 0, doc: 'How long the browser keeps the cookie.' }),
  cookieDomains: list({ default: [], doc: "The cookie's domain is the first of these that the page's host belongs to." }),
  cookieFallbackDomain: text({ default: '', doc: "The cookie's domain when none of them fits; empty for the host alone." }),
  cookieSecure: flag({ default: true, doc: 'Send the cookie over https only.' }),
  cookieHttpOnly: flag({ default: true, doc: 'Hide the cookie from scripts.' }),
  cookieSameSite: choice({ choices: ['None', 'Lax', 'Strict', 'unset'], default: 'None', doc: "The cookie's SameSite." }),
  doNotTrackCookieName: text({ default: '', doc: 'Who sends this cookie is not tracked; empty turns it off.' }),
  doNotTrackCookieValue: text({ default: '.*', doc: 'A regular expression that its value must match in full.' }),
  bounceEnabled: flag({ default: false, doc: 'Send a new browser back once, to see whether it keeps cookies.' }),
  bounceParameter: text({ default: 'n3pc', doc: 'The parameter that marks the second request.' }),
  bounceNetworkUserId: text({ pattern: canonicalUuidPattern, allowed: 'a UUID', default: '00000000-0000-4000-A000-000000000000', doc: 'The id of browsers that keep no cookie.' }),
  bounceProtocolHeader: text({ default: '', doc: 'The header that says http or https, usually X-Forwarded-Proto.' }),
  redirectsEnabled: flag({ default: false, doc: 'Answer /r/... with a redirect to the parameter u.' }),
  redirectDomains: list({ default: [], doc: 'The hosts that a redirect may go to; none by default.' }),
  redirectMacro: text({ default: '', doc: 'A text in u that is replaced by the network user id, such as ${SP_NUID}; empty turns it off.' }),
  httpsRedirectEnabled: flag({ default: false, doc: 'Send GET and HEAD requests with X-Forwarded-Proto http to https by 301, health checks excepted.' }),
  httpsRedirectPort: port({ default: 443, doc: 'The port of that https address.' }),
  rootEnabled: flag({ default: false, doc: 'Answer / with the three settings below instead of 404.' }),
  rootStatus: integer({ default: 302, min: 200, max: 599, doc: 'The status of /.' }),
  rootHeaders: list({ default: [], doc: 'The headers of /, each as NAME=VALUE.' }),
  rootBody: text({ default: '', doc: 'The body of /.' }),
  crossDomainEnabled: flag({ default: false, doc: 'Serve /crossdomain.xml.' }),
  crossDomainDomains: list({ default: ['*'], doc: 'The domains of /crossdomain.xml.' }),
  crossDomainSecure: flag({ default: true, doc: 'Whether /crossdomain.xml allows https pages only.' }),
  corsMaxAgeSeconds: integer({ default: 3_600, min: 0, doc: 'How long a browser may keep the answer of a preflight.' }),
}; // prettier-ignore

export const collectorSections = {
  aws: awsFields,
  stream: streamFields,
  producer: producerFields,
  collector: collectorFields,
};
export type CollectorSettings = Settings<typeof collectorSections>;

const pairs = (items: readonly string[]): [string, string][] =>
  items.map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)]);
const orNull = (value: string): string | null => (value === '' ? null : value);

/** Faults that concern more than one setting, or the inside of one. */
export function checkCollector({ collector }: Pick<CollectorSettings, 'collector'>): string[] {
  const faults: string[] = [];
  const badPaths = collector.paths.filter((item) => !/^\/[^/=]+\/[^/=]+=\/[^/]+\/[^/]+$/.test(item));
  if (badPaths.length > 0)
    faults.push(`FLOTILLA_COLLECTOR_PATHS has ${badPaths.join(', ')}: each must be /VENDOR/VERSION=/VENDOR/VERSION`);
  const badHeaders = collector.rootHeaders.filter((item) => !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+=[\x20-\x7e]*$/.test(item));
  if (badHeaders.length > 0)
    faults.push(`FLOTILLA_COLLECTOR_ROOT_HEADERS has ${badHeaders.join(', ')}: each must be NAME=VALUE, in ASCII`);
  const isDomain = (text: string): boolean => /^[a-z0-9.-]*$/i.test(text);
  const badDomains = collector.cookieDomains.filter((domain) => !isDomain(domain));
  if (badDomains.length > 0)
    faults.push(`FLOTILLA_COLLECTOR_COOKIE_DOMAINS has ${badDomains.join(', ')}: each must be a domain`);
  if (!isDomain(collector.cookieFallbackDomain)) {
    faults.push(
      `FLOTILLA_COLLECTOR_COOKIE_FALLBACK_DOMAIN is ${JSON.stringify(collector.cookieFallbackDomain)}: it must be a domain`,
    );
  }
  try {
    new RegExp(collector.doNotTrackCookieValue);
  } catch {
    faults.push(
      `FLOTILLA_COLLECTOR_DO_NOT_TRACK_COOKIE_VALUE is ${JSON.stringify(collector.doNotTrackCookieValue)}: it must be a regular expression`,
    );
  }
  if (collector.bodyBytesDrop < collector.bodyBytesMax) {
    faults.push(
      `FLOTILLA_COLLECTOR_BODY_BYTES_DROP is ${collector.bodyBytesDrop}: it must be at least the body bytes max, ${collector.bodyBytesMax}`,
    );
  }
  return faults;
}

/** `program` is this program's `name-version`, stored in every payload (at most 32 characters: bad rows have that limit). */
export function rulesOf(collector: CollectorSettings['collector'], program: string): CollectorRules {
  return {
    collector: program,
    paths: new Map(pairs(collector.paths)),
    cookie: {
      enabled: collector.cookieEnabled,
      name: collector.cookieName,
      clientName: orNull(collector.cookieClientName),
      lifetimeMs: collector.cookieLifetimeMs,
      domains: collector.cookieDomains,
      fallbackDomain: orNull(collector.cookieFallbackDomain),
      secure: collector.cookieSecure,
      httpOnly: collector.cookieHttpOnly,
      sameSite: collector.cookieSameSite === 'unset' ? null : collector.cookieSameSite,
    },
    doNotTrack:
      collector.doNotTrackCookieName === ''
        ? null
        : { name: collector.doNotTrackCookieName, value: new RegExp(`^(?:${collector.doNotTrackCookieValue})$`) },
    bounce: collector.bounceEnabled
      ? {
          parameter: collector.bounceParameter,
          networkUserId: collector.bounceNetworkUserId,
          protocolHeader: orNull(collector.bounceProtocolHeader),
        }
      : null,
    redirects: {
      enabled: collector.redirectsEnabled,
      domains: collector.redirectDomains.map((domain) => domain.toLowerCase()),
      macro: orNull(collector.redirectMacro),
    },
    httpsRedirectPort: collector.httpsRedirectEnabled ? collector.httpsRedirectPort : null,
    root: collector.rootEnabled
      ? { status: collector.rootStatus, headers: pairs(collector.rootHeaders), body: collector.rootBody }
      : null,
    crossDomain: collector.crossDomainEnabled
      ? { domains: collector.crossDomainDomains, secure: collector.crossDomainSecure }
      : null,
    corsMaxAgeSeconds: collector.corsMaxAgeSeconds,
    trustedHops: collector.trustedHops < 0 ? null : collector.trustedHops,
    partitionByIp: collector.partitionByIp,
    recordBytesMax: collector.recordBytesMax,
    bodyBytesMax: collector.bodyBytesMax,
  };
}
