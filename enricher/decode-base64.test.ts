import { decodeBase64, encodeBase64 } from './decode-base64';

const text = '{"a":"日本>>???"}';
const standard = Buffer.from(text).toString('base64');

describe('decodeBase64', () => {
  it.each<[string, string, string]>([
    ['the standard alphabet', standard, text],
    ['the URL-safe alphabet without padding', Buffer.from(text).toString('base64url'), text],
    ['characters of no alphabet between', standard.replace(/..../g, '$&\n !'), text],
    ['nothing after the first padding', `${Buffer.from('ab').toString('base64')}YWI=`, 'ab'],
    ['a single digit, which is no byte', 'A', ''],
    ['no text', '', ''],
    ['bytes that are no UTF-8', 'e__-fQ', '{\ufffd\ufffd}'],
  ])('reads %s', (_, encoded, decoded) => expect(decodeBase64(encoded)).toBe(decoded));

  it('reads what encodeBase64 writes', () => expect(decodeBase64(encodeBase64(text))).toBe(text));
});
