import { bareAddress, clientAddress, tellsAddress, trustForwarded } from './client-address';

const PEER = '::ffff:192.0.2.1';
const forwarded = (...lines: string[]) => lines.map((line) => ['X-Forwarded-For', line] as const);

it.each([
  ['203.0.113.7', '203.0.113.7'],
  [' 203.0.113.7:5555 ', '203.0.113.7'],
  ['"203.0.113.7"', '203.0.113.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['"[2001:db8::1]:443"', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['203.0.113', null],
  ['203.0.113.256', null],
  ['unknown', null],
  ['', null],
  ['for=203.0.113.7', null],
])('the bare address of %p is %p', (text, address) => expect(bareAddress(text)).toBe(address));

describe('the address of a client', () => {
  it.each([
    ['the first of X-Forwarded-For', forwarded('203.0.113.7, 10.0.0.1'), '203.0.113.7'],
    ['the first that is one', forwarded('unknown, , 203.0.113.7'), '203.0.113.7'],
    ['of the next line when a line has none', forwarded('secret', '203.0.113.7'), '203.0.113.7'],
    ['of X-Real-IP when no line has one', [...forwarded('x'), ['x-real-ip', '203.0.113.8'] as const], '203.0.113.8'],
    ['the peer when nothing else tells one', [['Forwarded', 'for=203.0.113.7'] as const], '192.0.2.1'],
  ])('is %s', (_, headers, address) => expect(clientAddress(headers, PEER, null)).toBe(address));

  it('is unknown when not even the peer has one', () => {
    expect(clientAddress([], '', null)).toBe('unknown');
  });
});

describe('with trusted hops', () => {
  it.each([
    [1, ['evil, 203.0.113.7'], '203.0.113.7', ['203.0.113.7']],
    [2, ['evil, 203.0.113.7', '10.0.0.1'], '203.0.113.7', ['203.0.113.7, 10.0.0.1']],
    [5, ['203.0.113.7'], '203.0.113.7', ['203.0.113.7']],
    [0, ['203.0.113.7'], '192.0.2.1', []],
  ])('%p: the sender’s own part of %p is neither believed nor stored', (hops, lines, address, stored) => {
    expect(clientAddress(forwarded(...lines), PEER, hops)).toBe(address);
    expect(trustForwarded(forwarded(...lines), hops)).toEqual(stored);
  });
});

it('knows the headers that tell an address, without case', () => {
  expect(['Forwarded', 'TRUE-CLIENT-IP', 'X-Real-Ip', 'Host', 'X-Forwarded-Proto'].map(tellsAddress)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
