import { charsetOf } from './charsets';

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
