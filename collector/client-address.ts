/** Whose address an event comes from, and which header lines are stored of it (snowplow-protocol 1.5). Pure. */
import { isIP } from 'node:net';
import { headerLines, type Header } from './request';

/** Lines that tell an address: an anonymous request keeps none of them. */
const ADDRESS_HEADERS = new Set([
  'x-forwarded-for', 'x-real-ip', 'forwarded', 'true-client-ip', 'cf-connecting-ip', 'cf-connecting-ipv6', 'x-client-ip',
  'x-cluster-client-ip', 'fastly-client-ip', 'x-original-forwarded-for', 'x-originating-ip', 'x-remote-ip', 'x-remote-addr',
  'remote-address', 'client-ip', 'fly-client-ip', 'x-appengine-user-ip', 'x-azure-clientip', 'x-azure-socketip',
  'x-envoy-external-address', 'x-proxyuser-ip', 'wl-proxy-client-ip', 'proxy-client-ip', 'cloudfront-viewer-address',
]); // prettier-ignore

/** Whether a header of this name, in any case, tells whose request it is. */
export const tellsAddress = (name: string): boolean => ADDRESS_HEADERS.has(name.toLowerCase());

/** An address without port, brackets, quotes and zone; null when the text is none. */
export function bareAddress(text: string): string | null {
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(bare)?.[1];
  const candidate = (bracketed ?? bare.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')).replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(candidate)?.[1];
  if (mapped !== undefined && isIP(mapped)) return mapped;
  return isIP(candidate) ? candidate : null;
}

/**
 * The first address of X-Forwarded-For, line by line, then X-Real-IP, then the peer. With `trustedHops` the sender's part
 * of X-Forwarded-For is not believed: only that many entries from the right are ours.
 */
export function clientAddress(headers: readonly Header[], peer: string, trustedHops: number | null): string {
  const forwarded = trustForwarded(headers, trustedHops).flatMap((line) => line.split(','));
  const real = headerLines(headers, 'x-real-ip');
  for (const candidate of [...forwarded, ...real, peer]) {
    const address = bareAddress(candidate);
    if (address !== null) return address;
  }
  return 'unknown';
}

/** The X-Forwarded-For lines, cut to what is trusted. */
export function trustForwarded(headers: readonly Header[], trustedHops: number | null): string[] {
  const lines = headerLines(headers, 'x-forwarded-for');
  if (trustedHops === null) return lines;
  const entries = lines.flatMap((line) => line.split(',')).map((entry) => entry.trim());
  const trusted = trustedHops === 0 ? [] : entries.slice(-trustedHops);
  return trusted.length === 0 ? [] : [trusted.join(', ')];
}
