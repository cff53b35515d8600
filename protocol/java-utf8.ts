/**
 * UTF-8 as Java reads it: what Snowplow's programs see in bytes that are not quite UTF-8. Every reader of event bytes uses
 * it: the collector payload, percent-escapes, base64.
 */

/**
 * The text of the bytes from `start` to `end`; malformed ones become U+FFFD. Java and Node put it at the same places but
 * one: an encoded surrogate (`ED A0..BF`, and its third byte) is one fault for Java and one a byte for Node.
 */
export function decodeUtf8(bytes: Buffer, start = 0, end = bytes.length): string {
  const text = bytes.toString('utf8', start, end);
  return text.includes('\ufffd') ? withJoinedSurrogates(bytes.subarray(start, end)) : text;
}

function withJoinedSurrogates(bytes: Buffer): string {
  let text = '';
  let from = 0;
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    if ((bytes[at + 1] ?? 0) >> 5 !== 0b101) continue;
    text += `${bytes.toString('utf8', from, at)}\ufffd`;
    from = at + ((bytes[at + 2] ?? 0) >> 6 === 0b10 ? 3 : 2);
  }
  return text + bytes.toString('utf8', from);
}
