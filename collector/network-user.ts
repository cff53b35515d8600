/** Who a request comes from: the network user id, first hit wins (snowplow-protocol 1.2). Pure. */
import type { Random } from '../runtime/random';
import { readCookie } from './cookies';
import { firstParameter } from './query';
import { header, splitTarget, type CollectorRequest } from './request';
import { ANONYMOUS_USER_ID, type CollectorRules } from './rules';

export interface NetworkUser {
  readonly id: string;
  /** How it was found. Only `sent` ids mean the same user next time. */
  readonly from: 'anonymous' | 'sent' | 'bounce-fallback' | 'new';
}

/** The sender asks to be nobody: no cookie, no address, no id of its own. */
export const isAnonymous = (request: CollectorRequest): boolean =>
  header(request.headers, 'sp-anonymous') !== undefined;

/** The parameter `nuid`, then the cookie, then the fallback of a bounce, then a new one; anonymous before all. */
export function networkUser(request: CollectorRequest, rules: CollectorRules, random: Random): NetworkUser {
  if (isAnonymous(request)) return { id: ANONYMOUS_USER_ID, from: 'anonymous' };
  const { querystring } = splitTarget(request.target);
  const sent =
    firstParameter(querystring, 'nuid') || (rules.cookie.enabled && readCookie(request.headers, rules.cookie.name));
  if (sent) return { id: sent, from: 'sent' };
  if (rules.bounce && firstParameter(querystring, rules.bounce.parameter) !== undefined) {
    return { id: rules.bounce.networkUserId, from: 'bounce-fallback' };
  }
  return { id: random.uuid(), from: 'new' };
}

/** One user's events stay in order on one shard; of nobody in particular, anywhere. */
export function partitionKey(user: NetworkUser, rules: CollectorRules, address: string, random: Random): string {
  if (rules.partitionByIp && address !== 'unknown') return address;
  const unknown = user.from !== 'sent' || user.id === ANONYMOUS_USER_ID || user.id === rules.bounce?.networkUserId;
  return unknown ? random.uuid() : user.id;
}
