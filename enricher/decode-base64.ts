/** Base64 as Snowplow reads `cx` and `ue_px` (snowplow-protocol 3.6): trackers send three dialects of it. */
import { decodeUtf8 } from '../protocol/java-utf8';

const foreign = /[^A-Za-z0-9+/_-]/;
const everyForeign = /[^A-Za-z0-9+/_-]/g;

/** Both alphabets, padded or not; ends at the first `=`, skips what belongs to no alphabet. Never fails: the rest is ''. */
export function decodeBase64(text: string): string {
  const padding = text.indexOf('=');
  const unpadded = padding < 0 ? text : text.slice(0, padding);
  const digits = foreign.test(unpadded) ? unpadded.replace(everyForeign, '') : unpadded;
  return decodeUtf8(Buffer.from(digits, 'base64'));
}

/** URL-safe, without padding, as the JavaScript trackers write it. */
export function encodeBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}
