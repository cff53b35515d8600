/** One HTTP request as the collector's decisions see it: plain values, nothing of a server. */
export type Header = readonly [name: string, value: string];

export interface CollectorRequest {
  readonly method: string;
  /** The request target as sent: path and querystring, undecoded. */
  readonly target: string;
  /** All header lines, in the order and case in which they came. */
  readonly headers: readonly Header[];
  /** Decompressed; its first bytes only when `bodyBytes` is over the limit. Empty for methods without one. */
  readonly body: Uint8Array;
  /** How long the whole body was. */
  readonly bodyBytes: number;
  /** The address at the other end of the connection. */
  readonly peer: string;
}

/** Names compare without case; most differ in length already, and this runs several times a request. */
const isNamed = (other: string, lowerCaseName: string): boolean =>
  other.length === lowerCaseName.length && (other === lowerCaseName || other.toLowerCase() === lowerCaseName);

/** The values of all lines of a header, in order. The name in lower case. */
export function headerLines(headers: readonly Header[], name: string): string[] {
  const values: string[] = [];
  for (const [other, value] of headers) if (isNamed(other, name)) values.push(value);
  return values;
}

/** The value of the first line of a header. The name in lower case. */
export function header(headers: readonly Header[], name: string): string | undefined {
  for (const [other, value] of headers) if (isNamed(other, name)) return value;
  return undefined;
}

/** What HTTP demands, and Snowplow's server: one Host line that names a host and no more (snowplow-protocol 1.1). */
export function hasOneHost(headers: readonly Header[]): boolean {
  const [host, ...others] = headerLines(headers, 'host');
  return host !== undefined && others.length === 0 && /^[^\s/?#@\\]+$/.test(host);
}

/** A target in its parts. An absolute target (`GET http://host/path`) loses scheme and host. */
export function splitTarget(target: string): { readonly path: string; readonly querystring: string | undefined } {
  const origin = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  const question = origin.indexOf('?');
  if (question < 0) return { path: origin, querystring: undefined };
  return { path: origin.slice(0, question), querystring: origin.slice(question + 1) };
}
