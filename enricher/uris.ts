/**
 * page_url and page_referrer (snowplow-protocol 4.5): read as Java reads them; what Java refuses is repaired by a lenient
 * reader that decodes and encodes it again, and only what both refuse is a fault.
 */
import { decodeUtf8 } from '../protocol/java-utf8';
import { parseJavaUri, type JavaUri } from './java-uri';

/** `text` is the URI as it is stored: blanks are `%20`, and a repaired one is written anew. */
export type ReadUri = { ok: true; text: string; uri: JavaUri } | { ok: false; error: string };

export function readUri(sent: string): ReadUri {
  const text = sent.includes(' ') ? sent.replaceAll(' ', '%20') : sent;
  const parsed = parseJavaUri(text);
  if (parsed.ok) return { ok: true, text, uri: parsed.uri };
  const repaired = repair(sent);
  const again = repaired === undefined ? undefined : parseJavaUri(repaired);
  if (repaired !== undefined && again?.ok) return { ok: true, text: repaired, uri: again.uri };
  const repairError = again?.ok === false ? again.error : 'Invalid URL could not be parsed.';
  const error =
    `Provided URI [${sent}] could not be parsed, neither by Java parsing (error: [${parsed.error}]) ` +
    `nor by Scala parsing (error: [${repairError}]).`;
  return { ok: false, error };
}

/** Written out, or the scheme's: 443 for exactly `https`, 80 for everything else, also without scheme or host. */
export function portOf(uri: JavaUri): number {
  return uri.port ?? (uri.scheme === 'https' ? 443 : 80);
}

const uriPattern = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const authorityPattern = /^(?:[^@/?[\]]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^:[\]\s]*)(?::[0-9]{1,10})?$/;

/** The scheme and the authority stay; every path segment, query name, query value and the fragment are coded anew. */
function repair(sent: string): string | undefined {
  const [, scheme, authority, path = '', query, fragment] = uriPattern.exec(sent) ?? [];
  if (authority !== undefined && !authorityPattern.test(authority)) return undefined;
  const pair = (text: string): string => {
    const equals = text.indexOf('=');
    return equals < 0 ? recode(text) : `${recode(text.slice(0, equals))}=${recode(text.slice(equals + 1))}`;
  };
  return [
    scheme === undefined ? '' : `${scheme}:`,
    authority === undefined ? '' : `//${authority}`,
    path.split('/').map(recode).join('/'),
    query === undefined ? '' : `?${query.split('&').map(pair).join('&')}`,
    fragment === undefined ? '' : `#${recode(fragment)}`,
  ].join('');
}

const everyEscape = /%([0-9A-Fa-f]{2})/g;
// Reserved, excluded and unwise characters, but for `+`; a byte outside printable ASCII, too.
const everyUnsafeByte = /[^\x20-\x7e]|[ %<>[\]#{}^`|?/&\\=:@!$'()*,;"]/g;

/** `%41` becomes `A`, `%zz` becomes `%25zz`, `%E9` (no UTF-8) becomes `%EF%BF%BD`. */
function recode(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const decoded = decodeUtf8(
    Buffer.from(
      bytes.replace(everyEscape, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
      'latin1',
    ),
  );
  const encoded = Buffer.from(decoded, 'utf8').toString('latin1');
  return encoded.replace(
    everyUnsafeByte,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}
