/**
 * What a request asks for. Pure. The target is taken as it stands on the wire and nothing of it is decoded: no legal part of
 * a schema's address needs escaping, so a percent sign is only ever an attempt (snowplow-protocol 5.1, 5.7).
 */
import { parseSchemaKey, type SchemaKey } from '../protocol/schema-key';

/** Absent parts: any. `model` is the first number of the version. */
export interface SchemaFilter {
  readonly vendor?: string;
  readonly name?: string;
  readonly format?: string;
  readonly model?: string;
}

export type Route =
  | { readonly kind: 'schema'; readonly key: SchemaKey }
  | { readonly kind: 'list'; readonly filter: SchemaFilter }
  | { readonly kind: 'health' }
  /** The address has the form of a schema's, and no schema can have it. */
  | { readonly kind: 'no-schema' }
  | { readonly kind: 'wrong-method' }
  | { readonly kind: 'unknown' };

/** `target` is a path, with or without a query, which is passed over. */
export function routeOf(method: string, target: string): Route {
  const path = target.split('?', 1)[0] as string;
  const route = routeOfPath(path.startsWith('/api/') ? path.slice('/api'.length) : path);
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead || route.kind === 'unknown' ? route : { kind: 'wrong-method' };
}

function routeOfPath(path: string): Route {
  if (path === '/health' || path === '/meta/health') return { kind: 'health' };
  const [root, first, ...parts] = path.split('/');
  if (root !== '' || first !== 'schemas' || parts.length > 4 || parts.includes('')) return { kind: 'unknown' };
  const [vendor, name, format, version] = parts;
  if (version === undefined)
    return format === undefined ? { kind: 'list', filter: { vendor, name } } : { kind: 'unknown' };
  if (format === 'jsonschema' && /^[1-9][0-9]*$/.test(version))
    return { kind: 'list', filter: { vendor, name, format, model: version } };
  const key = parseSchemaKey(`iglu:${parts.join('/')}`);
  return typeof key === 'string' ? { kind: 'no-schema' } : { kind: 'schema', key };
}
