import { seededRandom } from '../../runtime/random';
import { canonicalDecimal, compareDecimals, isMultiple, parseDecimal } from './decimal';

const compare = (a: string, b: string): number => Math.sign(compareDecimals(parseDecimal(a), parseDecimal(b)));

test('numbers in ascending order, however they are written', () => {
  const ascending = [
    ['-1e999999999999999999999', '-10E999999999999999999998'],
    ['-12345678901234567890.1'],
    ['-2', '-2.0', '-20e-1'],
    ['-1e-400'],
    ['0', '-0', '0.000', '0e99'],
    ['1e-400'],
    ['0.1', '1e-1', '0.10'],
    ['1', '1.0', '10e-1', '1e0', '1E+0'],
    ['1.00000000000000000000000000000001'],
    ['2'],
    ['10', '1e1'],
    ['99'],
    ['100', '1e2'],
    ['12345678901234567890'],
    ['12345678901234567891'],
    ['1e400'],
  ];
  ascending.forEach((texts, i) =>
    ascending.forEach((others, j) => {
      for (const a of texts) for (const b of others) expect([a, b, compare(a, b)]).toEqual([a, b, Math.sign(i - j)]);
    }),
  );
  const canonical = ascending.map((texts) => [...new Set(texts.map((text) => canonicalDecimal(parseDecimal(text))))]);
  expect(canonical.every((texts) => texts.length === 1)).toBe(true);
  expect(new Set(canonical.flat()).size).toBe(ascending.length);
});

test('what JavaScript prints reads as the same number', () => {
  const random = seededRandom(4);
  for (let i = 0; i < 500; i++) {
    const [a, b] = [0, 1].map(() => (random.next() - 0.5) * 10 ** (random.integer(60) - 30)) as [number, number];
    expect([a, b, compare(String(a), String(b))]).toEqual([a, b, Math.sign(a - b)]);
  }
});

test.each([
  ['0.3', '0.1', true],
  ['0.35', '0.1', false],
  ['1e2', '10', true],
  ['105', '10', false],
  ['-9', '3', true],
  ['0', '7', true],
  ['1e999999999999', '7', false],
  ['7e999999999999', '7', true],
  ['1e-999999999999', '7', false],
  ['12345678901234567890123456789', '3', true],
  ['5', '0.01', true],
  ['0.005', '0.01', false],
  ['9007199254740993', '2', false],
])('%s by %s: %s', (value, divisor, expected) => {
  expect(isMultiple(parseDecimal(value), parseDecimal(divisor))).toBe(expected);
});
