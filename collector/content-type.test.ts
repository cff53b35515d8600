import { printContentType } from './content-type';

it.each([
  ['application/json', 'application/json'],
  ['Application/JSON;charset=UTF-8', 'application/json; charset=utf-8'],
  ['text/plain ; charset = "utf-8" ; b=c', 'text/plain; charset=utf-8; b=c'],
  ['text/plain;;x', 'text/plain; x'],
  ['nonsense', 'nonsense'],
  ['', ''],
  ['a;b="c;d', 'a; b="c; d'],
])('%p is stored as %p', (header, printed) => expect(printContentType(header)).toBe(printed));
