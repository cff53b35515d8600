import fc from 'fast-check';
import { type Json, JsonNumber, jsonOf, parseJson, printJson, quoteJson } from './json';

const read = (text: string): Json => {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};

describe('parseJson and printJson', () => {
  test.each([
    ['0', '-0', '1.0', '1.10', '1e+5', '1E400', '12345678901234567890', '-0.10e-07'],
    ['null', 'true', 'false', '""', '[]', '{}', '[[],{}]', '{"a":{"b":[1,"c",null]}}'],
    ['{"b":1,"a":2}', '{"2":1,"1":2}', '{"__proto__":1,"":2}', '["http://a/b","é","\u2028","🚀"]'],
    ['"\\"\\\\"', '"\\b\\f\\n\\r\\t"', '"\\u0000\\u001f\\u007f\\u0085"'],
  ])('what is compact already is printed as it was read (%#)', (...texts) => {
    for (const text of texts) expect(printJson(read(text))).toBe(text);
  });

  test('blanks and needless escapes go, values stay', () => {
    expect(printJson(read(' { "a" : [ 1 ,\t2 ] ,\r\n"\\u0062" : "\\/\\u00e9\\ud83d\\ude80" } '))).toBe(
      '{"a":[1,2],"b":"/é🚀"}',
    );
  });

  test('of equal keys the last value wins, at the place of the first', () => {
    expect(printJson(read('{"a":1,"b":2,"a":3}'))).toBe('{"a":3,"b":2}');
  });

  test('a lone surrogate stays as it is', () => {
    expect(read('"\\ud800"')).toBe('\ud800');
    expect(printJson('a\ud800"')).toBe('"a\ud800\\""');
  });

  test.each(['', ' ', '[', '[1', '[1,', '{', '{"a"', '{"a":', '{"a":1', '"a', '"a\\'])(
    'text that ends early is exhausted input: %j',
    (text) => expect(parseJson(text)).toEqual({ ok: false, error: 'exhausted input' }),
  );

  test.each([
    ['[1,]', "unexpected ']' at offset 3"],
    ['{"a":1,}', "unexpected '}' at offset 7"],
    ["{'a':1}", "unexpected ''' at offset 1"],
    ['{"a" 1}', "unexpected '1' at offset 5"],
    ['01', "unexpected '1' at offset 1"],
    ['1.', "unexpected '.' at offset 1"],
    ['+1', "unexpected '+' at offset 0"],
    ['-', "unexpected '-' at offset 0"],
    ['NaN', "unexpected 'N' at offset 0"],
    ['nul', "unexpected 'n' at offset 0"],
    ['{} {}', "unexpected '{' at offset 3"],
    ['"a\nb"', 'unexpected U+000a at offset 2'],
    ['\ufeff{}', 'unexpected U+feff at offset 0'],
    ['\u00a01', 'unexpected U+00a0 at offset 0'],
    ['"\\x"', 'invalid escape at offset 1'],
    ['"\\u12G4"', 'invalid escape at offset 1'],
    ['"\\u12', 'invalid escape at offset 1'],
  ])('what RFC 8259 does not allow is refused: %j', (text, error) => {
    expect(parseJson(text)).toEqual({ ok: false, error });
  });

  test('depth is counted, not suffered', () => {
    const levels = (count: number): string => '['.repeat(count) + ']'.repeat(count);
    expect(parseJson(levels(50)).ok).toBe(true);
    expect(parseJson(levels(51))).toEqual({ ok: false, error: 'nested deeper than 50 levels' });
    expect(parseJson(`[${`${levels(49)},`.repeat(3)}1]`).ok).toBe(true);
    expect(parseJson(levels(3), { depthMax: 2 })).toEqual({ ok: false, error: 'nested deeper than 2 levels' });
    expect(parseJson('{"a":'.repeat(1_000_000), { depthMax: 1_000_000 })).toEqual({
      ok: false,
      error: 'nested deeper than 1000 levels',
    });
  });

  test('agrees with JSON.parse on every text (property)', () => {
    const text = fc.oneof(
      fc.json(),
      fc.string({ unit: fc.constantFrom(...'[]{}",:\\u0eE+-.19tfn lrus') }),
      fc.string({ unit: 'binary' }).map((inner) => `"${inner}"`),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        const parsed = parseJson(candidate);
        let expected: string | null;
        try {
          expected = JSON.stringify(JSON.parse(candidate));
        } catch {
          expected = null;
        }
        expect(parsed.ok ? JSON.stringify(JSON.parse(printJson(parsed.value))) : null).toBe(expected);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test('any string survives quoting (property)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => expect(read(quoteJson(text))).toBe(text)),
      { seed: 2 },
    );
  });
});

test('jsonOf takes plain values and leaves Json alone', () => {
  const number = new JsonNumber('1.0');
  const value = {
    a: 1,
    b: [1e21, -0.5, NaN, 10n],
    c: undefined,
    d: null,
    e: number,
    f: new Map([['g', number]]),
    h: () => 1,
  };
  expect(printJson(jsonOf(value))).toBe('{"a":1,"b":[1e+21,-0.5,null,10],"d":null,"e":1.0,"f":{"g":1.0},"h":null}');
});
