import { readOrigin } from './origin';

it.each([
  ['https://Shop.example:8080', 'https://Shop.example:8080', ['shop.example']],
  ['https://a.example https://b.example', 'https://a.example', ['a.example', 'b.example']],
  ['https://a.example, http://b.example', 'https://a.example', ['a.example', 'b.example']],
  ['app://local', 'app://local', ['local']],
  ['https://[2001:db8::1]:80', 'https://[2001:db8::1]:80', ['[2001:db8::1]']],
  ['null', 'null', []],
  ['https://a.example/', '*', []],
  ['https://a.example/path', '*', []],
  ['https://u@a.example', '*', []],
  ['a.example', '*', []],
  ['https://a.example x', '*', []],
  ['', '*', []],
])('origin %p allows %p', (line, allow, hosts) => {
  expect(readOrigin([['oRIGIN', line]])).toEqual({ allow, hosts });
});

it('reads the first line only, and * without one', () => {
  const lines = ['https://a.example', 'https://b.example'].map((line) => ['Origin', line] as const);
  expect(readOrigin(lines)).toEqual({ allow: 'https://a.example', hosts: ['a.example'] });
  expect(readOrigin([])).toEqual({ allow: '*', hosts: [] });
});
