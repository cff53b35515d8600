import { charsetOf, decodeUtf8 } from './charsets';

describe('charsetOf', () => {
  it.each(['UTF-8', 'utf8', 'ISO-8859-1', 'latin1', 'US-ASCII', 'windows-1252', 'Shift_JIS', 'GB18030'])(
    'knows %s',
    (name) => expect(charsetOf(name)?.(Buffer.from('ab'))).toBe('ab'),
  );

  it.each(['', 'nope', ' utf-8', 'utf-8\n', 'unicode:\u0000'])('knows no %j', (name) =>
    expect(charsetOf(name)).toBeUndefined(),
  );

  it('keeps Latin-1 apart from windows-1252, which browsers take it for', () =>
    expect(charsetOf('iso-8859-1')?.(Buffer.from([0x80, 0xe9]))).toBe('\u0080é'));

  it('reads no more than seven bits as ASCII', () =>
    expect(charsetOf('us-ascii')?.(Buffer.from([0x41, 0xe9]))).toBe('A\ufffd'));
});

describe('decodeUtf8', () => {
  it.each<[string, number[], string]>([
    ['plain text', [0x61, 0xc3, 0xbc], 'aü'],
    ['a byte order mark, which stays', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
    ['Hangul beside the surrogates', [0xed, 0x9f, 0xbb], '\ud7fb'],
    ['an encoded surrogate: one fault', [0xed, 0xa0, 0x80, 0x61], '\ufffda'],
    ['an encoded pair: two faults', [0xed, 0xa0, 0xbd, 0xed, 0xba, 0x80], '\ufffd\ufffd'],
    ['half an encoded surrogate', [0xed, 0xa0, 0x61], '\ufffda'],
    ['a sequence cut off', [0xf0, 0x9f, 0x98], '\ufffd'],
    ['bytes that begin nothing', [0xff, 0xc0], '\ufffd\ufffd'],
  ])('reads %s', (_, bytes, text) => expect(decodeUtf8(Buffer.from(bytes))).toBe(text));
});
