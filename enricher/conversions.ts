/**
 * From the text of a tracker parameter to the text of a column (snowplow-protocol 3.5). Java's rules and Snowplow's
 * messages: what passes and what is refused is the same as there. Callers: apply-parameters.ts, cross-domain.
 */
import { formatTimestamp, isWritableTimestamp } from '../protocol/timestamps';
import { type ParameterKind } from '../protocol/tracker-payload';
import { isCanonicalUuid } from '../protocol/uuid';
import { cleanText } from './clean-text';
import { asciiDigits, parseDecimal } from './java-decimal';

/** `value` undefined: the column is cleared. `fault` is a message that begins with a capital letter. */
export type Converted = { value: string | undefined; fault?: undefined } | { value?: undefined; fault: string };
export type Conversion = (text: string) => Converted;

const cleared: Converted = { value: undefined };
const isNullWord = (text: string): boolean => text.length === 4 && text.toLowerCase() === 'null';

const toText: Conversion = (text) => ({ value: cleanText(text) });

const integerPattern = /^[+-]?[0-9]+$/;
const leadingZeros = /^([+-]?)0+(?=[0-9])/;
const int32Max = 2 ** 31 - 1;
const int64Max = 2n ** 63n - 1n;

/** Undefined when it is no 32-bit integer. */
function toInt32(text: string): string | undefined {
  const ascii = asciiDigits(text);
  if (!integerPattern.test(ascii)) return undefined;
  const number = Number(ascii);
  return number >= -int32Max - 1 && number <= int32Max ? String(number + 0) : undefined;
}

const toInteger: Conversion = (text) => {
  if (isNullWord(text)) return cleared;
  const value = toInt32(text);
  return value === undefined ? { fault: 'Cannot be converted to java.lang.Integer' } : { value };
};

const toDecimal: Conversion = (text) => {
  if (isNullWord(text)) return cleared;
  const parsed = parseDecimal(text);
  return parsed.ok
    ? { value: parsed.text }
    : { fault: `Cannot be converted to java.math.BigDecimal. Error : ${parsed.error}` };
};

const toBoolean: Conversion = (text) =>
  text === '1' || text === '0' ? { value: text } : { fault: 'Cannot be converted to Boolean-like java.lang.Byte' };

/** Milliseconds since 1970 as a signed 64-bit number, in digits of any script; the years 0 to 9999 can be written. */
export const toTimestamp: Conversion = (text) => {
  const ascii = asciiDigits(text).replace(leadingZeros, '$1');
  // 19 digits and a sign hold every 64-bit number; what is longer is not worth reading.
  const number = integerPattern.test(ascii) && ascii.length <= 20 ? BigInt(ascii.replace('+', '')) : undefined;
  if (number === undefined || number > int64Max || number < -int64Max - 1n) {
    return { fault: 'Not in the expected format: ms since epoch' };
  }
  const value = formatTimestamp(number);
  return isWritableTimestamp(Number(number))
    ? { value }
    : { fault: `Formatting as ${value} is not Redshift-compatible` };
};

const toUuid: Conversion = (text) =>
  isCanonicalUuid(text) ? { value: text.toLowerCase() } : { fault: 'Not a valid UUID' };

const platforms = new Set(['web', 'iot', 'app', 'mob', 'pc', 'cnsl', 'tv', 'srv', 'headset']);

const toPlatform: Conversion = (text) => (platforms.has(text) ? { value: text } : { fault: 'Not a valid platform' });

const eventTypes = new Map([
  ['pv', 'page_view'],
  ['pp', 'page_ping'],
  ['se', 'struct'],
  ['ev', 'struct'],
  ['ue', 'unstruct'],
  ['tr', 'transaction'],
  ['ti', 'transaction_item'],
  ['ad', 'ad_impression'],
]);

const toEventType: Conversion = (text) => {
  const value = eventTypes.get(text);
  return value === undefined ? { fault: 'Not a valid event type' } : { value };
};

const addressEnd = /[,| ]/;

/** What stands before the first comma, vertical bar or blank: a proxy's list begins with the client. */
export const toAddress: Conversion = (text) => {
  const end = text.search(addressEnd);
  return { value: cleanText(end < 0 ? text : text.slice(0, end)) };
};

/** How each kind of parameter is read. */
export const conversions: Readonly<Record<ParameterKind, Conversion>> = {
  text: toText,
  integer: toInteger,
  decimal: toDecimal,
  boolean: toBoolean,
  timestamp: toTimestamp,
  uuid: toUuid,
  'event-type': toEventType,
  platform: toPlatform,
  address: toAddress,
};

const dimensionsPattern = /^([0-9]+)x([0-9]+)$/;

/** `1920x1080`: two columns from one parameter. */
export function toDimensions(text: string): { width: string; height: string; fault?: undefined } | { fault: string } {
  const match = dimensionsPattern.exec(text);
  if (match === null) return { fault: 'Does not conform to regex (\\d+)x(\\d+)' };
  const width = toInt32(match[1] ?? '');
  const height = toInt32(match[2] ?? '');
  if (width === undefined || height === undefined) return { fault: 'Could not be converted to java.lang.Integer s' };
  return { width, height };
}
