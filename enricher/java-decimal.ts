/** Decimal numbers as `java.math.BigDecimal` reads and prints them (snowplow-protocol 3.5, 4.1). No digit is ever lost. */

const decimalPattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** W5 of snowplow-protocol 12: longer texts, and texts that would be printed longer, are no numbers. */
const lengthMax = 1000;
/** Java keeps the scale in 32 bits. */
const scaleMax = 2 ** 31 - 1;

/** `error` is Java's message: it quotes one character, or is the word `null`. */
export type ParsedDecimal = { ok: true; text: string } | { ok: false; error: string };

/**
 * The number as `toString` prints it after a negative scale was taken to 0: `12.50` stays, `1E+3` is `1000`, `-0.0` is
 * `0.0`, and only what is smaller than 1E-6 has an exponent.
 */
export function parseDecimal(text: string): ParsedDecimal {
  if (text.length > lengthMax) return { ok: false, error: `longer than ${lengthMax} characters` };
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = decimalPattern.exec(asciiDigits(text)) ?? [];
  if (whole === '' && fraction === '') return { ok: false, error: faultOf(text) };
  const digits = (whole + fraction).replace(/^0+(?=.)/, '');
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > scaleMax) return { ok: false, error: 'null' };
  // Before the digits are written: an exponent is a few bytes and asks for any number of zeros.
  if (scale < -lengthMax && digits !== '0') return tooLong;
  const printed = print(digits, scale);
  const signed = sign === '-' && /[1-9]/.test(digits) ? `-${printed}` : printed;
  return signed.length > lengthMax ? tooLong : { ok: true, text: signed };
}

const tooLong: ParsedDecimal = { ok: false, error: `would be written with more than ${lengthMax} characters` };

function print(digits: string, scale: number): string {
  if (scale <= 0) return digits === '0' ? digits : digits + '0'.repeat(-scale);
  const magnitude = digits.length - 1 - scale;
  if (magnitude < -6) {
    const fraction = digits.slice(1);
    return `${digits[0]}${fraction === '' ? '' : `.${fraction}`}E${magnitude}`;
  }
  const padded = digits.padStart(scale + 1, '0');
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function faultOf(text: string): string {
  const stranger = /[^0-9.eE+-]/.exec(text)?.[0];
  return stranger === undefined
    ? 'null'
    : `Character ${stranger} is neither a decimal digit number, decimal point, nor "e" notation exponential mark.`;
}

const foreignDigit = /(?![0-9])\p{Nd}/u;
const everyForeignDigit = /(?![0-9])\p{Nd}/gu;
const decimalDigit = /\p{Nd}/u;

/**
 * Java reads the decimal digits of every script whose characters are one UTF-16 unit (`٣` is 3). Unicode keeps the ten of
 * a script together, so a digit's value is the distance to the first of them.
 */
export function asciiDigits(text: string): string {
  if (!foreignDigit.test(text)) return text;
  return text.replace(everyForeignDigit, (digit) => (digit.length === 1 ? String(valueOf(digit)) : digit));
}

function valueOf(digit: string): number {
  const code = digit.charCodeAt(0);
  let first = code;
  while (decimalDigit.test(String.fromCharCode(first - 1))) first--;
  return (code - first) % 10;
}
