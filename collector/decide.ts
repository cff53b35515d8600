/**
 * The collector's decision, whole: from a request to the records that must be durable and the reply that may go out once
 * they are. Pure: (request, rules, time, chance) => decision.
 */
import type { Random } from '../runtime/random';
import { encodeCollectorPayload } from '../protocol/collector-payload';
import { printBadRow, type Processor } from '../protocol/bad-row';
import { clearCookies, readCookie, setCookies } from './cookies';
import { isAnonymous, networkUser, partitionKey, type NetworkUser } from './network-user';
import { readOrigin, type Origin } from './origin';
import { redirectTarget } from './redirect';
import {
  accepted,
  bounced,
  crossDomainPolicy,
  movedToHttps,
  preflight,
  redirected,
  robots,
  root,
  text,
  type Reply,
} from './reply';
import { splitTarget, type CollectorRequest } from './request';
import { route, type Route } from './route';
import type { CollectorRules } from './rules';
import { bounceTarget, httpsTarget } from './same-address';
import { splitPayload } from './split-payload';
import { toPayload } from './to-payload';

export interface CollectorRecord {
  readonly stream: 'raw' | 'bad';
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

export interface Decision {
  readonly records: readonly CollectorRecord[];
  /** For when all records are durable. */
  readonly reply: Reply;
}

export interface Circumstances {
  readonly rules: CollectorRules;
  readonly processor: Processor;
  readonly nowMs: number;
  readonly random: Random;
  /** For /sink-health. */
  readonly sinkHealthy: boolean;
}

/** With no records there is nothing to wait for. */
export function decide(request: CollectorRequest, given: Circumstances): Decision {
  const way = route(request.method, request.target, given.rules);
  const https = httpsTarget(request, way, given.rules);
  if (https !== null) return { records: [], reply: movedToHttps(https) };
  if (way.kind !== 'event' && way.kind !== 'redirect') return { records: [], reply: fixedReply(way, request, given) };

  const { rules, nowMs, random } = given;
  const origin = readOrigin(request.headers);
  const user = networkUser(request, rules, random);
  const isPost = request.method === 'POST';
  const noTrack = isNotTracked(request, rules);
  const cookies = noTrack ? [] : cookiesFor(request, user, origin, given);
  const bounce = way.kind === 'event' && !noTrack ? bounceTarget(request, user, rules) : null;
  if (bounce !== null) return { records: [], reply: bounced(bounce, origin, cookies) };
  const reply =
    way.kind === 'event'
      ? accepted(isPost, origin, cookies)
      : redirected(redirectTarget(splitTarget(request.target).querystring, user.id, rules), isPost, origin, cookies);
  if (noTrack) return { records: [], reply };

  const payload = toPayload(request, way.path, user.id, nowMs, rules);
  const key = partitionKey(user, rules, payload.ipAddress, random);
  const { payloads, badRows } = splitPayload(payload, request.bodyBytes, rules, {
    processor: given.processor,
    atMs: nowMs,
  });
  return {
    records: [
      ...payloads.map((one) => ({ stream: 'raw' as const, partitionKey: key, data: encodeCollectorPayload(one) })),
      ...badRows.map((row) => ({ stream: 'bad' as const, partitionKey: key, data: Buffer.from(printBadRow(row)) })),
    ],
    reply,
  };
}

function fixedReply(
  way: Exclude<Route, { kind: 'event' | 'redirect' }>,
  request: CollectorRequest,
  given: Circumstances,
): Reply {
  const { rules } = given;
  switch (way.kind) {
    case 'preflight':
      return preflight(readOrigin(request.headers), rules.corsMaxAgeSeconds);
    case 'health':
      return text(200, 'ok');
    case 'sink-health':
      return given.sinkHealthy ? text(200, 'ok') : text(503, 'Service Unavailable');
    case 'robots':
      return robots();
    case 'root':
      return root(rules);
    case 'crossdomain':
      return crossDomainPolicy(rules);
    case 'not-found':
      return text(404, way.text);
  }
}

function isNotTracked({ headers }: CollectorRequest, { doNotTrack }: CollectorRules): boolean {
  const value = doNotTrack === null ? undefined : readCookie(headers, doNotTrack.name);
  return value !== undefined && doNotTrack !== null && doNotTrack.value.test(value);
}

function cookiesFor(
  request: CollectorRequest,
  user: NetworkUser,
  origin: Origin,
  { rules, nowMs }: Circumstances,
): string[] {
  if (!isAnonymous(request)) {
    // The fallback of a bounce is nobody's id: the browser that refuses cookies would not keep it anyway.
    return setCookies(user.id, origin.hosts, nowMs, rules);
  }
  const carries = rules.cookie.enabled && readCookie(request.headers, rules.cookie.name) !== undefined;
  return carries ? clearCookies(origin.hosts, rules) : [];
}
