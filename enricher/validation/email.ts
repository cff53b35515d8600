/**
 * The format `email`: what the address check of Apache Commons takes (snowplow-protocol 5.4), with IANA's current top-level
 * domains. Linear in the text, for addresses come from strangers.
 */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { topLevelDomains } from './top-level-domains';

const userLengthMax = 64;
const domainLengthMax = 253;
/** Words with points between; a word is plain characters (or escaped ones), or a quoted text. */
const word = String.raw`(?:(?:\\.|[^\s\x00-\x1f\x7f()<>@,;:\\".[\]])+|"(?:\\"|[^"])*")`;
const userPattern = new RegExp(`^${word}(?:\\.${word})*$`, 'u');
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const domainPattern = new RegExp(`^(?:${label}\\.)+([a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)$`);

export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > userLengthMax) return false;
  return userPattern.test(text.slice(0, at)) && isEmailDomain(text.slice(at + 1));
}

/** A host below a top-level domain, in Unicode or ASCII; or an address in brackets. */
function isEmailDomain(text: string): boolean {
  if (text.startsWith('[') && text.endsWith(']')) return !text.includes('%') && isIP(text.slice(1, -1)) !== 0;
  // The conversion would decode percent signs and drop blanks, as for the host of a URL.
  if (text.length > domainLengthMax || /[\s%]/.test(text)) return false;
  const ascii = /^[\x21-\x7e]*$/.test(text) ? text : domainToASCII(text);
  const topLevel = ascii.length > domainLengthMax ? undefined : domainPattern.exec(ascii)?.[1];
  return topLevel !== undefined && topLevelDomains.has(topLevel.toLowerCase());
}
