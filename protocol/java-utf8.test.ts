import { decodeUtf8 } from './java-utf8';

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
  ])('reads %s', (_, bytes, text) => {
    expect(decodeUtf8(Buffer.from(bytes))).toBe(text);
    expect(decodeUtf8(Buffer.from([0xed, 0xa0, ...bytes, 0x80, 0x80]), 2, 2 + bytes.length)).toBe(text);
  });
});
