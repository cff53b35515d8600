/**
 * The few parameters that the collector itself reads: split on `&` only, name and value decoded (snowplow-protocol 1.2).
 * Everything else in a querystring is the enricher's.
 */
/** Every value of the parameter, in order; '' where it has none. */
export function parameters(querystring: string | undefined, name: string): string[] {
  if (querystring === undefined || !mayHold(querystring, name)) return [];
  return querystring
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    })
    .filter(([key = '']) => decode(key) === name)
    .map(([, value = '']) => decode(value));
}

export const firstParameter = (querystring: string | undefined, name: string): string | undefined =>
  parameters(querystring, name)[0];
export const lastParameter = (querystring: string | undefined, name: string): string | undefined =>
  parameters(querystring, name).at(-1);

/** Nearly no request has the parameter: without its text and without an escape there is nothing to decode. */
const mayHold = (querystring: string, name: string): boolean => querystring.includes(name) || querystring.includes('%');

function decode(text: string): string {
  const plain = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain; // a bad escape: the text as it came
  }
}
