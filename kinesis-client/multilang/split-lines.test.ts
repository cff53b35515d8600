import { LINE_BYTES_MAX, splitLines } from './split-lines';

async function linesOf(chunks: readonly (Buffer | string)[], bytesMax = LINE_BYTES_MAX): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines((async function* () { yield* chunks; })(), bytesMax)) lines.push(line); // prettier-ignore
  return lines;
}

describe('lines', () => {
  it.each<[string, (Buffer | string)[], string[]]>([
    ['whole', ['a\nb\n'], ['a', 'b']],
    ['in parts', ['a', 'b\nc', '', 'd', '\n'], ['ab', 'cd']],
    ['many in a chunk, and one in many', ['1\n2\n3', '4', '5\n'], ['1', '2', '345']],
    ['with both characters of Windows', ['a\r\nb\r', '\nc\r\r\n'], ['a', 'b', 'c\r']],
    ['empty', ['\n\n'], ['', '']],
    ['without an end', ['a\nb'], ['a', 'b']],
    ['none', [], []],
    ['with a character cut in two', [Buffer.from('ä€\n').subarray(0, 1), Buffer.from('ä€\n').subarray(1)], ['ä€']],
    ['with the line separators that JSON may hold', ['{"a":"\u2028\u2029\u0085"}\n'], ['{"a":"\u2028\u2029\u0085"}']],
  ])('%s', async (_what, chunks, lines) => {
    expect(await linesOf(chunks)).toEqual(lines);
  });

  it('of any size come whole, in whatever chunks', async () => {
    const line = 'x'.repeat(16 * 1024 * 1024);
    const bytes = Buffer.from(`${line}\nnext\n`);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
      bytes.subarray(i * 65_536, (i + 1) * 65_536),
    );
    const [first, second] = await linesOf(chunks);
    expect([first === line, second]).toEqual([true, 'next']);
  });

  it('have a bound, also without an end', async () => {
    await expect(linesOf(['1234', '56789'], 8)).rejects.toMatchObject({ code: 'FLOTILLA_MULTILANG' });
    expect(await linesOf(['12345678\n', '12345678\n'], 8)).toHaveLength(2);
  });
});
