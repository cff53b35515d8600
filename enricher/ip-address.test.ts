import { clientAddress } from './ip-address';

describe('clientAddress', () => {
  it.each<[string, string[], string]>([
    ['no header', ['Host: a.test'], '192.0.2.1'],
    ['one proxy', ['X-Forwarded-For: 198.51.100.9'], '198.51.100.9'],
    ['a list', ['x-forwarded-for: 198.51.100.9, 10.0.0.1'], '198.51.100.9'],
    ['a port', ['X-Forwarded-For: 198.51.100.9:8080'], '198.51.100.9'],
    ['quotes', ['X-Forwarded-For: "198.51.100.9"'], '198.51.100.9'],
    ['no address at all', ['X-Forwarded-For: unknown'], '192.0.2.1'],
    ['letters that IPv6 has', ['X-Forwarded-For: bad'], 'bad'],
    ['numbers out of range', ['X-Forwarded-For: 300.1.1.1'], '300.1.1.1'],
    ['IPv6 in capitals and brackets', ['X-Forwarded-For: [2001:DB8::A]:443'], '2001:db8::a'],
    ['two blanks after the colon', ['X-Forwarded-For:  198.51.100.9'], '192.0.2.1'],
    ['two lines: the first', ['X-Forwarded-For: 198.51.100.9', 'X-Forwarded-For: 192.0.2.7'], '198.51.100.9'],
    ['Forwarded as the last line', ['Host: a.test', 'forwarded: For=198.51.100.9'], '198.51.100.9'],
    ['Forwarded for IPv6', ['Forwarded: for="[2001:db8::1]:443"'], '2001:db8::1'],
    ['Forwarded before another line: forgotten', ['Forwarded: for=198.51.100.9', 'Host: a.test'], '192.0.2.1'],
    ['Forwarded with another part first', ['Forwarded: proto=https;for=198.51.100.9'], '192.0.2.1'],
    ['both', ['Forwarded: for=198.51.100.9', 'X-Forwarded-For: 192.0.2.7'], '192.0.2.7'],
  ])('finds the client with %s', (_, headers, address) => expect(clientAddress(headers, '192.0.2.1')).toBe(address));
});
