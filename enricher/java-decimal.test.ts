import { asciiDigits, parseDecimal } from './java-decimal';

describe('parseDecimal', () => {
  it.each([
    ['3', '3'],
    ['12.50', '12.50'],
    ['+5.5', '5.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['007.10', '7.10'],
    ['-0.0', '0.0'],
    ['-0', '0'],
    ['-1.20', '-1.20'],
    ['1e3', '1000'],
    ['1E+3', '1000'],
    ['1.5E3', '1500'],
    ['1.0E9', '1000000000'],
    ['0E+99', '0'],
    ['0.000001', '0.000001'],
    ['0.0000001', '1E-7'],
    ['1E-7', '1E-7'],
    ['-1.20E-7', '-1.20E-7'],
    ['0E-10', '0E-10'],
    ['1E-5000', '1E-5000'],
    ['12345678901234567890.10', '12345678901234567890.10'],
    ['٣.٥', '3.5'],
    [`1${'0'.repeat(999)}`, `1${'0'.repeat(999)}`],
  ])('prints %s as Java does: %s', (text, printed) => expect(parseDecimal(text)).toEqual({ ok: true, text: printed }));

  it.each(['', '.', 'e3', '+', '1e', '1,5', 'NaN', 'Infinity', ' 1', '1 ', '0x10', '1e2147483648', '1e-2147483649'])(
    'refuses %j',
    (text) => expect(parseDecimal(text).ok).toBe(false),
  );

  it.each(['1E5000', '1E1000', '1e999999999', `1${'0'.repeat(1000)}`, `-1${'0'.repeat(999)}`, `${'0'.repeat(1000)}1`])(
    'refuses what has more than 1,000 characters: %s',
    (text) => expect(parseDecimal(text).ok).toBe(false),
  );

  it('says which character is wrong', () =>
    expect(parseDecimal('1,5')).toEqual({
      ok: false,
      error: 'Character , is neither a decimal digit number, decimal point, nor "e" notation exponential mark.',
    }));
});

describe('asciiDigits', () => {
  it.each([
    ['12', '12'],
    ['٠١٢٣٤٥٦٧٨٩', '0123456789'],
    ['०९', '09'],
    ['０１９', '019'],
    ['𝟙', '𝟙'],
    ['a٣', 'a3'],
  ])('writes %s as %s', (text, ascii) => expect(asciiDigits(text)).toBe(ascii));
});
