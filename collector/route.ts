/** Which of the collector's routes a request takes (snowplow-protocol 1.1, in this order). Pure. */
import { splitTarget } from './request';
import type { CollectorRules } from './rules';

export type Route =
  | { readonly kind: 'preflight' }
  /** `path` is what is stored: mapped and decoded. */
  | { readonly kind: 'event'; readonly path: string }
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'health' | 'sink-health' | 'robots' | 'root' | 'crossdomain' }
  | { readonly kind: 'not-found'; readonly text: string };

const notFound: Route = { kind: 'not-found', text: '404 not found' };

const fixed: Record<string, Route> = {
  '/health': { kind: 'health' },
  '/sink-health': { kind: 'sink-health' },
  '/robots.txt': { kind: 'robots' },
};

/** `target` as sent; nothing of it but the path counts. */
export function route(method: string, target: string, rules: CollectorRules): Route {
  if (method === 'OPTIONS') return { kind: 'preflight' };
  const reads = method === 'GET' || method === 'HEAD';
  if (!reads && method !== 'POST') return notFound;
  const { path } = splitTarget(target);
  const segments = path.split('/').slice(1).map(decodePercent);
  if (segments.length === 2 && segments.every((segment) => segment !== '')) {
    return eventRoute(segments as [string, string], rules);
  }
  if (!reads || segments.length !== 1) return notFound;
  const whole = `/${segments[0]}`;
  if (whole === '/i' || whole === '/ice.png') return { kind: 'event', path: whole };
  if (whole === '/') return rules.root ? { kind: 'root' } : notFound;
  if (whole === '/crossdomain.xml') return rules.crossDomain ? { kind: 'crossdomain' } : notFound;
  return fixed[whole] ?? notFound;
}

/** The switch for redirects looks at the path as sent; where the request goes is decided by the mapped one. */
function eventRoute(segments: readonly [string, string], rules: CollectorRules): Route {
  const sent = `/${segments.join('/')}`;
  if (segments[0] === 'r' && !rules.redirects.enabled) return { kind: 'not-found', text: 'redirects disabled' };
  const path = rules.paths.get(sent) ?? sent;
  return path.startsWith('/r/') ? { kind: 'redirect', path } : { kind: 'event', path };
}

/** Percent escapes as UTF-8, bad bytes as U+FFFD; what is no escape stays as it is. */
export function decodePercent(segment: string): string {
  if (!segment.includes('%')) return segment;
  const bytes = segment.replace(/%([0-9a-fA-F]{2})|[^%]+|%/g, (part, hex: string | undefined) =>
    hex === undefined ? Buffer.from(part, 'utf8').toString('latin1') : String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
