/**
 * The charset that a collector payload names, for the percent-escapes of its querystring (snowplow-protocol 2.3, 3.2).
 * Collectors write UTF-8; the others are for records of old and foreign ones. Names are those of Java, in any case; of the
 * rest, what the platform's decoder knows.
 */
import { decodeUtf8 } from '../protocol/java-utf8';

/** Malformed bytes become U+FFFD. */
export type Charset = (bytes: Buffer) => string;

const latin1Names = ['iso-8859-1', 'iso8859-1', 'iso8859_1', 'iso_8859-1', 'iso_8859_1', 'latin1', 'l1', '8859_1'];
const asciiNames = ['us-ascii', 'ascii', 'iso646-us', 'ascii7', '646'];
const utf8Names = ['utf-8', 'utf8', 'unicode-1-1-utf-8'];

const known = new Map<string, Charset>([
  ...utf8Names.map((name): [string, Charset] => [name, decodeUtf8]),
  ...latin1Names.map((name): [string, Charset] => [name, (bytes) => bytes.toString('latin1')]),
  ...asciiNames.map((name): [string, Charset] => [
    name,
    (bytes) => bytes.toString('latin1').replace(/[\x80-\xff]/g, '\ufffd'),
  ]),
]);

/** Undefined when no charset has that name. Only names that exist are remembered, so the memory is bounded. */
export function charsetOf(name: string): Charset | undefined {
  const label = name.toLowerCase();
  const found = known.get(label) ?? platformCharset(label);
  if (found !== undefined) known.set(label, found);
  return found;
}

function platformCharset(label: string): Charset | undefined {
  // The decoder trims its label, Java does not.
  if (!/^[a-z0-9][a-z0-9+.:_-]*$/.test(label)) return undefined;
  try {
    const decoder = new TextDecoder(label, { ignoreBOM: true });
    return (bytes) => decoder.decode(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_NOT_SUPPORTED') return undefined;
    throw error;
  }
}
