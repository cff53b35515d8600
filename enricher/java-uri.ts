/**
 * URIs as `java.net.URI` reads them: RFC 2396 with Java's deviations (IPv6 of RFC 2732, visible non-ASCII characters, an
 * empty authority before a path). Which texts pass, and which parts they have, decides what Snowplow puts into page_url*
 * and refr_url* and which querystrings it refuses (snowplow-protocol 3.2, 4.5). Parts are raw: nothing is decoded.
 */
import { isIPv6 } from 'node:net';

/**
 * An opaque URI (`mailto:a@b`) has neither host nor path nor query. A host that is no server name is absent, and so is its
 * port.
 */
export interface JavaUri {
  readonly scheme?: string;
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly query?: string;
  readonly fragment?: string;
}

/** `error` is the message of Java's exception, as bad rows quote it. */
export type ParsedUri = { ok: true; uri: JavaUri } | { ok: false; error: string };

/** What is wrong, and where: the text after it is the whole URI. */
interface Fault {
  readonly reason: string;
  readonly index: number;
}
type Authority = Pick<JavaUri, 'host' | 'port'>;
const isFault = (value: object): value is Fault => 'reason' in value;

// Character classes of RFC 2396 as Java has them, one bit each; all of them also allow escapes and visible non-ASCII.
const PATH = 1;
const URIC = 2;
const REG_NAME = 4;
const SERVER = 8;
const USER_INFO = 16;
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()";
const classes = new Uint8Array(128);
const allow = (bit: number, characters: string): void => {
  for (const character of unreserved + characters) classes[character.charCodeAt(0)]! |= bit;
};
allow(PATH, ':@&=+$,;/');
allow(URIC, ';/?:@&=+$,[]');
allow(REG_NAME, '$,;:@&=+');
allow(SERVER, ';:&=+$,.@[]%');
allow(USER_INFO, ';:&=+$,');

const PERCENT = 0x25;
const escapePattern = /%[0-9A-Fa-f]{2}/y;
const invisible = /[\u0080-\u009f\p{Z}]/u;
const schemePattern = /^[A-Za-z][A-Za-z0-9+.-]*/;
const digits = /^[0-9]+$/;
const zonePattern = /^[A-Za-z0-9_.]+$/;
const hostnamePattern =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)\.?$/;
const ipv4Pattern = /^[0-9]+(?:\.[0-9]+){3}$/;
const portMax = 2 ** 31 - 1;

export function parseJavaUri(text: string): ParsedUri {
  const read = readUri(text);
  return isFault(read)
    ? { ok: false, error: `${read.reason} at index ${read.index}: ${text}` }
    : { ok: true, uri: read };
}

function readUri(text: string): JavaUri | Fault {
  const hash = text.indexOf('#');
  const end = hash < 0 ? text.length : hash;
  const colon = text.search(/[:/?#]/);
  const scheme = text[colon] === ':' ? text.slice(0, colon) : undefined;
  if (scheme !== undefined) {
    const fault = checkScheme(scheme);
    if (fault !== undefined) return fault;
  }
  const start = scheme === undefined ? 0 : colon + 1;
  const rest =
    scheme === undefined || text[start] === '/' ? readHierarchical(text, start, end) : readOpaque(text, start, end);
  if (isFault(rest) || hash < 0) return isFault(rest) ? rest : { ...rest, scheme };
  const fault = check(text, hash + 1, text.length, URIC, 'fragment');
  return fault ?? { ...rest, scheme, fragment: text.slice(hash + 1) };
}

function checkScheme(scheme: string): Fault | undefined {
  if (scheme === '') return { reason: 'Expected scheme name', index: 0 };
  const valid = schemePattern.exec(scheme)?.[0].length ?? 0;
  return valid === scheme.length ? undefined : { reason: 'Illegal character in scheme name', index: valid };
}

function readOpaque(text: string, start: number, end: number): JavaUri | Fault {
  if (end <= start) return { reason: 'Expected scheme-specific part', index: start };
  return check(text, start, end, URIC, 'opaque part') ?? {};
}

function readHierarchical(text: string, start: number, end: number): JavaUri | Fault {
  let at = start;
  let authority: Authority = {};
  if (text.startsWith('//', start)) {
    at += 2;
    const length = text.slice(at, end).search(/[/?]/);
    const authorityEnd = length < 0 ? end : at + length;
    if (authorityEnd > at) {
      const read = readAuthority(text, at, authorityEnd);
      if (isFault(read)) return read;
      authority = read;
    } else if (authorityEnd === text.length) {
      return { reason: 'Expected authority', index: at };
    }
    at = authorityEnd;
  }
  const question = text.indexOf('?', at);
  const pathEnd = question < 0 || question > end ? end : question;
  const fault = check(text, at, pathEnd, PATH, 'path');
  if (fault !== undefined) return fault;
  const path = text.slice(at, pathEnd);
  if (pathEnd === end) return { ...authority, path };
  return check(text, pathEnd + 1, end, URIC, 'query') ?? { ...authority, path, query: text.slice(pathEnd + 1, end) };
}

/** A server (`user@host:port`) if it reads as one; else any registry name, which has no host; else a fault. */
function readAuthority(text: string, start: number, end: number): Authority | Fault {
  const registryEnd = scan(text, start, end, REG_NAME);
  if (text.charCodeAt(registryEnd) === PERCENT && registryEnd < end) {
    return { reason: 'Malformed escape pair', index: registryEnd };
  }
  if (scan(text, start, end, SERVER) < end) return { reason: 'Illegal character in authority', index: start };
  const server = readServer(text, start, end);
  return isFault(server) && registryEnd === end ? {} : server;
}

function readServer(text: string, start: number, end: number): Authority | Fault {
  const authority = text.slice(start, end);
  const at = authority.indexOf('@');
  if (at >= 0) {
    const fault = check(text, start, start + at, USER_INFO, 'user info');
    if (fault !== undefined) return fault;
  }
  const hostStart = at + 1;
  const isBracketed = authority[hostStart] === '[';
  const bracket = authority.indexOf(']', hostStart);
  if (isBracketed && bracket < 0) return { reason: 'Expected closing bracket for IPv6 address', index: end };
  const colon = authority.indexOf(':', isBracketed ? bracket : hostStart);
  const hostEnd = colon < 0 ? authority.length : colon;
  const host = authority.slice(hostStart, hostEnd);
  const isHost = isBracketed ? isIpv6Reference(host) : isIpv4(host) || isHostname(host);
  if (!isHost)
    return { reason: `Illegal character in ${isBracketed ? 'IPv6 address' : 'hostname'}`, index: start + hostStart };
  const port = authority.slice(hostEnd + 1);
  if (port === '') return { host };
  const isPort = digits.test(port) && Number(port) <= portMax;
  return isPort ? { host, port: Number(port) } : { reason: 'Malformed port number', index: start + hostEnd + 1 };
}

function isIpv6Reference(host: string): boolean {
  if (!host.endsWith(']')) return false;
  const [address, ...zone] = host.slice(1, -1).split('%');
  return isIPv6(address ?? '') && (zone.length === 0 || (zone.length === 1 && zonePattern.test(zone[0] ?? '')));
}

const isIpv4 = (host: string): boolean =>
  ipv4Pattern.test(host) && host.split('.').every((byte) => Number(byte) <= 255);

/** The last label of several must begin with a letter, so that no malformed IPv4 address passes. */
function isHostname(host: string): boolean {
  const last = hostnamePattern.exec(host)?.[1];
  return last !== undefined && (/^[A-Za-z]/.test(last) || host === last || host === `${last}.`);
}

function check(text: string, start: number, end: number, allowed: number, what: string): Fault | undefined {
  const index = scan(text, start, end, allowed);
  if (index === end) return undefined;
  const isEscape = text.charCodeAt(index) === PERCENT;
  return { reason: isEscape ? 'Malformed escape pair' : `Illegal character in ${what}`, index };
}

/** The index of the first character that the class does not allow, or `end`. */
function scan(text: string, start: number, end: number, allowed: number): number {
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code < 128 ? (classes[code]! & allowed) !== 0 : !invisible.test(text[at]!)) {
      at++;
      continue;
    }
    escapePattern.lastIndex = at;
    if (code !== PERCENT || at + 3 > end || !escapePattern.test(text)) break;
    at += 3;
  }
  return at;
}
