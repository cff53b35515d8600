import { hasOneHost, header, headerLines, splitTarget } from './request';

it.each([
  ['/i?a=b', '/i', 'a=b'],
  ['/i', '/i', undefined],
  ['/i?', '/i', ''],
  ['/i?a?b', '/i', 'a?b'],
  ['http://c.example/i?a', '/i', 'a'],
  ['HTTPS://c.example', '', undefined],
  ['//c.example/i', '//c.example/i', undefined],
])('the parts of target %p', (target, path, querystring) => expect(splitTarget(target)).toEqual({ path, querystring }));

it('headers are found whatever their case, all lines in their order', () => {
  const headers = [['A', '1'], ['b', '2'], ['a', '3']] as const; // prettier-ignore
  expect([headerLines(headers, 'a'), header(headers, 'b'), header(headers, 'c')]).toEqual([['1', '3'], '2', undefined]);
});

it.each([
  [['c.example'], true],
  [['c.example:8080'], true],
  [['[::1]:80'], true],
  [[''], false],
  [[], false],
  [['a', 'a'], false],
  [['u@a'], false],
  [['a/b'], false],
  [['a b'], false],
])('Host lines %p: one that names a host is %p', (hosts, isOne) => {
  expect(hasOneHost(hosts.map((host) => ['Host', host] as const))).toBe(isOne);
});
