import { seededRandom } from '../../runtime/random';
import { AwsChunkedDecoder } from './aws-chunked';

function decode(pieces: readonly Buffer[]): { payload: string; trailers: Record<string, string> } {
  const decoder = new AwsChunkedDecoder();
  const payload = Buffer.concat(pieces.flatMap((piece) => decoder.push(piece)));
  decoder.end();
  return { payload: payload.toString('latin1'), trailers: Object.fromEntries(decoder.trailers) };
}

const decodeText = (text: string) => decode([Buffer.from(text, 'latin1')]);

test.each([
  ['unsigned, with a trailer', '3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'abc'],
  [
    'signed, two chunks',
    '1;chunk-signature=ff\r\na\r\n2;chunk-signature=ee\r\nbc\r\n0;chunk-signature=dd\r\n\r\n',
    'abc',
  ],
  ['empty', '0\r\n\r\n', ''],
  ['without the last empty line', '3\r\nabc\r\n0\r\n', 'abc'],
  ['line ends within the data', '5\r\na\r\nbc\r\n0\r\n\r\n', 'a\r\nbc'],
])('%s is decoded', (_name, text, payload) => {
  expect(decodeText(text).payload).toBe(payload);
});

test.each([
  ['no size', 'xyz\r\n', 'InvalidRequest'],
  ['a size too long', '1234567890123\r\n', 'InvalidRequest'],
  ['a chunk longer than its size', '2\r\nabc\r\n0\r\n\r\n', 'InvalidRequest'],
  ['bytes behind the end', '0\r\n\r\nx\r\n', 'InvalidRequest'],
  ['a trailer without a name', '0\r\nnonsense\r\n\r\n', 'InvalidRequest'],
  ['a line without end', 'a'.repeat(5000), 'InvalidRequest'],
  ['too many trailers', `0\r\n${Array.from({ length: 17 }, (_, n) => `t${n}:x\r\n`).join('')}\r\n`, 'InvalidRequest'],
  ['no last chunk', '3\r\nabc\r\n', 'IncompleteBody'],
  ['half a chunk', '3\r\nab', 'IncompleteBody'],
  ['nothing', '', 'IncompleteBody'],
])('%s is refused', (_name, text, code) => {
  expect(() => decodeText(text)).toThrow(expect.objectContaining({ code }));
});

test('however the bytes are cut into pieces, the payload and the trailers are the same', () => {
  const seed = 20261101;
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const chunks = Array.from({ length: random.integer(4) }, () => 'ab\r\n;0'.repeat(1 + random.integer(3)));
    const coded = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
    const bytes = Buffer.from(`${coded}0\r\nX-Amz-Checksum-CRC32: abcd==\r\n\r\n`, 'latin1');
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + random.integer(9);
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    const expected = { payload: chunks.join(''), trailers: { 'x-amz-checksum-crc32': 'abcd==' } };
    expect({ seed, round, ...decode(pieces) }).toEqual({ seed, round, ...expected });
  }
});
