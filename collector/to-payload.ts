/** Turns a request into the collector payload that is stored (snowplow-protocol 1.5). Pure. */
import { collectorPayloadSchema, type CollectorPayload } from '../protocol/collector-payload';
import { clientAddress, tellsAddress, trustForwarded } from './client-address';
import { printContentType } from './content-type';
import { printCookieLine } from './cookies';
import { isAnonymous } from './network-user';
import { header, splitTarget, type CollectorRequest } from './request';
import { decodePercent } from './route';
import type { CollectorRules } from './rules';

/** `path` as route.ts maps it, `timestamp` in epoch milliseconds. Bytes of the body that are no UTF-8 become U+FFFD. */
export function toPayload(
  request: CollectorRequest,
  path: string,
  networkUserId: string,
  timestamp: number,
  rules: CollectorRules,
): CollectorPayload {
  const { headers } = request;
  const isPost = request.method === 'POST';
  const contentType = header(headers, 'content-type');
  const printedType = isPost && contentType !== undefined ? printContentType(contentType) : undefined;
  return {
    schema: collectorPayloadSchema,
    ipAddress: isAnonymous(request) ? 'unknown' : clientAddress(headers, request.peer, rules.trustedHops),
    timestamp,
    encoding: 'UTF-8',
    collector: rules.collector,
    userAgent: header(headers, 'user-agent'),
    refererUri: header(headers, 'referer'),
    path,
    querystring: splitTarget(request.target).querystring ?? '',
    body: isPost ? Buffer.from(request.body).toString('utf8') : undefined,
    headers: [...storedHeaders(request, rules), ...(printedType === undefined ? [] : [printedType])],
    contentType: printedType,
    hostname: hostName(header(headers, 'host')),
    networkUserId,
  };
}

/** All lines in their order; cookies printed anew, addresses cut to what is trusted, none of either when anonymous. */
function storedHeaders(request: CollectorRequest, rules: CollectorRules): string[] {
  const anonymous = isAnonymous(request);
  const trusted = rules.trustedHops === null ? null : trustForwarded(request.headers, rules.trustedHops);
  const lines: string[] = [];
  let forwardedStored = false;
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase();
    if (anonymous && (lower === 'cookie' || tellsAddress(lower))) continue;
    if (lower === 'cookie') {
      const printed = printCookieLine(value);
      if (printed !== '') lines.push(`Cookie: ${printed}`);
    } else if (lower === 'x-forwarded-for' && trusted !== null) {
      if (!forwardedStored) lines.push(...trusted.map((line) => `${name}: ${line}`));
      forwardedStored = true;
    } else {
      lines.push(`${name}: ${value}`);
    }
  }
  return lines;
}

/** Lower case, without port and brackets. */
function hostName(host: string | undefined): string | undefined {
  if (host === undefined) return undefined;
  const bracketed = /^\[([^\]]*)\]/.exec(host)?.[1];
  return decodePercent(bracketed ?? host.replace(/:\d*$/, '')).toLowerCase();
}
