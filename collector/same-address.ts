/**
 * Sends a client to the very address it asked for, once more: with a mark, to see whether it keeps cookies, or by https
 * (snowplow-protocol 1.4). Pure.
 */
import type { NetworkUser } from './network-user';
import { firstParameter } from './query';
import { header, splitTarget, type CollectorRequest } from './request';
import type { Route } from './route';
import type { CollectorRules } from './rules';

/** A host with an optional port; what a client sends beyond that never gets into a Location. */
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d*)?$/i;

/** The Location of the bounce: a pixel request of a new browser comes back once; only then it is stored. */
export function bounceTarget(request: CollectorRequest, user: NetworkUser, { bounce }: CollectorRules): string | null {
  if (bounce === null || request.method === 'POST' || user.from !== 'new') return null;
  const host = HOST.exec(header(request.headers, 'host') ?? '')?.[0];
  const { path, querystring } = splitTarget(request.target);
  if (host === undefined || firstParameter(querystring, bounce.parameter) !== undefined) return null;
  const named =
    bounce.protocolHeader === null ? undefined : header(request.headers, bounce.protocolHeader.toLowerCase());
  const scheme = named !== undefined && /^https?$/i.test(named) ? named.toLowerCase() : 'http';
  const query = `${querystring ? `${querystring}&` : ''}${bounce.parameter}=true`;
  return inAscii(`${scheme}://${host}${path}?${query}`);
}

/**
 * The Location of the redirect to https. A POST is never redirected, clients would follow by GET and count it as
 * delivered; a load balancer's check is answered as it stands.
 */
export function httpsTarget(
  request: CollectorRequest,
  way: Route,
  { httpsRedirectPort: port }: CollectorRules,
): string | null {
  if (port === null || way.kind === 'health' || way.kind === 'sink-health') return null;
  if (request.method !== 'GET' && request.method !== 'HEAD') return null;
  const name = HOST.exec(header(request.headers, 'host') ?? '')?.[1];
  if (name === undefined || header(request.headers, 'x-forwarded-proto')?.toLowerCase() !== 'http') return null;
  const { path, querystring } = splitTarget(request.target);
  const address = `https://${name}${port === 443 ? '' : `:${port}`}${path}`;
  return inAscii(querystring === undefined ? address : `${address}?${querystring}`);
}

/** A header holds no other characters. */
const inAscii = (url: string): string =>
  url.toWellFormed().replace(/[^\x21-\x7e]+/g, (part) => encodeURIComponent(part));
