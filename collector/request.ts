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

/** The values of all lines of a header, in order. Names compare without case. */
export function headerLines(headers: readonly Header[], name: string): string[] {
  return headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

export const header = (headers: readonly Header[], name: string): string | undefined => headerLines(headers, name)[0];

/** A target in its parts. An absolute target (`GET http://host/path`) loses scheme and host. */
export function splitTarget(target: string): { readonly path: string; readonly querystring: string | undefined } {
  const origin = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const question = origin.indexOf('?');
  if (question < 0) return { path: origin, querystring: undefined };
  return { path: origin.slice(0, question), querystring: origin.slice(question + 1) };
}
