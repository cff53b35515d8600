import { firstParameter, lastParameter, parameters } from './query';

it.each([
  ['nuid=a', ['a']],
  ['nuid=a&nuid=b', ['a', 'b']],
  ['nuid', ['']],
  ['nuid=', ['']],
  ['nuid=a=b', ['a=b']],
  ['n%75id=a+b%20c', ['a b c']],
  ['nuid=%zz', ['%zz']],
  ['NUID=a&xnuid=b', []],
  ['x=1;nuid=a', []],
  ['', []],
  [undefined, []],
])('the values of nuid in %p are %p', (querystring, values) => {
  expect(parameters(querystring, 'nuid')).toEqual(values);
  expect([firstParameter(querystring, 'nuid'), lastParameter(querystring, 'nuid')]).toEqual([values[0], values.at(-1)]);
});
