/** The Content-Type header as it is stored: `type/subtype; name=value`, lower case (snowplow-protocol 1.5). Pure. */
export function printContentType(header: string): string {
  const [type = '', ...rest] = header.split(';').map((part) => part.trim());
  const attributes = rest
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', value] = part.split(/\s*=\s*(.*)/s, 2);
      return value === undefined ? name : `${name}=${value.replace(/^"(.*)"$/, '$1')}`;
    });
  return [type, ...attributes].join('; ').toLowerCase();
}
