/** Cookies in and out (snowplow-protocol 1.2, 1.3). Pure. */
import { headerLines, type Header } from './request';
import type { CollectorRules } from './rules';

/** RFC 6265: what may stand in a cookie's value, and in its name (a token of RFC 9110). */
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

interface Cookie {
  readonly name: string;
  readonly value: string;
}

const unquote = (value: string): string => (/^".*"$/.test(value) ? value.slice(1, -1) : value);

/** The pairs of one Cookie line; a pair that does not parse spoils only itself. */
function pairsOf(line: string): Cookie[] {
  return line.split(';').flatMap((part) => {
    const equals = part.indexOf('=');
    if (equals < 0) return [];
    const name = part.slice(0, equals).trim();
    const value = unquote(part.slice(equals + 1).trim());
    return NAME.test(name) && VALUE.test(value) ? [{ name, value }] : [];
  });
}

/** The first cookie of that name, over all Cookie lines; quotes stripped, not decoded. */
export function readCookie(headers: readonly Header[], name: string): string | undefined {
  for (const line of headerLines(headers, 'cookie')) {
    const found = pairsOf(line).find((pair) => pair.name === name);
    if (found) return found.value;
  }
  return undefined;
}

/** A Cookie line as it is stored: blanks, quotes and illegal parts gone. */
export const printCookieLine = (line: string): string =>
  pairsOf(line)
    .map(({ name, value }) => `${name}=${value}`)
    .join(';');

/** Whether a browser would take it as a cookie's value, and it is not empty. */
export const isCookieValue = (value: string): boolean => value !== '' && VALUE.test(value);

/** The Set-Cookie lines that give the browser its network user id. */
export function setCookies(
  value: string,
  originHosts: readonly string[],
  nowMs: number,
  rules: CollectorRules,
): string[] {
  const { cookie } = rules;
  if (!cookie.enabled || !isCookieValue(value)) return [];
  const expiresMs = nowMs + cookie.lifetimeMs;
  const own = print(cookie.name, value, originHosts, expiresMs, cookie.httpOnly, rules);
  return cookie.clientName === null
    ? [own]
    : [own, print(cookie.clientName, value, originHosts, expiresMs, false, rules)];
}

/** An anonymous request that still carries the cookie gets it taken away. */
export function clearCookies(originHosts: readonly string[], rules: CollectorRules): string[] {
  const { name, clientName, httpOnly } = rules.cookie;
  const own = print(name, '', originHosts, 0, httpOnly, rules);
  return clientName === null ? [own] : [own, print(clientName, '', originHosts, 0, false, rules)];
}

function print(
  name: string,
  value: string,
  originHosts: readonly string[],
  expiresMs: number,
  httpOnly: boolean,
  { cookie }: CollectorRules,
): string {
  const domain = cookieDomain(originHosts, cookie.domains) ?? cookie.fallbackDomain;
  return [
    `${name}=${value}`,
    `Expires=${new Date(expiresMs).toUTCString()}`,
    ...(domain === null ? [] : [`Domain=${domain}`]),
    'Path=/',
    ...(cookie.secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    ...(cookie.sameSite === null ? [] : [`SameSite=${cookie.sameSite}`]),
  ].join('; ');
}

/** The first configured domain that some origin's host is, or lies under. Case does not matter. */
function cookieDomain(originHosts: readonly string[], domains: readonly string[]): string | undefined {
  return domains.find((domain) => {
    const entry = domain.toLowerCase();
    return originHosts.some((host) => host === entry || host.endsWith(`.${entry}`));
  });
}
