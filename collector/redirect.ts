/** Where a redirect may go: nowhere but to hosts that the operator named (snowplow-protocol 1.4). Pure. */
import { lastParameter } from './query';
import type { CollectorRules } from './rules';

/** The Location, or null when there is no `u` or it is not allowed. */
export function redirectTarget(
  querystring: string | undefined,
  networkUserId: string,
  { redirects }: CollectorRules,
): string | null {
  const sent = lastParameter(querystring, 'u');
  if (sent === undefined) return null;
  const filled = redirects.macro === null ? sent : sent.replaceAll(redirects.macro, encodeURIComponent(networkUserId));
  // The WHATWG parser drops or turns round what browsers do, too; what could be read in two ways is refused.
  if (/[\\\u0000-\u001f\u007f]/.test(filled) || !/^https?:\/\//i.test(filled) || !URL.canParse(filled)) return null;
  const url = new URL(filled);
  const isPlain = url.username === '' && url.password === '';
  return isPlain && redirects.domains.includes(url.hostname) ? url.href : null;
}
