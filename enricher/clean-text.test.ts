import { cleanText } from './clean-text';

describe('cleanText', () => {
  it.each<[string, string | undefined]>([
    ['plain', 'plain'],
    ['a\tb', 'a    b'],
    ['a\r\n\u0000\u007fb', 'ab'],
    ['a\u0085\u2028b', 'a\u0085\u2028b'],
    [' ', ' '],
    ['', undefined],
    ['\n', undefined],
  ])('makes %j fit for a column: %j', (text, cleaned) => expect(cleanText(text)).toBe(cleaned));
});
