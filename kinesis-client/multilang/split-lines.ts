/**
 * Cuts what the daemon writes into lines, as it comes: the last one may be open, a chunk may end in the middle of a character,
 * a line may be as large as a whole answer of Kinesis. Only a line feed ends a line: readline would also cut at U+2028,
 * which JSON may hold as it is.
 */
import { FlotillaError } from '../../runtime/errors';

/** An answer of Kinesis has 10 MB at most, which are 14 MB in base64 and some more in names. */
export const LINE_BYTES_MAX = 256 * 1024 * 1024;

const LINE_FEED = 10;

/** @throws FlotillaError FLOTILLA_MULTILANG for a line that is longer than any that the daemon can mean. */
export async function* splitLines(
  chunks: AsyncIterable<Buffer | string>,
  lineBytesMax = LINE_BYTES_MAX,
): AsyncGenerator<string> {
  let open: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let from = 0;
    for (let end = buffer.indexOf(LINE_FEED); end >= 0; end = buffer.indexOf(LINE_FEED, from)) {
      yield textOf([...open, buffer.subarray(from, end)]);
      [open, bytes, from] = [[], 0, end + 1];
    }
    if (from < buffer.length) open.push(buffer.subarray(from));
    bytes += buffer.length - from;
    if (bytes > lineBytesMax)
      throw new FlotillaError('FLOTILLA_MULTILANG', `the daemon sent a line of more than ${lineBytesMax} bytes`);
  }
  if (bytes > 0) yield textOf(open);
}

/** Without the carriage return of a line that ends in both. */
const textOf = (pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString('utf8').replace(/\r$/, '');
