/** Text as it may stand in a TSV column, which has no escapes (snowplow-protocol 3.6). */

const controls = /[\x00-\x1f\x7f]/g;
const anyControl = /[\x00-\x1f\x7f]/;

/** A tab becomes four spaces, other ASCII controls vanish (U+0085 and U+2028 stay); what is empty then is undefined. */
export function cleanText(text: string): string | undefined {
  if (text === '') return undefined;
  if (!anyControl.test(text)) return text;
  const cleaned = text.replaceAll('\t', '    ').replace(controls, '');
  return cleaned === '' ? undefined : cleaned;
}
