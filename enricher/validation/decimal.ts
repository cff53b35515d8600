/**
 * Exact decimal numbers of any size, from their literals. Used where doubles would round: bounds, multipleOf, equality.
 * Work is linear in the text whatever the exponent says: `1e999999999` is never written out.
 */

/** sign × digits × 10^exponent. No zero at either end of `digits`; zero has none and exponent 0. */
export interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly exponent: bigint;
}

const zero: Decimal = { sign: 0, digits: '', exponent: 0n };

/** `text` is a JSON number, or what JavaScript prints for a finite one. */
export function parseDecimal(text: string): Decimal {
  const [, minus, whole = '', fraction = '', exponent = '0'] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  let start = 0;
  let end = all.length;
  while (all[start] === '0') start++;
  if (start === end) return zero;
  while (all[end - 1] === '0') end--;
  return {
    sign: minus === '-' ? -1 : 1,
    digits: all.slice(start, end),
    exponent: BigInt(exponent) - BigInt(fraction.length) + BigInt(all.length - end),
  };
}

/** Below 0: a is less. 0: the same value. Above 0: a is more. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign) return a.sign - b.sign;
  if (a.sign === 0) return 0;
  const magnitudeA = a.exponent + BigInt(a.digits.length);
  const magnitudeB = b.exponent + BigInt(b.digits.length);
  if (magnitudeA !== magnitudeB) return magnitudeA < magnitudeB ? -a.sign : a.sign;
  if (a.digits === b.digits) return 0;
  // Digits behind the same point: a text that goes on is more, so plain text order is the order of values.
  return a.digits < b.digits ? -a.sign : a.sign;
}

/** One text for each value: equal numbers print alike. */
export const canonicalDecimal = ({ sign, digits, exponent }: Decimal): string =>
  sign === 0 ? '0' : `${sign < 0 ? '-' : ''}${digits}e${exponent}`;

/** Whether `value` is a whole multiple of `divisor` (which is not zero). */
export function isMultiple(value: Decimal, divisor: Decimal): boolean {
  if (value.sign === 0) return true;
  const shift = value.exponent - divisor.exponent;
  // The value has digits further behind the point than the divisor, and its last one is not 0.
  if (shift < 0n) return false;
  const modulus = BigInt(divisor.digits);
  return (remainder(value.digits, modulus) * powerOfTen(shift, modulus)) % modulus === 0n;
}

/** In chunks: reading a million digits into one BigInt would take its time. */
function remainder(digits: string, modulus: bigint): bigint {
  const chunk = 15;
  let rest = 0n;
  for (let at = 0; at < digits.length; at += chunk) {
    const part = digits.slice(at, at + chunk);
    rest = (rest * 10n ** BigInt(part.length) + BigInt(part)) % modulus;
  }
  return rest;
}

/** 10^exponent mod modulus by squaring. */
function powerOfTen(exponent: bigint, modulus: bigint): bigint {
  let result = 1n % modulus;
  let base = 10n % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return result;
}
