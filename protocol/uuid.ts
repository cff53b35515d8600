/** UUIDs as Java's `UUID.fromString` reads them: what Snowplow's enricher and its SDK accept as one. */

const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const groups = /^[0-9a-f]{1,16}(?:-[0-9a-f]{1,16}){4}$/;
const groupLengths = [8, 4, 4, 4, 12];
const lengthMax = 36;

/**
 * Five groups of hex digits in any case, written in full and in lower case: short groups are filled with zeros
 * (`1-2-3-4-5` is `00000001-0002-0003-0004-000000000005`), of long ones the last digits count. Null for anything else.
 */
export function readUuid(text: string): string | null {
  if (canonical.test(text)) return text;
  const lower = text.toLowerCase();
  if (text.length > lengthMax || !groups.test(lower)) return null;
  return lower
    .split('-')
    .map((group, i) => group.padStart(groupLengths[i] as number, '0').slice(-(groupLengths[i] as number)))
    .join('-');
}

/** Exactly 36 characters in the usual form, any case. */
export const canonicalUuidPattern = new RegExp(canonical, 'i');

/** What trackers must send as `eid` and `sid`, and the format `uuid`. */
export function isCanonicalUuid(text: string): boolean {
  return canonicalUuidPattern.test(text);
}
