/**
 * The client's address (snowplow-protocol 3.9): the proxies' headers, as stored with the payload, win over the peer that
 * the collector saw. Header values come from anybody; nothing here checks that an address is one.
 */

const address = '([0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+|\\[?[0-9a-f.:]+\\]?)';
const forwardedFor = new RegExp(`^x-forwarded-for: "?${address}`, 'i');
const forwarded = new RegExp(`^forwarded: for="?${address}`, 'i');

/**
 * The first X-Forwarded-For with an address; else a Forwarded line that only lines of these two kinds follow (Snowplow
 * forgets it at any other line); else what the collector stored.
 */
export function clientAddress(headers: readonly string[], storedAddress: string): string {
  let candidate: string | undefined;
  for (const header of headers) {
    const first = forwardedFor.exec(header)?.[1];
    if (first !== undefined) return bare(first);
    candidate = forwarded.exec(header)?.[1];
  }
  return candidate === undefined ? storedAddress : bare(candidate);
}

const bare = (text: string): string => text.replace(/[[\]]/g, '').toLowerCase();
